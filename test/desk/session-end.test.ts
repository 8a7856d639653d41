/** A session that ends while a page is open loses nothing: signing in is asked for on top of it, and the act goes on. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant } from '../../src/service/people/person.ts';
import { operator } from '../../src/service/people/person.ts';
import { ESEMPIO, PROVARIA } from '../support/node.ts';
import { CLIENT, startProvider, type TestProvider } from '../support/openid-provider.ts';
import { HAS_CHROMIUM, type PageOptions, shot } from './support/browser.ts';
import { axe, focused, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

const PASSWORD = 'quattro gatti al sole';
const PDF = { name: 'istanza.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nprova\n%%EOF\n') };

describe.skipIf(!HAS_CHROMIUM)('a session that ends while a page is open', () => {
  let desk: DeskHouse;
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startProvider(() => [desk.origin]);
    desk = await openDesk({
      accounts: {
        ...CLIENT,
        issuer: provider.issuer,
        name: 'l’account del Comune',
        scopes: ['profile'],
        groupsClaim: 'groups',
        groups: [{ group: '/protocollo', aoo: ESEMPIO, role: 'protocol' }],
      },
    });
  });
  afterAll(async () => {
    await desk?.stop();
    await provider?.stop();
  });

  async function enrolled(login: string, grants: readonly Grant[]): Promise<string> {
    const { people } = desk.service;
    const form = { login, name: `Persona ${login}`, address: '', grants };
    const made = await people.manage.createPerson(form, operator('prova'));
    if (!made.ok) throw new Error(made.problem.message);
    const fields = { name: '', login: '', password: PASSWORD, code: '' };
    const visitor = { address: '', agent: '', device: null, session: null };
    const entered = await people.useEntry(made.value.entry, fields, visitor);
    if (!entered.ok) throw new Error(entered.problem.message);
    return entered.value.personId;
  }
  const clerk = (login: string) => enrolled(login, [{ aoo: ESEMPIO, role: 'protocol' }]);

  async function signedIn(login: string, options: PageOptions = {}): Promise<Page> {
    const page = await desk.stranger(options);
    await page.clock.install();
    await page.goto('/entra?ritorno=%2Fregistra');
    await page.getByLabel('Nome', { exact: true }).fill(login);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Entra', exact: true }).click();
    await page.waitForURL('**/registra');
    await page.locator('body[data-ready]').waitFor();
    return page;
  }
  async function typed(page: Page, subject: string) {
    await page.getByLabel('Mittente', { exact: true }).fill('Mario Prova');
    await page.getByLabel('Oggetto', { exact: true }).fill(subject);
  }
  /** The coffee took longer than the session. */
  async function ends(page: Page, personId: string) {
    await desk.pool.query('delete from session where person_id = $1', [personId]);
    await page.clock.fastForward('40:00');
  }
  const numbers = async (subject: string) => {
    const { rows } = await desk.pool.query<{ by: string }>(
      `select a.registered_by_name as by from registration r join registration_arrival a using (aoo, register, year, number)
        where r.aoo = $1 and r.subject = $2`,
      [ESEMPIO, subject],
    );
    return rows.map(({ by }) => by);
  };
  const press = (page: Page) => page.getByRole('button', { name: 'Registra', exact: true }).click();
  const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Accesso scaduto' });

  it('asks for the password in place and goes on with the act, once, with all it held', async () => {
    const personId = await clerk('rita.interrotti');
    const page = await signedIn('rita.interrotti');
    await typed(page, 'Scritta prima della pausa');
    await page.setInputFiles('input[type=file]', PDF);
    await page.getByText('impronta uguale qui e sul server').waitFor();
    await ends(page, personId);
    await press(page);
    await dialogOf(page).waitFor();
    expect(await focused(page)).toContain('Password');
    expect(await dialogOf(page).getByLabel('Nome', { exact: true }).inputValue()).toBe('rita.interrotti');
    await shot(page, 'session-ended');
    await axe(page);
    await reflow(page);
    await dialogOf(page).getByLabel('Password', { exact: true }).fill('non è questa');
    await page.keyboard.press('Enter');
    await dialogOf(page).getByRole('alert').waitFor();
    expect(await focused(page)).toContain('Password');
    await axe(page);
    expect(await numbers('Scritta prima della pausa')).toEqual([]);
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    await page.getByText('istanza.pdf').first().waitFor();
    expect(await numbers('Scritta prima della pausa')).toEqual(['Persona rita.interrotti']);
  });

  it('keeps files that are chosen and not sent yet, and sends the form once with them', async () => {
    const personId = await clerk('ada.allegante');
    const page = await signedIn('ada.allegante');
    await page.goto('/invia');
    await page.locator('body[data-ready]').waitFor();
    await page.getByLabel('Destinatari, uno per riga').fill('Ditta Prova <ditta@pec.prova.example.it>');
    await page.getByLabel('Oggetto', { exact: true }).fill('Con i file scelti');
    await page.getByLabel('Testo del messaggio').fill('Si trasmette.');
    await page.getByLabel('Scegli i documenti').setInputFiles([PDF, { ...PDF, name: 'pianta.pdf' }]);
    // Ended by somebody, a moment after the page came.
    await desk.pool.query('delete from session where person_id = $1', [personId]);
    await page.getByRole('button', { name: 'Controlla' }).click();
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Controlla il messaggio' }).waitFor();
    const main = (await page.locator('main').textContent()) ?? '';
    for (const held of [
      'istanza.pdf',
      'pianta.pdf',
      'ditta@pec.prova.example.it',
      'Con i file scelti',
      'Si trasmette.',
    ])
      expect(main).toContain(held);
    const drafts = await desk.pool.query('select from draft where person_id = $1', [personId]);
    expect(drafts.rowCount).toBe(1);
  });

  it('lets a file go on that was chosen after the session had ended', async () => {
    const personId = await clerk('ugo.caricante');
    const page = await signedIn('ugo.caricante');
    await typed(page, 'File dopo la pausa');
    await desk.pool.query('delete from session where person_id = $1', [personId]);
    await page.setInputFiles('input[type=file]', PDF);
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('impronta uguale qui e sul server').waitFor();
    expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe('File dopo la pausa');
    await press(page);
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await numbers('File dopo la pausa')).toHaveLength(1);
  });

  it('sends nothing when the person says "not now", and nothing typed is lost', async () => {
    const personId = await clerk('ivo.esitanti');
    const page = await signedIn('ivo.esitanti', { width: 360, height: 800 });
    await typed(page, 'Non ora');
    await ends(page, personId);
    await press(page);
    await dialogOf(page).waitFor();
    await shot(page, 'session-ended-360');
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await page.getByText('Non è stato inviato nulla').waitFor();
    expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe('Non ora');
    await press(page);
    await dialogOf(page).getByRole('button', { name: 'Non ora' }).click();
    expect(await numbers('Non ora')).toEqual([]);
    await press(page);
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await dialogOf(page).getByRole('button', { name: 'Entra e continua' }).click();
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await numbers('Non ora')).toHaveLength(1);
  });

  it('does not send the form of one person as another', async () => {
    const personId = await clerk('gino.primi');
    await clerk('elsa.secondi');
    const page = await signedIn('gino.primi');
    await typed(page, 'Di chi era qui prima');
    await ends(page, personId);
    await press(page);
    await dialogOf(page).getByLabel('Nome', { exact: true }).fill('elsa.secondi');
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialogOf(page).getByText('è entrata un’altra persona').waitFor();
    expect(await numbers('Di chi era qui prima')).toEqual([]);
    await dialogOf(page).getByLabel('Nome', { exact: true }).fill('gino.primi');
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await numbers('Di chi era qui prima')).toEqual(['Persona gino.primi']);
  });

  it('goes on in the office that the page was made for', async () => {
    const personId = await enrolled('ada.dueenti', [
      { aoo: ESEMPIO, role: 'protocol' },
      { aoo: PROVARIA, role: 'protocol' },
    ]);
    const page = await signedIn('ada.dueenti');
    await typed(page, 'Per Esempio');
    await ends(page, personId);
    // Meanwhile, elsewhere, the person has worked for the other council.
    await desk.pool.query('update person set last_aoo = $2 where person_id = $1', [personId, PROVARIA]);
    await press(page);
    await dialogOf(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await numbers('Per Esempio')).toHaveLength(1);
  });

  it('goes on after the body’s own account let in, in another tab', async () => {
    provider.person = { sub: 'qui-1', name: 'Lina Federati', login: 'lina.federati', groups: ['/protocollo'] };
    const page = await desk.stranger();
    await page.clock.install();
    await page.goto('/entra/account?ritorno=%2Fregistra');
    await page.waitForURL('**/registra');
    await typed(page, 'Con l’account del Comune');
    await desk.pool.query("delete from session where method = 'account'");
    await page.clock.fastForward('40:00');
    await press(page);
    await dialogOf(page).waitFor();
    const [other] = await Promise.all([
      page.context().waitForEvent('page'),
      dialogOf(page)
        .getByRole('link', { name: /Entra con l’account del Comune/ })
        .click(),
    ]);
    await other.getByRole('heading', { name: 'Sei di nuovo dentro' }).waitFor();
    await other.close();
    await page.bringToFront();
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await numbers('Con l’account del Comune')).toEqual(['Lina Federati']);
  });

  it.each([
    [false, 'sends it'],
    [true, 'asks for its files again'],
  ])(
    'is asked for on a page of its own without script, and the form is kept (with a file: %s; %s)',
    async (hasFile) => {
      const login = hasFile ? 'teo.allegati' : 'teo.spenti';
      const personId = await clerk(login);
      const page = await desk.stranger({ javaScript: false });
      const enter = async (where: Page) => {
        await where.getByLabel('Nome', { exact: true }).fill(login);
        await where.getByLabel('Password', { exact: true }).fill(PASSWORD);
        await where.getByRole('button', { name: 'Entra', exact: true }).click();
      };
      await page.goto('/entra?ritorno=%2Fregistra');
      await enter(page);
      await page.waitForURL('**/registra');
      await typed(page, login);
      if (hasFile) await page.setInputFiles('input[type=file]', PDF);
      await desk.pool.query('delete from session where person_id = $1', [personId]);
      await press(page);
      await page.getByRole('heading', { name: 'Accesso scaduto' }).waitFor();
      expect(await page.getByText('istanza.pdf').count()).toBe(hasFile ? 1 : 0);
      const [other] = await Promise.all([
        page.context().waitForEvent('page'),
        page.getByRole('link', { name: /si apre un’altra scheda/ }).click(),
      ]);
      await enter(other);
      await other.getByRole('heading', { name: 'Sei di nuovo dentro' }).waitFor();
      await page.getByRole('button', { name: 'Riprendi da dove eri' }).click();
      await page.getByRole('button', { name: /^Conferma e/ }).click();
      if (hasFile) {
        // Nothing is registered that lacks its document.
        await page.getByRole('heading', { name: 'Nuova registrazione' }).waitFor();
        expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe(login);
        expect(await numbers(login)).toEqual([]);
      } else {
        await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
        expect(await numbers(login)).toHaveLength(1);
      }
    },
  );
});
