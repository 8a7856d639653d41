/** The register: searched, opened, annotated, annulled, exported and printed, by who may. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import type { RegistrationDraft } from '../../src/service/register/unit-of-work.ts';
import { office, register } from '../adapters/postgres/support.ts';
import { ESEMPIO, until } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, focused, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

/** Noon of the day the tests run, so that it is the same day in Rome. */
const NOW = new Date(`${new Date().toISOString().slice(0, 10)}T11:00:00Z`);
const TODAY = NOW.toISOString().slice(0, 10);
const YEAR = TODAY.slice(0, 4);

describe.skipIf(!HAS_CHROMIUM)('the register', () => {
  let desk: DeskHouse;
  const numbers: Record<string, string> = {};
  const sender = (name: string) => ({ ...draftSender, name });
  const add = async (name: string, change: Partial<RegistrationDraft>): Promise<void> => {
    const [administration = '', code = ''] = ESEMPIO.split('/');
    const { number } = await register(postgresStore(desk.pool), office(administration, code), NOW, change);
    numbers[name] = String(number).padStart(7, '0');
  };
  beforeAll(async () => {
    desk = await openDesk();
    await add('school', {
      subject: 'Convenzione per la mensa della Città di Prova',
      sender: sender('Comune di Provaria'),
    });
    await add('bus', {
      direction: 'outgoing',
      subject: 'Trasporto scolastico',
      recipients: [sender('Unione dei Comuni'), sender('Provincia del Sàggio')],
    });
    await add('secret', { subject: 'Procedimento disciplinare', sender: sender('Segretario comunale') });
    await add('formula', { subject: '=HYPERLINK("http://evil.example.it","clic")', sender: sender('@Firma') });
    await add('twice', { subject: 'Convenzione buoni pasto', sender: sender('Bar Inventato S.r.l.') });
    for (let n = 1; n <= 30; n += 1)
      await add(`row ${n}`, { subject: `Pratica numero ${n}`, sender: sender('Ente Parco') });
    await desk.pool.query(
      `insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by) select aoo, register, year, number, now(), 'Prova'
         from registration where number = $1 and aoo = $2`,
      [Number(numbers['secret']), ESEMPIO],
    );
  }, 120_000);
  afterAll(() => desk?.stop());

  const at = async (page: Page, path: string) => {
    const answer = await page.goto(`${desk.origin}${path}`);
    await page.locator('body[data-ready]').waitFor();
    return answer?.status() ?? 0;
  };
  const open = async (who: Who, path: string): Promise<Page> => {
    const page = await desk.openPage(who);
    await at(page, path);
    return page;
  };
  const shown = (page: Page) => page.locator('.d-register-number').allTextContents();
  const sheetOf = (name: string) => `/registro/${YEAR}/${numbers[name]}`;

  it('has every filter and page in its address, and goes back to them', async () => {
    const page = await open('protocol', '/registro');
    await axe(page);
    await reflow(page);
    await shot(page, 'registro');
    await page.getByRole('searchbox', { name: 'Cerca nel registro' }).fill('pratica');
    await page.getByRole('button', { name: 'Cerca', exact: true }).click();
    await page.locator('#quante', { hasText: '30 registrazioni' }).waitFor();
    await page.getByText('Altri filtri').click();
    await page.getByLabel('Verso').selectOption('entrata');
    await page.getByRole('button', { name: 'Applica' }).click();
    await page.locator('.d-chip', { hasText: 'In entrata' }).waitFor();
    expect(new URL(page.url()).search).toContain('q=pratica');
    expect(new URL(page.url()).searchParams.get('direzione')).toBe('entrata');
    const first = await shown(page);
    await page.getByRole('link', { name: 'Precedenti nel tempo' }).click();
    await page.locator('#quante', { hasText: 'pagina seguente' }).waitFor();
    const second = await shown(page);
    expect(second).toHaveLength(5);
    expect(second.some((number) => first.includes(number))).toBe(false);
    const copied = page.url();
    await page.goBack();
    await page.locator('body[data-ready]').waitFor();
    expect(await shown(page)).toEqual(first);
    await at(page, copied.slice(desk.origin.length));
    expect(await shown(page)).toEqual(second);
    await page.getByRole('link', { name: 'Togli il filtro: In entrata' }).click();
    await page.locator('.d-chip').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?q=pratica');
  });

  it('finds by number, without accents and in any order, and marks where', async () => {
    const page = await open('protocol', `/registro?q=${Number(numbers['school'])}`);
    expect(await shown(page)).toContain(`${numbers['school']} del ${YEAR}`);
    await at(page, '/registro?q=citta+convenzione');
    expect(await page.locator('.d-register-subject mark').allTextContents()).toEqual(['Convenzione', 'Città']);
    await at(page, '/registro?q=saggio');
    await page.getByText('Destinatario: Provincia del Sàggio').waitFor();
    await axe(page);
    await at(page, '/registro?q=nientedeltutto');
    await page.getByRole('heading', { name: 'Nessuna registrazione' }).waitFor();
    await axe(page);
    await at(page, `/cerca?q=${numbers['bus']}/${YEAR}`);
    expect(new URL(page.url()).pathname).toBe(sheetOf('bus'));
    await at(page, '/cerca?q=mensa');
    await page.getByRole('heading', { name: 'Registro' }).waitFor();
    await axe(page);
  });

  it('is walked with j and k, and opened with Enter', async () => {
    const page = await open('protocol', '/registro?q=convenzione');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toContain(numbers['school']);
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${sheetOf('twice')}`);
  });

  it('hides what is reserved from who may not see it: in search, count, export and by its address', async () => {
    for (const [who, sees] of [
      ['protocol', false],
      ['auditor', false],
      ['head', true],
    ] as const) {
      const page = await open(who, '/registro?q=disciplinare');
      expect(await page.locator('.d-register-row').count(), who).toBe(sees ? 1 : 0);
      const csv = await page.request.get(`${desk.origin}/registro/esporta.csv?q=disciplinare`);
      expect((await csv.text()).includes('disciplinare'), who).toBe(sees);
      expect(await at(page, sheetOf('secret')), who).toBe(sees ? 200 : 404);
    }
    const { rows } = await desk.pool.query(
      `select person, data ->> 'page' as page from access_log where what = 'reserved-opened' order by at`,
    );
    expect(rows).toEqual([
      { person: 'Nora Esempi', page: '/registro/esporta.csv' },
      { person: 'Nora Esempi', page: '/registro/:year/:number' },
    ]);
  });

  it('shows nothing to a unit that has nothing, and everybody another 404 in another office', async () => {
    const member = await open('unit-member', '/registro');
    expect(await member.locator('.d-register-row').count()).toBe(0);
    expect(await at(member, sheetOf('school'))).toBe(404);
    const elsewhere = await desk.openPage('elsewhere');
    expect(await at(elsewhere, sheetOf('school'))).toBe(404);
  });

  it('shows a registration with its history, and keeps a note for good', async () => {
    const page = await open('protocol', sheetOf('school'));
    await axe(page);
    await reflow(page);
    await shot(page, 'scheda', true);
    await page.keyboard.press('n');
    await page.getByLabel('Nota').fill('Manca la firma: chiesta per telefono.');
    await page.getByRole('button', { name: 'Aggiungi la nota' }).click();
    await page.locator('.d-history', { hasText: 'Manca la firma: chiesta per telefono.' }).waitFor();
    await page.getByRole('link', { name: 'Cambia' }).click();
    await page.getByLabel('Classe').fill('VII.1');
    // Leaves the field: proposals that come late would lie over the button.
    await page.getByLabel('Classe').press('Tab');
    await page.getByRole('button', { name: 'Classifica' }).click();
    await page.locator('.d-history', { hasText: 'Classificata VII.1 da Pio Modello' }).waitFor();
  });

  it('is annulled by the head when a clerk has asked, once, and stays readable', async () => {
    const clerk = await open('protocol', sheetOf('twice'));
    await clerk.getByRole('link', { name: 'Chiedi l’annullamento…' }).click();
    await clerk.getByRole('button', { name: 'Chiedi l’annullamento' }).click();
    await clerk.getByRole('alert').getByRole('link', { name: 'Indica il motivo.' }).waitFor();
    expect(await clerk.title()).toMatch(/^Errore: /);
    await axe(clerk);
    const colleague = await open('colleague', `${sheetOf('twice')}/chiedi-annullamento`);
    await clerk.getByLabel('Motivo').fill('Registrata due volte');
    await clerk.getByRole('button', { name: 'Chiedi l’annullamento' }).click();
    await clerk.locator('.d-said', { hasText: 'decide il responsabile' }).waitFor();
    await colleague.getByLabel('Motivo').fill('Doppione anche per me');
    await colleague.getByRole('button', { name: 'Chiedi l’annullamento' }).click();
    await colleague.getByText('già stato chiesto da Pio Modello').waitFor();
    // The auditor reads that it was asked; there is nothing to press.
    const auditor = await open('auditor', sheetOf('twice'));
    await auditor.getByText('ne ha chiesto l’annullamento').waitFor();
    expect(await auditor.getByRole('link', { name: /annulla/i }).count()).toBe(0);
    expect(await at(auditor, `${sheetOf('twice')}/chiedi-annullamento`)).toBe(403);
    expect(await at(clerk, `${sheetOf('twice')}/annulla`)).toBe(403);

    const head = await open('head', `${sheetOf('twice')}/annulla`);
    const again = await open('head', `${sheetOf('twice')}/annulla`);
    await axe(head);
    await shot(head, 'annulla');
    await head.getByLabel('Provvedimento').fill('Provv. 12/2026');
    await head.getByRole('button', { name: 'Annulla la registrazione' }).click();
    await head.locator('.d-said', { hasText: 'Annullata la registrazione' }).waitFor();
    await again.getByLabel('Provvedimento').fill('Provv. 13/2026');
    await again.getByRole('button', { name: 'Annulla la registrazione' }).click();
    await again.getByText('già annullata').waitFor();
    await axe(head);
    await shot(head, 'scheda-annullata', true);
    const { rows } = await desk.pool.query('select reason, provision, by from registration_annulment');
    expect(rows).toEqual([{ reason: 'Registrata due volte', provision: 'Provv. 12/2026', by: 'Nora Esempi' }]);
    await at(clerk, '/registro?q=buoni+pasto');
    expect(await clerk.locator('s').count()).toBe(2);
    await clerk.getByText('Registrata due volte (Provv. 12/2026)').waitFor();
  });

  it('stands whole in the register of the day, reserved numbers masked, and prints', async () => {
    const page = await open('protocol', `/registro/giorno/${TODAY}`);
    expect(await page.locator('.d-register-row').count()).toBe(35);
    await page
      .locator('.d-register-masked', { hasText: numbers['secret'] ?? '' })
      .getByText('Riservato')
      .waitFor();
    expect(await page.content()).not.toContain('disciplinare');
    await axe(page);
    await reflow(page);
    await shot(page, 'registro-del-giorno');
    await at(page, `/registro/giorno/${TODAY}/stampa`);
    await page.getByText(`n. ${numbers['secret']} – riservato`).waitFor();
    expect(await page.content()).not.toContain('disciplinare');
    await page.getByText('Registrata due volte (Provv. 12/2026)').first().waitFor();
    await axe(page);
    await shot(page, 'stampa-del-giorno', true);
    await at(page, `/registro/stampa?dal=${TODAY}&al=${TODAY}`);
    await page.getByText(`n. ${numbers['secret']} – riservato`).waitFor();
    const head = await open('head', `/registro/giorno/${TODAY}/stampa`);
    await head.getByText('Procedimento disciplinare').waitFor();
    expect(await at(page, '/registro/giorno/2026-02-31')).toBe(404);
  });

  it('is exported as it was searched, and no spreadsheet calculates it', async () => {
    const page = await open('protocol', '/registro?q=hyperlink');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV', exact: true }).click(),
    ]);
    const csv = await readFile(await download.path(), 'utf8');
    expect(csv.charCodeAt(0)).toBe(0xfeff);
    const [, line = '', ...rest] = csv.trimEnd().split('\r\n');
    expect(rest).toEqual([]);
    expect(line).toContain(`"'@Firma"`);
    expect(line).toContain(`"'=HYPERLINK(""http://evil.example.it"",""clic"")"`);
    const [book] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'XLSX', exact: true }).click(),
    ]);
    expect((await readFile(await book.path())).subarray(0, 2).toString()).toBe('PK');
  });

  it('reads, and is searched, without a script', async () => {
    const page = await desk.openPage('protocol', { javaScript: false });
    await page.goto(`${desk.origin}/registro?q=convenzione`);
    expect(await page.locator('.d-register-row').count()).toBe(2);
    await page.getByRole('searchbox', { name: 'Cerca nel registro' }).fill('trasporto');
    await page.getByRole('button', { name: 'Cerca', exact: true }).click();
    await page.locator('.d-register-number').first().click();
    await page.getByText('Provincia del Sàggio').waitFor();
  });

  it('tells the other office what was annulled', async () => {
    await desk.receive('registered', 'Da annullare con avviso');
    const { rows } = await until('a registration', async () => {
      const found = await desk.pool.query<{ number: number }>('select number from registration where subject = $1', [
        'Da annullare con avviso',
      ]);
      return found.rows.length > 0 ? found : null;
    });
    const number = String(rows[0]?.number).padStart(7, '0');
    const head = await open('head', `/registro/${YEAR}/${number}/annulla`);
    await head.getByLabel('Motivo').fill('Inviata per errore');
    await head.getByLabel('Provvedimento').fill(`Provv. ${randomUUID().slice(0, 4)}`);
    await head.getByRole('button', { name: 'Annulla la registrazione' }).click();
    await head.locator('.d-said', { hasText: 'L’altro ufficio viene avvisato' }).waitFor();
    await head.locator('.d-step').first().waitFor();
    await axe(head);
  });
});

const draftSender = {
  kind: 'administration' as const,
  name: '',
  administration: 'c_provaria',
  aoo: 'APROVA1',
  aooName: null,
  office: null,
  address: 'protocollo@pec.provaria.example.it',
  taxCode: null,
};
