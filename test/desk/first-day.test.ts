/**
 * The first day of somebody who has read nothing: from the line that the service prints to the register of the day. Once with
 * the keyboard alone, once on a screen of 320 pixels with a finger; two councils, each with its own service, on Dovecot.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolSamplePeople, firstEntryGrants } from '../../src/region/sample-day/people.ts';
import { importSampleIndex } from '../../src/region/sample-index.ts';
import { operator } from '../../src/service/people/person.ts';
import type { Office } from '../../src/service/register/office.ts';
import { type Councils, ESEMPIO, startCouncils } from '../exchange/councils.ts';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { LONG } from '../support/long.ts';
import { pdfFile } from '../support/pdf-file.ts';
import { HAS_CHROMIUM, launchChromium, openBrowserContext, shot } from './support/browser.ts';
import { finger, type Hands, keyboard } from './support/hands.ts';
import { letter } from './support/letters.ts';

const pdf = (name: string, text: string) => ({
  name,
  mimeType: 'application/pdf',
  buffer: pdfFile({ pages: [text] }),
});
const PASSWORD = 'una frase lunga di prova';

const WAYS = [
  { how: 'with the keyboard alone', width: 1440, height: 900, hands: keyboard },
  { how: 'with a finger at 320 pixels', width: 320, height: 640, hands: finger },
] as const;

const asksPersons = async (office: Office): Promise<Office> => ({
  ...office,
  policy: new Map([['document-digest-differs', 'operator'], ...office.policy]),
});

describe.skipIf(!HAS_CHROMIUM || skipWithoutDovecot())('the first day', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  // Each way is a whole day of two services and a browser.
  describe.each(LONG ? WAYS : WAYS.slice(0, 1))('$how', ({ how, width, height, hands }) => {
    let councils: Councils;
    let origin: string;
    beforeAll(async () => {
      councils = await startCouncils({ mailboxes: 'dovecot', office: asksPersons });
      const { service, database, office } = councils.esempio;
      origin = `http://127.0.0.1:${service.address.port}`;
      await importSampleIndex(database.url);
      await enrolSamplePeople(service.people, [office]);
      councils.sandbox.deliverRaw(
        ESEMPIO.address,
        letter(councils.sandbox, 'flagged', ESEMPIO, 'Parere sulla variante'),
      );
    });
    afterAll(() => councils?.stop());

    const openBrowser = async (): Promise<Hands> => {
      const context = await openBrowserContext(browser, { origin, alsoOrigins: [], cookies: [] }, { width, height });
      return hands(await context.newPage());
    };
    let shots = 0;
    const look = async (at: Hands, what: string): Promise<void> => {
      shots += 1;
      await shot(at.page, `first-day-${width}-${String(shots).padStart(2, '0')}-${what}`);
      await at.look();
    };

    it('leads from the printed line to the printed register', { timeout: 300_000 }, async () => {
      const { service, office, rows } = councils.esempio;
      const ada = await openBrowser();
      await enters(ada, `/entra/${await service.people.issueEntry(firstEntryGrants([office.aoo]))}`);
      await handlesOne(ada);
      const paper = await registersPaper(ada);
      await assigns(ada);
      await sends(ada);
      const [clerk] = await rows<{ person_id: string }>('select person_id from person where login = $1', 'pio.modello');
      const line = await service.people.entryFor(clerk?.person_id ?? '', false, operator('prova'));
      await asksToAnnul(line.ok ? line.value : '', paper);
      await annuls(ada, paper);
      await prints(ada, paper);
      console.log(`the first day ${how}: ${shots} pages looked at`);
    });

    /** Whoever follows the line chooses a name and a password, and is at the desk. */
    async function enters(ada: Hands, line: string): Promise<void> {
      const { page } = ada;
      await page.goto(line);
      await look(ada, 'entry');
      await ada.write(page.getByLabel('Nome e cognome'), 'Ada Fittizi');
      await ada.write(page.getByLabel('Nome per entrare'), 'ada.fittizi');
      await ada.write(page.getByLabel('Password', { exact: true }), PASSWORD);
      await ada.press(page.getByRole('button', { name: 'Salva ed entra' }));
      await page.getByText('Benvenuto, Ada Fittizi.').waitFor();
      await page.goto(line);
      await page.getByText('È già stato usato o è scaduto.').waitFor();
      await page.goto('/');
    }

    /** The desk says why the message is there; it is opened, its document read, and it is registered. */
    async function handlesOne(ada: Hands): Promise<void> {
      const { page } = ada;
      const message = page.getByRole('link', { name: 'Parere sulla variante' });
      await message.waitFor();
      await look(ada, 'desk');
      await ada.press(message);
      // On a small screen it stands below.
      await page.locator('.d-viewer').scrollIntoViewIfNeeded();
      await page.locator('.d-viewer[data-state=shown]').waitFor({ timeout: 60_000 });
      await look(ada, 'message');
      await ada.press(page.getByRole('link', { name: 'Registra…' }));
      await look(ada, 'register-message');
      await ada.press(page.getByRole('dialog').getByRole('button', { name: 'Registra' }));
      await page.getByText(/Registrato con il n\.\s\d+/).waitFor();
      await look(ada, 'registered-message');
    }

    /** A letter of paper with its scan takes the next number; the path of its registration. */
    async function registersPaper(ada: Hands): Promise<string> {
      const { page } = ada;
      await ada.press(page.getByRole('link', { name: 'Registra', exact: true }));
      await page.getByRole('heading', { name: 'Nuova registrazione' }).waitFor();
      await look(ada, 'paper');
      await ada.write(page.getByLabel('Mittente', { exact: true }), 'Mario Prova');
      await ada.write(page.getByLabel('Oggetto', { exact: true }), 'Richiesta di accesso agli atti');
      await ada.pick(page.locator('input[type=file]'), pdf('scansione.pdf', 'Richiesta'));
      await page.getByText('impronta uguale qui e sul server').waitFor();
      await look(ada, 'paper-filled');
      await ada.press(page.getByRole('button', { name: 'Registra', exact: true }));
      await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
      await look(ada, 'paper-registered');
      return new URL(page.url()).pathname;
    }

    async function assigns(ada: Hands): Promise<void> {
      const { page } = ada;
      await ada.press(page.getByRole('link', { name: 'Assegna…' }));
      await look(ada, 'assign');
      await ada.choose(page.getByLabel('Per competenza a'), 'Ufficio tecnico');
      await ada.press(page.getByRole('button', { name: 'Assegna' }));
      await page.getByText('Assegnata a Ufficio tecnico.').waitFor();
      await look(ada, 'assigned');
    }

    /** Two documents to the other council, whose service answers by itself. */
    async function sends(ada: Hands): Promise<void> {
      const { page } = ada;
      await ada.press(page.getByRole('link', { name: 'Invia', exact: true }));
      await look(ada, 'send');
      await ada.write(page.getByLabel('Cerca un destinatario'), 'comune di provaria');
      await ada.press(page.getByRole('button', { name: /^Comune di Provaria/ }).first());
      expect(await page.getByLabel('Destinatari, uno per riga').inputValue()).toMatch(/^Comune di Provaria <\S+>$/);
      await ada.write(page.getByLabel('Oggetto', { exact: true }), 'Delibera con pianta');
      await ada.write(page.getByLabel('Testo del messaggio'), 'Si trasmette quanto in oggetto.');
      await ada.pick(
        page.getByLabel('Scegli i documenti'),
        pdf('delibera.pdf', 'Delibera'),
        pdf('pianta.pdf', 'Pianta'),
      );
      await ada.press(page.getByRole('button', { name: 'Carica' }));
      await page.getByText('2 documenti caricati.').waitFor();
      await look(ada, 'send-written');
      await ada.press(page.getByRole('button', { name: 'Controlla' }));
      await page.getByRole('heading', { name: 'Controlla il messaggio' }).waitFor();
      await look(ada, 'send-check');
      await ada.press(page.getByRole('button', { name: 'Invia 1 messaggio' }));
      await page.getByText(/Registrato con il n\./).waitFor();
      await page.getByText(/Confermato, n\./).waitFor({ timeout: 90_000 });
      await look(ada, 'send-confirmed');
    }

    /** A clerk may only ask, and finds the registration by its number. */
    async function asksToAnnul(token: string, paper: string): Promise<void> {
      const pio = await openBrowser();
      const { page } = pio;
      await page.goto(`/entra/${token}`);
      await pio.write(page.getByLabel('Password', { exact: true }), PASSWORD);
      await pio.press(page.getByRole('button', { name: 'Salva ed entra' }));
      await page.getByText('Benvenuto, Pio Modello.').waitFor();
      await search(pio, paper);
      await pio.press(page.getByRole('link', { name: 'Chiedi l’annullamento…' }));
      await look(pio, 'ask-annulment');
      await pio.write(page.getByLabel('Motivo'), 'Registrata due volte');
      await pio.press(page.getByRole('button', { name: 'Chiedi l’annullamento' }));
      await page.getByText(/decide il responsabile/).waitFor();
      await look(pio, 'asked-annulment');
    }

    async function search({ page }: Hands, paper: string): Promise<void> {
      const [, year, number] = /(\d{4})\/(\d{7})$/.exec(paper) ?? [];
      const box = page.getByRole('combobox', { name: /^Cerca numero/ });
      await page.locator('body[data-ready]').waitFor();
      if (width > 700) await page.keyboard.press('/');
      else await box.tap();
      await page.keyboard.type(`${Number(number)}/${year}`);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${paper}`);
    }

    /** The head finds the request among what is to be done. */
    async function annuls(ada: Hands, paper: string): Promise<void> {
      const { page } = ada;
      await ada.press(page.getByRole('link', { name: /^Scrivania/ }));
      await look(ada, 'desk-with-request');
      await ada.press(page.getByRole('link', { name: /^Annullamenti da decidere/ }).first());
      await look(ada, 'requests');
      await ada.press(page.getByRole('link', { name: paper.slice(-7) }));
      await ada.press(page.getByRole('link', { name: 'Decidi la richiesta' }));
      await look(ada, 'annul');
      expect(await page.getByLabel('Motivo').inputValue()).toBe('Registrata due volte');
      await ada.write(page.getByLabel('Provvedimento'), 'Provv. 12 del 30/11/2026');
      await ada.press(page.getByRole('button', { name: 'Annulla la registrazione' }));
      await page.getByText(/Annullata la registrazione/).waitFor();
      expect(new URL(page.url()).pathname).toBe(paper);
      await look(ada, 'annulled');
    }

    async function prints(ada: Hands, paper: string): Promise<void> {
      const { page } = ada;
      await ada.press(page.getByRole('link', { name: 'Registro', exact: true }));
      await look(ada, 'register');
      await ada.press(page.getByRole('link', { name: 'Stampa il giorno' }));
      await look(ada, 'day');
      const [sheet] = await Promise.all([
        page.context().waitForEvent('page') as Promise<Page>,
        ada.press(page.getByRole('link', { name: 'Stampa', exact: true })),
      ]);
      await sheet.locator('body[data-ready]').waitFor();
      const printed = hands(sheet);
      await look(printed, 'print');
      await sheet.emulateMedia({ media: 'print' });
      expect(await sheet.locator('tbody tr').count()).toBe(3);
      await sheet.getByText('Registrata due volte (Provv. 12 del 30/11/2026)').first().waitFor();
      await sheet
        .getByText(`n. ${paper.slice(-7)}`)
        .first()
        .waitFor();
      expect(await sheet.getByRole('button', { name: 'Stampa' }).isVisible()).toBe(false);
      const paged = await sheet.pdf({ format: 'A4', landscape: true });
      expect(paged.subarray(0, 5).toString()).toBe('%PDF-');
    }
  });
});
