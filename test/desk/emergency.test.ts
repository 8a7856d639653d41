/** The emergency register on the desk: the form that works without a network, and the way from its rows to ordinary numbers. */
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { legalTime } from '../../src/kernel/clock.ts';
import { HAS_CHROMIUM, launchChromium, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stop());

const HOUR_MS = 3_600_000;
/** Six hours ago in Rome, and the day of it: before or after midnight. */
const begun = legalTime(new Date(Date.now() - 6 * HOUR_MS));
const written = legalTime(new Date(Date.now() - 3 * HOUR_MS));

describe.skipIf(!HAS_CHROMIUM)('the emergency register', () => {
  it('is opened by the head, written in a file without network, taken over after a look, and closed', async () => {
    const page = await desk.openPage('head');
    await page.goto('/registro');
    await page.getByRole('link', { name: 'Emergenza', exact: true }).click();
    await page.getByText('Mai usato').waitFor();
    await axe(page);
    await page.getByRole('link', { name: 'Apri il registro di emergenza' }).click();
    await page.getByRole('button', { name: 'Apri', exact: true }).click();
    await page.getByRole('alert').getByText('Indica causa, provvedimento e inizio.').waitFor();
    await axe(page);
    await page.getByLabel('Provvedimento').fill('Determina 12');
    await page.getByLabel('Causa').fill('Rete guasta');
    await page.getByLabel('Non si protocolla dal giorno').fill(begun.date);
    await page.getByLabel('dalle ore').fill(begun.time.slice(0, 5));
    await page.getByRole('button', { name: 'Apri', exact: true }).click();
    await page.getByText('Registro di emergenza aperto.').waitFor();
    const card = page.url();

    // The form, opened from the disk.
    const [given] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'modulo che funziona senza rete' }).click(),
    ]);
    const file = join(tmpdir(), `interpro-emergenza-${process.pid}.html`);
    await given.saveAs(file);
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const offline = await (await browser.newContext({ offline: true, locale: 'it-IT' })).newPage();
    await offline.goto(`file://${file}`);
    for (const [subject, operator] of [
      ['Domanda di Ugo', 'Pio Modello'],
      ['=1+1', 'Lia Bozza'],
    ] as const) {
      await offline.getByRole('button', { name: 'Aggiungi una registrazione' }).click();
      const row = offline.locator('#righe tr').last();
      await row.getByLabel(/^Data/).fill(written.date);
      await row.getByLabel(/^Ora/).fill(written.time.slice(0, 5));
      await row.getByLabel(/^Mittente/).fill('Ugo Prova');
      await row.getByLabel(/^Oggetto/).fill(subject);
      await row.getByLabel(/^Operatore/).fill(operator);
    }
    // What was typed is still there after the browser was closed.
    await offline.reload();
    await offline.getByText('2 registrazioni').waitFor();
    await axe(offline);
    await shot(offline, 'emergenza-modulo');
    const [csv] = await Promise.all([
      offline.waitForEvent('download'),
      offline.getByRole('button', { name: 'Scarica CSV' }).click(),
    ]);
    const rows = join(tmpdir(), `interpro-emergenza-${process.pid}.csv`);
    await csv.saveAs(rows);

    const wrong = join(tmpdir(), `interpro-emergenza-guasta-${process.pid}.csv`);
    await writeFile(wrong, (await readFile(rows, 'utf8')).replace('"E"', '"Q"'));
    const check = async (path: string) => {
      await page.goto(card);
      await page.getByLabel('File del registro di emergenza').setInputFiles(path);
      await page.getByRole('button', { name: 'Controlla' }).click();
    };
    await check(wrong);
    await page.getByText('Riga 2: il verso è E, U o I.').waitFor();
    expect(await page.getByRole('button', { name: /^Registra/ }).count()).toBe(0);
    await axe(page);
    await shot(page, 'emergenza-errori');
    await check(rows);
    await page.getByText('2 righe lette, 2 da registrare').waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'emergenza-controllo');
    await page.getByRole('button', { name: 'Registra 2 documenti' }).click();
    await page.getByText('Riprese 2 registrazioni.').waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'emergenza');
    await check(rows);
    await page.getByText('0 da registrare, 2 già riprese').waitFor();

    await page.goto(card);
    await page.locator('#chiusura').getByRole('button').click();
    await page.getByText('Registro di emergenza chiuso.').waitFor();
    expect(await page.locator('main').textContent()).toContain('Registrazioni riprese: 2.');
    await page
      .getByRole('link', { name: /^\d{7}\/\d{4}$/ })
      .last()
      .click();
    await page.getByText(/Ripresa dal registro di emergenza, dove ha il numero 2/).waitFor();
    expect(await page.locator('main').textContent()).toContain('=1+1');
    await axe(page);
    await shot(page, 'emergenza-scheda');
    await page.goto(`/registro?q=${encodeURIComponent(`1/${written.date.slice(0, 4)}`)}`);
    await page.getByText(`Registro di emergenza n.\u00a01/${written.date.slice(0, 4)}`).waitFor();
  });
});
