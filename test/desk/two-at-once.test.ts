/**
 * Two act on the same thing: the second is told who was faster, when, and what they did; nothing they typed is lost, nothing
 * is overwritten. On every path by which the desk changes something.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caller, ESEMPIO, until } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

describe.skipIf(!HAS_CHROMIUM)('two at once', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  }, 120_000);
  afterAll(() => desk?.stop());

  const open = async (who: Who, path: string): Promise<Page> => {
    const page = await desk.openPage(who);
    await page.goto(path);
    await page.locator('body[data-ready]').waitFor();
    return page;
  };
  /** A message that registers itself; the path of its sheet. */
  const registered = async (subject: string): Promise<string> => {
    await desk.receive('registered', subject);
    const { year, number } = await until(`a registration of «${subject}»`, async () => {
      const { rows } = await desk.pool.query<{ year: number; number: number }>(
        'select year, number from registration where aoo = $1 and subject = $2',
        [ESEMPIO, subject],
      );
      return rows[0] ?? null;
    });
    return `/registro/${year}/${String(number).padStart(7, '0')}`;
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  /** Leaves the field: proposals that come late would lie over the button. */
  const classify = async (page: Page, code: string) => {
    await page.getByLabel('Classe').fill(code);
    await page.getByLabel('Classe').press('Tab');
  };
  const told = async (page: Page, ...words: readonly (string | RegExp)[]) => {
    await page.getByRole('heading', { name: /^(Non eseguito|Già deciso)/ }).waitFor();
    const main = (await page.locator('main').textContent()) ?? '';
    for (const word of words) expect(main).toMatch(word);
  };
  const AT = /il \d\d\/\d\d\/\d{4} alle \d\d:\d\d/;

  it('on a message, by the desk and by the API', async () => {
    const { exchange: id } = await desk.receive('flagged', 'Da chi prima arriva');
    const second = await open('protocol', `/messaggi/${id}/rifiuta`);
    await second.getByLabel('Motivo, per il mittente').fill('Manca la firma del dirigente.');
    const ask = caller(desk.origin, await desk.key(ESEMPIO));
    const before = await ask('GET', `/exchanges/${id}`);
    const done = await ask('POST', `/incoming-messages/${id}/registration`, { body: {} });
    expect(done.status).toBe(200);
    await press(second, 'Rifiuta');
    await told(second, /Gestionale di prova ha deciso prima di te: registrato alle \d\d:\d\d con il n\.\s\d+/);
    expect(await second.locator('.d-typed').textContent()).toBe('Manca la firma del dirigente.');
    // The other way round: what a program has read before the desk's act is not done to what is there now.
    const { exchange: other } = await desk.receive('flagged', 'Prima la scrivania');
    const seen = await ask('GET', `/exchanges/${other}`);
    const clerk = await open('protocol', `/messaggi/${other}/registra`);
    await press(clerk, 'Registra');
    await clerk.getByText(/Registrato con il n\./).waitFor();
    const headers = { 'if-match': seen.headers.get('etag') ?? '' };
    const late = await ask('POST', `/incoming-messages/${other}/refusal`, { body: { reason: 'No' }, headers });
    expect([late.status, late.json.code]).toEqual([412, 'version-conflict']);
    expect((await desk.service.views.exchange(id ?? ''))?.events.map(({ type }) => type)).not.toContain(
      'refused-by-hand',
    );
    expect(before.json.state).not.toBe(done.json.state);
  });

  it('on several items of the list, each as it was seen', async () => {
    const [first, second, third] = [
      await desk.receive('flagged', 'Insieme, la prima'),
      await desk.receive('flagged', 'Insieme, la seconda'),
      await desk.receive('flagged', 'Insieme, la terza'),
    ];
    const page = await open('protocol', '/scrivania?q=insieme');
    await page.getByLabel('Scegli queste 3').check();
    const colleague = await open('colleague', `/messaggi/${first.exchange}/registra`);
    await press(colleague, 'Registra');
    await colleague.getByText(/Registrato con il n\./).waitFor();
    // Changed, and still to be done: what was seen is no more what is there.
    await desk.pool.query('update exchange set version = version + 1 where exchange_id = $1', [second.exchange]);
    await page.locator('.d-work-bulk').getByRole('button', { name: 'Metti da parte' }).click();
    await page.getByRole('heading', { name: 'Che cosa è stato fatto' }).waitFor();
    const line = (subject: string) => page.locator('.d-list li', { hasText: subject });
    expect(await line('Insieme, la prima').textContent()).toMatch(
      /Saltata.*Non è più da fare\. Ida Saggi, il \d\d\/\d\d\/\d{4} alle \d\d:\d\d: registrato con il n\./,
    );
    expect(await line('Insieme, la seconda').textContent()).toMatch(/Non riuscita.*Lo stato è cambiato nel frattempo/);
    expect(await line('Insieme, la terza').textContent()).toContain('Fatto');
    await axe(page);
    await shot(page, 'insieme-in-due');
    expect((await desk.service.views.exchange(second.exchange ?? ''))?.state).not.toBe('closed');
    expect(third.exchange).not.toBeNull();
    // What has failed is chosen still.
    await page.getByRole('link', { name: 'Torna all’elenco' }).click();
    await page.locator('body[data-ready]').waitFor();
    expect(await page.locator('.d-work-pick input:checked').count()).toBe(1);
    expect(await page.locator('.d-work-row', { has: page.locator('input:checked') }).textContent()).toContain(
      'seconda',
    );
  });

  it('on the class of a registration', async () => {
    const path = await registered('Di quale classe');
    const [one, two] = [await open('protocol', `${path}/classifica`), await open('colleague', `${path}/classifica`)];
    await classify(one, 'VI.3');
    await press(one, 'Classifica');
    await one.getByText('Classificata in VI.3.').waitFor();
    await classify(two, 'VII.1');
    await press(two, 'Classifica');
    await told(two, 'Pio Modello l’ha classificata VI.3', AT, 'VII.1');
    await axe(two);
    await shot(two, 'classifica-in-due');
    await two.getByRole('link', { name: 'Torna e guarda lo stato di ora' }).click();
    expect(await two.locator('.d-facts').first().textContent()).toContain('VI.3');
  });

  it('on the reserve of a registration', async () => {
    const path = await registered('Riservata in due');
    const [one, two] = [await open('head', `${path}/riserva`), await open('head', `${path}/riserva`)];
    await one.getByLabel('Perché').fill('Dati di salute.');
    await press(one, 'Rendi riservata');
    await one.getByText('Ora è riservata.').waitFor();
    await two.getByLabel('Perché').fill('Dati di minori.');
    await press(two, 'Rendi riservata');
    await told(two, 'Nora Esempi l’ha resa riservata', AT, 'Dati di salute.', 'Dati di minori.');
  });

  it('on a request to annul', async () => {
    const path = await registered('Annullamento in due');
    const clerk = await open('protocol', `${path}/chiedi-annullamento`);
    const colleague = await open('colleague', `${path}/chiedi-annullamento`);
    await clerk.getByLabel('Motivo').fill('Registrata due volte');
    await press(clerk, 'Chiedi l’annullamento');
    await clerk.getByText('decide il responsabile').first().waitFor();
    await colleague.getByLabel('Motivo').fill('È un doppione');
    await press(colleague, 'Chiedi l’annullamento');
    await told(colleague, 'Pio Modello', AT, '«Registrata due volte»', 'È un doppione');
    const [one, two] = [await open('head', `${path}/annulla`), await open('head', `${path}/annulla`)];
    await one.getByLabel('Perché rimane valida').fill('Sono due istanze diverse');
    await press(one, 'Rifiuta la richiesta');
    await one.getByText('la registrazione resta valida').waitFor();
    await two.getByLabel('Provvedimento').fill('Provv. 9/2026');
    await press(two, 'Annulla la registrazione');
    await told(two, 'Nora Esempi ha rifiutato la richiesta', AT, '«Sono due istanze diverse»', 'Provv. 9/2026');
    expect((await desk.pool.query('select from registration_annulment where aoo = $1', [ESEMPIO])).rowCount).toBe(0);
  });

  it('on notes, which add to one another', async () => {
    const path = await registered('Annotata in due');
    const [one, two] = [await open('protocol', path), await open('colleague', path)];
    for (const [page, text] of [
      [one, 'Prima nota'],
      [two, 'Seconda nota'],
    ] as const) {
      await page.keyboard.press('n');
      await page.getByLabel('Nota').fill(text);
      await press(page, 'Aggiungi la nota');
      await page.locator('.d-history', { hasText: text }).waitFor();
    }
    expect(await two.locator('.d-history').textContent()).toContain('Prima nota');
  });

  it('on an assignment, one or several', async () => {
    const path = await registered('Assegnata in due');
    const [one, two] = [await open('protocol', `${path}/assegna`), await open('colleague', `${path}/assegna`)];
    await one.getByLabel('Per competenza a').selectOption({ label: 'Ufficio tecnico' });
    await press(one, 'Assegna');
    await one.getByText('Assegnata a Ufficio tecnico.').waitFor();
    await two.getByLabel('Per competenza a').selectOption({ label: 'Tributi' });
    await two.getByLabel(/^Nota|^Istruzioni|^Motivo/).fill('Entro venerdì, per favore.');
    await press(two, 'Assegna');
    await told(two, /Pio Modello l'ha assegnata alle \d\d:\d\d/, 'Entro venerdì, per favore.');
    const list = await open('protocol', '/assegnazioni');
    const mine = list.getByRole('checkbox', { name: new RegExp(path.slice(-7)) });
    await mine.check();
    const member = await open('unit-member', '/assegnazioni');
    await member.getByRole('button', { name: /^Prendi in carico: / }).click();
    await member.getByText('Presa in carico.', { exact: true }).waitFor();
    await press(list, 'Riassegna…');
    await list.getByLabel('A chi passano').selectOption({ label: 'Tributi' });
    await press(list, 'Riassegna una assegnazione');
    await list.getByText(/Lia Bozza l'ha presa in carico alle \d\d:\d\d/).waitFor();
  });

  it('on an entry of the address book', async () => {
    const page = await open('protocol', '/rubrica/nuova');
    await page.getByLabel('Nome', { exact: true }).fill('Ditta di Due');
    await press(page, 'Aggiungi');
    await page.waitForURL(/\/rubrica\/[0-9a-f-]{36}$/);
    const path = new URL(page.url()).pathname;
    const [one, two] = [await open('protocol', `${path}/modifica`), await open('colleague', `${path}/modifica`)];
    await one.getByLabel('Telefono').fill('000 11');
    await press(one, 'Salva');
    await one.getByText('Voce salvata.').waitFor();
    await two.getByLabel('Nota').fill('Chiude alle 13.');
    await press(two, 'Salva');
    await told(two, 'L’ha cambiata Pio Modello', AT, 'Telefono: da niente a 000 11.', 'Chiude alle 13.');
    await two.goto(path);
    expect(await two.locator('main').textContent()).not.toContain('Chiude alle 13.');
  });

  it('on a message that was sent and has to go again', async () => {
    const page = await open('protocol', '/invia');
    await page.getByLabel('Destinatari, uno per riga').fill('Nessuno <nessuno@pec.provaria.example.it>');
    await page.getByLabel('Oggetto', { exact: true }).fill('Da mandare di nuovo');
    await page
      .getByLabel('Scegli i documenti')
      .setInputFiles([{ name: 'nota.txt', mimeType: 'text/plain', buffer: Buffer.from('Una nota') }]);
    await press(page, 'Controlla');
    await press(page, 'Invia 1 messaggio');
    await page.getByText('Che cosa fare.').waitFor({ timeout: 60_000 });
    const at = new URL(page.url()).pathname;
    const elsewhere = await open('colleague', at);
    await elsewhere.getByRole('link', { name: /Invia a un altro indirizzo/ }).click();
    await elsewhere.getByLabel('Nuovo destinatario').fill('Altra <altra@pec.provaria.example.it>');
    await page.getByRole('button', { name: /^Invia di nuovo/ }).click();
    await page.getByText(/^Inviato di nuovo a/).waitFor();
    await press(elsewhere, 'Invia con lo stesso numero');
    await told(elsewhere, 'Pio Modello', AT, 'inviato di nuovo', 'altra@pec.provaria.example.it');
  });
});
