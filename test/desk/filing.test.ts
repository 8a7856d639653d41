/** The plan of classification, templates of subjects and deferrals on the desk: by whom, checked before it is taken, used. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO, PROVARIA } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stop());

const csv = (text: string | Buffer) => ({ name: 'titolario.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
const PLAN = '/amministrazione/titolario';

describe.skipIf(!HAS_CHROMIUM)('the plan of classification', () => {
  it('is the councils’ own at first, a tree that opens by keyboard, and is searched', async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/registro');
    await page.getByRole('link', { name: 'Titolario', exact: true }).click();
    await page.getByText('Modello dei Comuni, 14 titoli').waitFor();
    expect(await page.locator('.d-part > .d-plan > li').count()).toBe(14);
    await axe(page);
    await reflow(page);
    await shot(page, 'titolario');
    await tabTo(page, 'Tutela della salute');
    await page.keyboard.press('Enter');
    await page.getByText('Trattamento sanitario obbligatorio').waitFor();
    await page.getByLabel('Cerca una voce').fill('edil priv');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=edil/);
    expect(await page.locator('.d-plan-leaf').allTextContents()).toEqual([
      expect.stringMatching(/^VI\.3\s*Edilizia privata/),
    ]);
    await axe(page);
    // Whoever only files does not bring another one.
    expect(await page.getByRole('button', { name: 'Controlla' }).count()).toBe(0);
  });

  it('is brought as CSV: every wrong line is told, what changes is shown first, and only then it is taken', async () => {
    const page = await desk.openPage('head');
    await page.goto(PLAN);
    await axe(page);
    await page.setInputFiles('input[type=file]', csv('codice;descrizione\nI;Uno\n=2;Male\nI;Ancora\n'));
    await page.getByRole('button', { name: 'Controlla', exact: true }).click();
    await page.getByText('riga 3, il codice «=2»').waitFor();
    expect(await page.getByText("riga 4, il codice I c'è già").count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Prendi questo titolario' }).count()).toBe(0);
    await axe(page);
    await shot(page, 'titolario-errori');
    await page.goto(PLAN);
    // As spreadsheets of Italian offices write it.
    await page.setInputFiles('input[type=file]', csv(Buffer.from('I;Attività generali;\nI.1;Statuto;si\n', 'latin1')));
    await page.getByRole('button', { name: 'Controlla', exact: true }).click();
    await page.getByText('2 voci: 0 nuove, 2 cambiate').waitFor();
    expect(await page.locator('main').textContent()).toContain('da «Amministrazione generale» a «Attività generali»');
    await axe(page);
    await reflow(page);
    await shot(page, 'titolario-controllo');
    // Another one takes a plan over while this check lies open.
    const second = await desk.openPage('head');
    await second.goto(PLAN);
    await second.setInputFiles('input[type=file]', csv('A;Prima\n'));
    await second.getByRole('button', { name: 'Controlla', exact: true }).click();
    await second.getByRole('button', { name: 'Prendi questo titolario' }).click();
    await second.getByText('Titolario preso: 1 voce.').waitFor();
    await page.getByRole('button', { name: 'Prendi questo titolario' }).click();
    await page.getByRole('heading', { name: 'Non eseguito' }).waitFor();
    await page.goto(PLAN);
    await page.getByText('Titolario di questo ufficio').waitFor();
    await shot(page, 'titolario-proprio');
    const download = await desk.ask('head', `${PLAN}/titolario.csv`);
    expect(await download.text()).toBe('\ufeff"codice";"descrizione";"riservata"\r\n"A";"Prima";""\r\n'.slice(1));
    await page.getByRole('button', { name: 'Controlla il modello dei Comuni' }).click();
    await page.getByRole('button', { name: 'Prendi questo titolario' }).click();
    await page.getByText(/Titolario preso: 1\d\d voci\./).waitFor();
  });

  it('is of each office; the administrator of the node chooses which, and sees no contents', async () => {
    const page = await desk.openPage('administrator');
    await page.goto(`${PLAN}?aoo=${encodeURIComponent(PROVARIA)}`);
    await page.getByText('Modello dei Comuni, 14 titoli').waitFor();
    await axe(page);
    await shot(page, 'titolario-amministratore');
    await page.setInputFiles('input[type=file]', csv('P;Di Provaria\n'));
    await page.getByRole('button', { name: 'Controlla', exact: true }).click();
    await page.getByRole('button', { name: 'Prendi questo titolario' }).click();
    await page.getByText('Titolario preso').waitFor();
    expect(await (await desk.ask('elsewhere', PLAN)).text()).toContain('Di Provaria');
    expect(await (await desk.ask('protocol', PLAN)).text()).not.toContain('Di Provaria');
    // An address is not enough.
    expect(await (await desk.ask('protocol', `${PLAN}?aoo=${encodeURIComponent(PROVARIA)}`)).text()).not.toContain(
      'Di Provaria',
    );
  });
});

describe.skipIf(!HAS_CHROMIUM)('templates of subjects', () => {
  const TEMPLATES = '/amministrazione/modelli';

  it('are added, changed and taken away; a clerk uses one, and it brings class, office and reserve', async () => {
    const page = await desk.openPage('head');
    await page.goto(TEMPLATES);
    await page.getByRole('heading', { name: 'Nessun modello' }).waitFor();
    await axe(page);
    await page.getByRole('link', { name: 'Aggiungi un modello' }).click();
    await axe(page);
    await reflow(page);
    await page.getByRole('button', { name: 'Aggiungi', exact: true }).click();
    await page.getByText('Scrivi nome e oggetto del modello.').first().waitFor();
    await axe(page);
    await page.getByLabel('Nome del modello').fill('Accesso agli atti');
    await page.getByLabel('Oggetto', { exact: true }).fill('Richiesta di accesso agli atti');
    await page.getByLabel('Per quali registrazioni').selectOption({ label: 'In arrivo' });
    await page.getByLabel('Classificazione').selectOption('I.8');
    await page.getByLabel('Si assegna a').selectOption({ label: 'Segreteria' });
    await page.getByLabel('Riservato').check();
    await shot(page, 'modello');
    await page.getByRole('button', { name: 'Aggiungi', exact: true }).click();
    await page.getByText('Modello «Accesso agli atti» salvato.').waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'modelli');
    const clerk = await desk.openPage('protocol', { javaScript: false });
    await clerk.goto('/registra');
    await clerk.getByLabel('Modello di oggetto').selectOption({ label: 'Accesso agli atti' });
    await clerk.getByRole('button', { name: 'Usa il modello' }).click();
    expect(await clerk.getByLabel('Oggetto', { exact: true }).inputValue()).toBe('Richiesta di accesso agli atti');
    expect(await clerk.getByRole('radio', { name: /I\.8/ }).isChecked()).toBe(true);
    expect(await clerk.getByLabel('Riservato').isChecked()).toBe(true);
    expect(await clerk.getByLabel('Assegna per competenza a').inputValue()).toBe(desk.units.segreteria);
    await page.getByRole('link', { name: 'Accesso agli atti' }).click();
    await page.getByRole('button', { name: 'Togli il modello' }).click();
    await page.getByText('Modello «Accesso agli atti» tolto.').waitFor();
    expect(await (await desk.ask('protocol', TEMPLATES)).text()).not.toContain('Richiesta di accesso');
    expect((await desk.ask('protocol', `${TEMPLATES}/nuovo`)).status).toBe(403);
  });
});

describe.skipIf(!HAS_CHROMIUM)('deferred registration', () => {
  const day = (ago: number) =>
    new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' }).format(new Date(Date.now() - ago * 86_400_000));

  it('is authorised by the head, used at registration, and its use is listed with the real day of arrival', async () => {
    const head = await desk.openPage('head');
    await head.goto('/registro/differimenti');
    await head.getByRole('heading', { name: 'Nessun differimento' }).waitFor();
    await axe(head);
    await head.getByRole('link', { name: 'Autorizza un differimento' }).click();
    await head.getByLabel('Provvedimento').fill('Determina 12/2026');
    await head.getByLabel('Motivo').fill('Trasloco dell’ufficio');
    await head.getByLabel('Documenti arrivati dal').fill(day(1));
    await head.getByLabel('al', { exact: true }).fill(day(3));
    await head.getByLabel('Si registrano entro il').fill(day(-5));
    await head.getByRole('button', { name: 'Autorizza' }).click();
    await head.getByText('Le date del differimento non sono in ordine').first().waitFor();
    await axe(head);
    await reflow(head);
    await head.getByLabel('Documenti arrivati dal').fill(day(3));
    await head.getByLabel('al', { exact: true }).fill(day(1));
    await head.getByRole('button', { name: 'Autorizza' }).click();
    await head.getByText('Differimento autorizzato.').waitFor();
    const card = new URL(head.url()).pathname;
    const page = await desk.openPage('protocol', { javaScript: false });
    await page.goto('/registra');
    await page.getByLabel('Mittente', { exact: true }).fill('Mario Prova');
    await page.getByLabel('Oggetto', { exact: true }).fill('Arrivata durante il trasloco');
    await page.getByLabel('Ricevuto il').fill(day(2));
    await page.getByLabel('Registrazione differita').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Registra', exact: true }).click();
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    expect(await page.locator('#storia').textContent()).toContain(
      'Registrata in differita: Trasloco dell’ufficio (Determina 12/2026).',
    );
    await head.goto(card);
    await head.getByText('Arrivata durante il trasloco').waitFor();
    await axe(head);
    await reflow(head);
    await shot(head, 'differimento');
    await head.goto('/registro/differimenti');
    await axe(head);
    await shot(head, 'differimenti');
    expect((await desk.ask('elsewhere', card)).status).toBe(404);
    expect((await desk.ask('protocol', '/registro/differimenti/nuovo')).status).toBe(403);
    expect((await desk.ask('protocol', '/registro/differimenti/x')).status).toBe(404);
    const { rows } = await desk.pool.query(
      `select 1 from audit where aoo = $1 and content::jsonb ->> 'action' = 'deferral-authorised' and content::jsonb -> 'data' ->> 'by' = 'Nora Esempi'`,
      [ESEMPIO],
    );
    expect(rows).toHaveLength(1);
  });
});
