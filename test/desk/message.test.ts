import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO as ESEMPIO_FACTS } from '../exchange/councils.ts';
import { envelope, nextNumber, protocolMail } from '../exchange/mails.ts';
import { pdfFile } from '../support/pdf-file.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';

describe.skipIf(!HAS_CHROMIUM)('a message', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  /** A certified letter with documents that a person has to decide on. */
  const letterWith = async (
    subject: string,
    ...parts: Parameters<typeof envelope>[1]['parts'] & {}
  ): Promise<string> => {
    const mail = await desk.deliver(envelope(desk.sandbox, { from: FIRM, to: ESEMPIO_FACTS, subject, parts }));
    return mail.exchange ?? '';
  };
  const pdf = (name: string, ...pages: readonly string[]) => ({
    name,
    mediaType: 'application/pdf',
    content: pdfFile({ pages }),
  });
  const shownPage = async (page: Page) => {
    await page.locator('.d-viewer[data-state=shown]').waitFor({ timeout: 60_000 });
  };

  it('shows its first document, and technical parts closed', async () => {
    const id = await letterWith(
      'Richiesta di parere sulla variante n. 4',
      pdf('Parere.pdf', 'Parere favorevole', 'Seconda'),
      pdf('allegato-a.pdf', 'Tavola'),
    );
    const page = await desk.openPage('protocol');
    await page.goto(`/messaggi/${id}`);
    await shownPage(page);
    expect(await page.getByText('Pagina 1 di 2').isVisible()).toBe(true);
    expect(await page.locator('details[open] > summary').allTextContents()).toEqual([]);
    expect(await page.locator('h1').textContent()).toBe('Richiesta di parere sulla variante n. 4');
    const [, frame] = page.frames();
    expect(new URL(frame?.url() ?? '').origin).not.toBe(desk.origin);
    expect(await frame?.locator('.text').textContent()).toContain('Parere favorevole');
    await shot(page, 'messaggio-1440');
    await axe(page);
    await page.keyboard.press('d');
    await page.waitForURL(/documento=2/);
    await shownPage(page);
    await reflow(page);
  });

  it('shows its first page after few things that wait for one another', async () => {
    const id = await letterWith('Documento subito', pdf('Subito.pdf', 'Si legge subito'));
    const page = await desk.openPage('protocol');
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const by = new Map<string, string | null>();
    session.on('Network.requestWillBeSent', ({ request, initiator }) => {
      const from = initiator.url ?? initiator.stack?.callFrames[0]?.url ?? null;
      if (!by.has(request.url)) by.set(request.url, from);
    });
    await page.goto(`/messaggi/${id}`);
    await shownPage(page);
    const chain = (url: string): readonly string[] => {
      const from = by.get(url) ?? null;
      return from === null || from === url ? [url] : [...chain(from), url];
    };
    const longest = [...by.keys()].map(chain).toSorted((one, other) => other.length - one.length)[0] ?? [];
    // Page, module, preview, frame, its module, pdf.js; the document itself comes while the frame loads.
    expect(longest.length, longest.join('\n')).toBeLessThanOrEqual(6);
    const document = [...by.keys()].find((url) => url.includes('/documenti/posta/')) ?? '';
    expect(by.get(document)).toMatch(/\/preview\.js$/);
    expect(await page.locator('details[open]').count()).toBe(0);
  });

  it('shows a flagged one with what is wrong, on a phone too', async () => {
    const { exchange } = await desk.receive('flagged', 'Parere da guardare');
    const page = await desk.openPage('protocol');
    await page.goto(`/messaggi/${exchange}`);
    const proven = page.locator('#prove');
    expect(await proven.textContent()).toContain('è diverso da quello protocollato');
    expect(await proven.textContent()).toContain('La busta è firmata dal gestore PEC ed è intatta.');
    await page.getByText('Segnatura, da leggere').click();
    await shot(page, 'messaggio-segnalato-1440', true);
    await axe(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'messaggio-segnalato-360', true);
    await axe(page);
    await reflow(page);
  });

  it('is put where it belongs as it is registered: class and file from before, precedent, office, reserve', async () => {
    const first = await letterWith('Istanza per il passo carrabile', pdf('Istanza.pdf', 'Uno'));
    const clerk = await desk.openPage('protocol', { javaScript: false });
    await clerk.goto(`/messaggi/${first}/registra`);
    await clerk.getByRole('radio', { name: 'Una voce del titolario' }).check();
    await clerk.getByLabel('Altra voce del titolario: codice o parole').fill('VI.99');
    await clerk.getByRole('button', { name: 'Registra', exact: true }).click();
    await clerk.getByText('La voce VI.99 non è nel titolario in uso: scegli').first().waitFor();
    await clerk.getByLabel('Altra voce del titolario: codice o parole').fill('VI.7');
    await clerk.getByRole('radio', { name: 'Un nuovo fascicolo' }).check();
    await clerk.getByLabel('Di che cosa tratta il nuovo fascicolo').fill('Passi carrabili');
    await clerk.getByLabel('Assegna per competenza a').selectOption({ label: 'Ufficio tecnico' });
    await clerk.getByRole('button', { name: 'Registra', exact: true }).click();
    await clerk.getByText(/Registrato con il n\./).waitFor();
    const second = await letterWith('Istanza per il passo carrabile, integrazione', pdf('Integra.pdf', 'Due'));
    const page = await desk.openPage('protocol');
    await page.goto(`/messaggi/${second}`);
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: 'Registra il messaggio' });
    await axe(page);
    // Proposed with the reason, and never chosen by itself.
    const proposed = dialog.getByRole('radio', { name: /VI\.7.*1 volta su 1 con questo corrispondente/ });
    expect(await proposed.isChecked()).toBe(false);
    await proposed.check();
    await dialog.getByRole('radio', { name: /VI\.7\/1 Passi carrabili/ }).check();
    await dialog.getByRole('checkbox', { name: /Segue il n\./ }).check();
    await dialog.getByText('Finora, per questo corrispondente: Ufficio tecnico, 1 volta su 1.').waitFor();
    await dialog.getByLabel('Assegna per competenza a').selectOption({ label: 'Tributi' });
    await dialog.getByRole('checkbox', { name: /Riservato/ }).check();
    await shot(page, 'messaggio-registra');
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'messaggio-registra-360');
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Registra', exact: true }).click();
    await page.getByText(/Registrato con il n\./).waitFor();
    const { rows } = await desk.pool.query(
      `select r.number::int as number, c.new_value as class, l.to_number::int as precedent, s.reserved_by, s.registered_by,
              (select f.classification || '/' || f.number from file f where f.file_id = i.file_id) as file,
              (select u.name from unit u where u.unit_id = g.unit_id) as unit
         from exchange x join registration r using (aoo, register, year, number)
         join registration_change c using (aoo, register, year, number)
         join registration_file i using (aoo, register, year, number)
         join registration_link l using (aoo, register, year, number)
         join registration_reserved s using (aoo, register, year, number)
         join assignment g using (aoo, register, year, number)
        where x.exchange_id = $1`,
      [second],
    );
    expect(rows).toMatchObject([
      {
        class: 'VI.7',
        file: 'VI.7/1',
        reserved_by: 'Pio Modello',
        registered_by: desk.persons.protocol.caller.personId,
        unit: 'Tributi',
      },
    ]);
    await page.goto(`/registro/${new Date().getFullYear()}/${rows[0].number}`);
    expect(await page.locator('.d-facts').first().textContent()).toContain('Registrata daPio Modello');
    expect(await page.locator('.d-history').textContent()).toMatch(/con il numero \d+ da Pio Modello/);
    expect(rows[0].precedent).toBe(rows[0].number - 1);
    // What is reserved is there for who registered it, and for nobody else at the desk.
    expect((await desk.ask('protocol', `/messaggi/${second}`)).status).toBe(200);
    expect((await desk.ask('colleague', `/messaggi/${second}`)).status).toBe(404);
  });

  it('is registered once, under the number it says', async () => {
    const id = await letterWith('Da registrare', pdf('Istanza.pdf', 'Istanza'));
    const page = await desk.openPage('protocol');
    await page.goto(`/messaggi/${id}`);
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: 'Registra il messaggio' });
    await dialog.getByLabel('Oggetto').fill('Istanza di accesso agli atti');
    await dialog.getByRole('button', { name: 'Registra' }).click();
    await page.getByText(/Registrato con il n\.\s\d+/).waitFor();
    const { rows } = await desk.pool.query(
      'select r.subject from registration r join exchange e using (aoo, register, year, number) where e.exchange_id = $1',
      [id],
    );
    expect(rows).toEqual([{ subject: 'Istanza di accesso agli atti' }]);
    await page.goto(`/messaggi/${id}`);
    expect(await page.getByRole('button', { name: /Registra/ }).count()).toBe(0);
    await axe(page);
  });

  it('is refused without script, and asks why first', async () => {
    const { exchange: id } = await desk.receive('flagged', 'Da rifiutare');
    const page = await desk.openPage('protocol', { javaScript: false });
    await page.goto(`/messaggi/${id}`);
    await page.getByRole('link', { name: /Rifiuta/ }).click();
    await page.getByRole('button', { name: 'Rifiuta' }).click();
    expect(await page.title()).toContain('Errore: ');
    expect(await page.getByRole('alert').textContent()).toContain('Scrivi il motivo');
    await page.getByLabel('Motivo, per il mittente').fill('L’allegato è diverso da quello protocollato.');
    await page.getByRole('button', { name: 'Rifiuta' }).click();
    await page.getByText('Rifiutato: la notifica parte.').waitFor();
    expect((await desk.service.views.exchange(id ?? ''))?.state).toMatch(/^refus/);
  });

  it('tells the second clerk who was faster, and gives back what was typed', async () => {
    const { exchange: id } = await desk.receive('flagged', 'In due');
    const second = await desk.openPage('protocol');
    await second.goto(`/messaggi/${id}/rifiuta`);
    await second.getByLabel('Motivo, per il mittente').fill('Manca la firma del dirigente.');
    const first = await desk.openPage('colleague');
    await first.goto(`/messaggi/${id}/registra`);
    await first.getByRole('button', { name: 'Registra' }).click();
    await first.getByText(/Registrato con il n\./).waitFor();
    await second.getByRole('button', { name: 'Rifiuta' }).click();
    await second.getByText(/Ida Saggi ha deciso prima di te: registrato alle \d\d:\d\d con il n\.\s\d+/).waitFor();
    expect(await second.locator('.d-typed').textContent()).toBe('Manca la firma del dirigente.');
    await shot(second, 'messaggio-conflitto-1440');
    await axe(second);
    expect(
      (await desk.service.views.exchange(id ?? ''))?.events.filter(({ type }) => type === 'refused-by-hand'),
    ).toEqual([]);
  });

  it('has a receipt to print, evidence behind its steps, and its proof as a file', async () => {
    const mail = await desk.deliver(
      protocolMail(desk.sandbox, { to: ESEMPIO_FACTS, number: nextNumber(), subject: 'Con prove' }),
    );
    const page = await desk.openPage('auditor');
    await page.goto(`/messaggi/${mail.exchange}`);
    expect(await page.getByRole('button', { name: /Rifiuta/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Prova: Arrivato' }).click();
    await page.getByRole('heading', { name: /^La prova/ }).waitFor();
    await axe(page);
    await page.goto(`/messaggi/${mail.exchange}/ricevuta`);
    await page.getByText('Che cosa è accaduto').waitFor();
    await axe(page);
    const zip = await desk.ask('auditor', `/messaggi/${mail.exchange}/prove.zip`);
    expect(zip.headers.get('content-type')).toBe('application/zip');
    expect(
      Buffer.from(await zip.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });

  it('leads from a mail to its exchange, and is nobody else’s', async () => {
    const mail = await desk.receive('plain', 'Di Esempio soltanto');
    const answer = await desk.ask('protocol', `/messaggi/${mail.id}`);
    expect(answer.headers.get('location')).toBe(`/messaggi/${mail.exchange}`);
    const [document] = mail.inspection?.documents ?? [];
    for (const path of [
      `/messaggi/${mail.exchange}`,
      `/messaggi/${mail.id}`,
      `/messaggi/${mail.exchange}/ricevuta`,
      `/messaggi/${mail.exchange}/prove.zip`,
      `/documenti/posta/${mail.id}`,
      `/documenti/posta/${mail.id}/${document?.sha256}`,
    ]) {
      expect((await desk.ask('elsewhere', path)).status, path).toBe(404);
      // Not registered, so assigned to no unit.
      expect((await desk.ask('unit-member', path)).status, path).toBe(404);
      expect((await desk.ask('administrator', path)).status, path).toBe(403);
      expect((await desk.ask(null, path)).status, path).toBe(303);
      expect([200, 303], path).toContain((await desk.ask('protocol', path)).status);
    }
  });
});
