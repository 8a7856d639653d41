/** What was looked for is found, said where, and found again: the address holds it, Escape peels it off layer by layer. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import type { RegistrationDraft } from '../../src/service/register/unit-of-work.ts';
import { draft, office, register } from '../adapters/postgres/support.ts';
import { ESEMPIO as ESEMPIO_FACTS } from '../exchange/councils.ts';
import { nextNumber, protocolMail } from '../exchange/mails.ts';
import { ESEMPIO } from '../support/node.ts';
import { pdfOf, signedOf } from '../support/text-files.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, focused } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

const NOW = new Date();
const YEAR = NOW.getFullYear();
const sender = (name: string) => ({
  kind: 'administration' as const,
  name,
  ...{ administration: 'c_provaria', aoo: 'APROVA1', aooName: null, office: null },
  address: 'protocollo@pec.provaria.example.it',
  taxCode: null,
});

describe.skipIf(!HAS_CHROMIUM)('what was looked for', () => {
  let desk: DeskHouse;
  const add = (change: Partial<RegistrationDraft>) => {
    const [administration = '', code = ''] = ESEMPIO.split('/');
    return register(postgresStore(desk.pool), office(administration, code), NOW, change);
  };
  beforeAll(async () => {
    desk = await openDesk({ readsTexts: true });
    await add({ subject: 'Accordo con la Città per la mensa', sender: sender('Comune di Provaria') });
    await add({ subject: 'Bilancio', direction: 'outgoing', recipients: [sender('Ente'), sender('Città del Comune')] });
    for (let n = 1; n <= 24; n += 1) await add({ subject: `Pratica ${n}`, sender: sender('Ente Parco') });
    await desk.pool.query('update register_counter set last_number = 1233 where aoo = $1', [ESEMPIO]);
    const documents = draft().documents.map((one) => ({ ...one, name: 'planimetria.pdf' }));
    await add({ subject: 'Quella cercata', sender: sender('Ente Parco'), documents });
    await desk.pool.query(
      `insert into correspondent (aoo, correspondent_id, kind, name, search, version, updated_at)
       select $1, gen_random_uuid(), 'person', 'Elenco Finto ' || lpad(n::text, 2, '0'), 'elenco finto ' || lpad(n::text, 2, '0'), 1, now()
         from generate_series(1, 45) n`,
      [ESEMPIO],
    );
    for (let n = 1; n <= 12; n += 1) await desk.receive('flagged', `Da decidere ${n}`);
  }, 180_000);
  afterAll(() => desk?.stop());

  const at = async (page: Page, path: string): Promise<void> => {
    await page.goto(path);
    await page.locator('body[data-ready]').waitFor();
  };
  const open = async (who: Who, path: string): Promise<Page> => {
    const page = await desk.openPage(who, { height: 600 });
    await at(page, path);
    return page;
  };

  it('is found by its number, without accents, in any order, and each hit says where', async () => {
    const page = await open('protocol', '/registro?q=1234');
    expect(await page.locator('.d-register-number').allTextContents()).toEqual([`0001234 del ${YEAR}`]);
    expect(await page.locator('.d-register-number mark').textContent()).toBe('0001234');
    for (const typed of ['1234', `0001234/${YEAR}`, `n. 1234/${YEAR}`]) {
      await at(page, `/cerca?q=${encodeURIComponent(typed)}`);
      expect(new URL(page.url()).pathname, typed).toBe(`/registro/${YEAR}/0001234`);
    }
    for (const typed of ['comune citta', 'citta comune', 'CITTÀ Comune']) {
      await at(page, `/registro?q=${encodeURIComponent(typed)}`);
      const hits = page.locator('.d-register-row');
      expect(await hits.count(), typed).toBe(2);
      const first = hits.filter({ hasText: 'Accordo' });
      expect(await first.locator('[data-label="Corrispondente"] mark').allTextContents()).toEqual(['Comune']);
      expect(await first.locator('.d-register-subject mark').allTextContents()).toEqual(['Città']);
      expect(await hits.filter({ hasText: 'Bilancio' }).locator('p').allTextContents()).toEqual([
        'Destinatario: Città del Comune',
      ]);
    }
    // A document, by its name.
    await at(page, '/registro?q=planimetria');
    await page
      .getByText(/^Documento: /)
      .first()
      .waitFor();
    for (const hit of await page.locator('.d-register-row').all())
      expect(await hit.locator('mark').count()).not.toBe(0);
    await axe(page);
  });

  /** Goes to a row with the keyboard, opens it, and comes back; then takes the address elsewhere. */
  async function isFoundAgain(path: string, steps: number, row: RegExp): Promise<void> {
    const page = await open('protocol', path);
    for (let step = 0; step < steps; step += 1) await page.keyboard.press('j');
    const on = await focused(page);
    expect(on).toMatch(row);
    const rows = () => page.locator('[data-row], .d-work-link').allTextContents();
    const before = await rows();
    const place = () => page.evaluate<number>('Math.round(document.activeElement.getBoundingClientRect().top)');
    const stood = await place();
    const copied = page.url();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== new URL(copied).pathname);
    await page.locator('body[data-ready]').waitFor();
    await page.goBack();
    await page.locator('body[data-ready]').waitFor();
    expect(page.url()).toBe(copied);
    await expect.poll(() => focused(page)).toBe(on);
    expect(await rows()).toEqual(before);
    expect(Math.abs((await place()) - stood), 'where it stands in the window').toBeLessThan(4);
    const elsewhere = await open('protocol', copied.slice(desk.origin.length));
    await expect.poll(() => focused(elsewhere)).toBe(on);
    expect(
      await elsewhere.evaluate<boolean>(
        '(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.activeElement.getBoundingClientRect())',
      ),
    ).toBe(true);
  }

  it('is found again by going back and by its address: on the Scrivania', () =>
    isFoundAgain('/scrivania?tipo=segnalati&q=decidere', 9, /Da decidere/));
  it('… in the register', () => isFoundAgain('/registro?q=pratica&direzione=entrata', 20, /00000\d\d/));
  it('… in the address book, on its second page', async () => {
    const page = await open('protocol', '/rubrica?q=elenco');
    await page.getByRole('link', { name: 'Mostra i successivi' }).click();
    await page.waitForURL(/da=/);
    await isFoundAgain(page.url().slice(desk.origin.length), 12, /Elenco Finto/);
  });
  it('… among the assignments', async () => {
    const { rows } = await desk.pool.query<{ number: number }>(
      `select number from registration where aoo = $1 and subject like 'Pratica %' order by number limit 10`,
      [ESEMPIO],
    );
    const page = await desk.openPage('protocol');
    for (const { number } of rows) {
      await at(page, `/registro/${YEAR}/${String(number).padStart(7, '0')}/assegna`);
      await page.getByLabel('Per competenza a').selectOption({ label: 'Tributi' });
      await page.getByRole('button', { name: 'Assegna', exact: true }).click();
      await page.getByText('Assegnata a Tributi.').waitFor();
    }
    await isFoundAgain(`/assegnazioni?elenco=ufficio&di=tutti&ufficio=${desk.units.tributi}`, 8, /Pratica/);
  });

  it('is peeled off by Escape, one layer at a time, and nothing typed is lost', async () => {
    const page = await open('protocol', '/scrivania?tipo=segnalati&q=decidere');
    await page.keyboard.press('x');
    await page.keyboard.press('f');
    const reason = page.locator('dialog[open] textarea');
    await reason.fill('Parole che restano');
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    // The dialog alone: what was chosen is chosen still, and the words are there.
    expect(await page.locator('.d-work-pick input:checked').count()).toBe(1);
    await page.keyboard.press('f');
    expect(await reason.inputValue()).toBe('Parole che restano');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.locator('.d-work-pick input:checked').count()).toBe(0);
    expect(new URL(page.url()).searchParams.get('q')).toBe('decidere');
    // With words that stand nowhere else, it goes no further, and says so.
    await page.keyboard.press('Escape');
    await page.locator('.d-said', { hasText: 'Hai scritto qualcosa che non è stato inviato' }).waitFor();
    await page.keyboard.press('f');
    expect(await reason.inputValue()).toBe('Parole che restano');
    await shot(page, 'esc-con-parole');
    await reason.fill('');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '?tipo=segnalati');
    await page.locator('body[data-ready]').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.searchParams.get('tipo') === null);
    // In the register: a filter at a time; in a field, the field is left with what it holds.
    await at(page, '/registro?q=pratica&direzione=entrata&stato=valide');
    const box = page.getByRole('searchbox', { name: 'Cerca nel registro' });
    await box.fill('altre parole');
    await page.keyboard.press('Escape');
    expect(await box.inputValue()).toBe('altre parole');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('stato'));
    await page.locator('body[data-ready]').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '?q=pratica');
    await page.locator('body[data-ready]').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '');
    // A form of a page of its own: Escape leaves the field, and not the page.
    await at(page, `/registro/${YEAR}/0001234/chiedi-annullamento`);
    await page.getByLabel('Motivo').fill('Un motivo lungo');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.locator('.d-said', { hasText: 'Esc non esce' }).waitFor();
    expect(await page.getByLabel('Motivo').inputValue()).toBe('Un motivo lungo');
  });

  it('is found by a word that stands only inside a signed PDF, and the hit says in which', async () => {
    const words = 'Il parere riguarda le passerelle sul torrente.';
    const signed = {
      name: 'parere.pdf.p7m',
      mediaType: 'application/pkcs7-mime',
      content: signedOf(await pdfOf([words])),
    };
    const mail = protocolMail(desk.sandbox, {
      ...{ to: ESEMPIO_FACTS, number: nextNumber(), subject: 'Trasmissione di un parere' },
      documents: [signed],
    });
    expect((await desk.deliver(mail)).action).toBe('register');
    const page = await open('protocol', '/registro');
    const hits = page.locator('.d-register-row');
    // Its text is read when there is nothing better to do.
    const found = async () => {
      await at(page, '/registro?q=passerella');
      return hits.count();
    };
    await expect.poll(found, { timeout: 120_000, interval: 1_000 }).toBe(1);
    expect(await hits.locator('.d-register-subject').textContent()).toContain('Trasmissione di un parere');
    const said = hits.locator('p', { hasText: 'Nel testo di parere.pdf.p7m' });
    expect(await said.locator('mark').allTextContents()).toEqual(['passerelle']);
    await shot(page, 'parola-nel-firmato');
    await axe(page);
  }, 180_000);
});
