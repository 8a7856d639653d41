/** The sheet of a registration: its documents in place, its proofs, and how it stands with each recipient. */
import { readFileSync } from 'node:fs';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO as ESEMPIO_FACTS } from '../exchange/councils.ts';
import { nextNumber, protocolMail } from '../exchange/mails.ts';
import { signedPdf } from '../formats/signed-document/pdf.ts';
import { ESEMPIO, until } from '../support/node.ts';
import { pdfFile } from '../support/pdf-file.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';
import type { Who } from './support/persons.ts';

const PARERE = { name: 'parere.pdf', mediaType: 'application/pdf', content: pdfFile({ pages: ['Parere favorevole'] }) };

/** What a reader of PDFs sees of the first page. */
async function textOf(pdf: Buffer): Promise<string> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 });
  const { items } = await (await (await task.promise).getPage(1)).getTextContent();
  await task.destroy();
  return items.map((item) => ('str' in item ? item.str : '')).join(' ');
}

describe.skipIf(!HAS_CHROMIUM)('the sheet of a registration', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  /** A message that registers itself; where its sheet is. */
  const registered = async (subject: string, document = PARERE): Promise<string> => {
    await desk.deliver(
      protocolMail(desk.sandbox, { to: ESEMPIO_FACTS, number: nextNumber(), subject, documents: [document] }),
    );
    return sheetOf(subject);
  };
  const sheetOf = async (subject: string): Promise<string> => {
    const { year, number } = await until(`a registration of «${subject}»`, async () => {
      const { rows } = await desk.pool.query<{ year: number; number: number }>(
        'select year, number from registration where aoo = $1 and subject = $2',
        [ESEMPIO, subject],
      );
      return rows[0] ?? null;
    });
    return `/registro/${year}/${String(number).padStart(7, '0')}`;
  };
  const open = async (who: Who, path: string): Promise<Page> => {
    const page = await desk.openPage(who);
    await page.goto(path);
    await page.locator('body[data-ready]').waitFor();
    return page;
  };
  const isZip = async (answer: Response) =>
    answer.status === 200 &&
    Buffer.from(await answer.arrayBuffer())
      .subarray(0, 2)
      .toString() === 'PK';

  it('opens a document in place, and the viewer only then', async () => {
    const path = await registered('Con un documento da vedere');
    const page = await desk.openPage('auditor');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(path);
    await page.locator('body[data-ready]').waitFor();
    expect(page.frames()).toHaveLength(1);
    expect(asked.filter((url) => !url.startsWith(desk.origin) || url.includes('visore'))).toEqual([]);
    await page.keyboard.press('d');
    await page.locator('.d-viewer[data-state=shown]').waitFor({ timeout: 60_000 });
    expect(new URL(page.url()).searchParams.get('documento')).toBe('1');
    await shot(page, 'scheda-documento-1440', true);
    await axe(page);
    await reflow(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'scheda-documento-360', true);
    await page.getByRole('link', { name: /^Chiudi/ }).click();
    await page.locator('.d-viewer').waitFor({ state: 'detached' });
    // Nothing is there, and no document is shown in another's place.
    await page.goto(`${path}?documento=99`);
    expect(await page.locator('.d-sheet-preview').count()).toBe(0);
  });

  it('shows its document without a script, too', async () => {
    const path = await registered('Senza programmi');
    const page = await desk.openPage('protocol', { javaScript: false });
    await page.goto(path);
    await page.locator('.d-documents a').first().click();
    await page.getByRole('link', { name: 'scarica il documento' }).waitFor();
  });

  it('gives all its proofs as one file, to whoever may see it', async () => {
    const path = await registered('Con le prove');
    const page = await open('protocol', path);
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('p')]);
    expect(download.suggestedFilename()).toMatch(/^prove-registrazione-\d{4}-\d+\.zip$/);
    expect(await isZip(await desk.ask('auditor', `${path}/prove.zip`))).toBe(true);
    expect((await desk.ask('unit-member', `${path}/prove.zip`)).status).toBe(404);
    expect((await desk.ask('elsewhere', `${path}/prove.zip`)).status).toBe(404);
    expect((await desk.ask('administrator', `${path}/prove.zip`)).status).toBe(403);
  });

  it('makes a copy with the segnatura of a PDF, and says why not of one that is signed', {
    timeout: 120_000,
  }, async () => {
    const path = await registered('Da consegnare con il numero');
    const page = await open('protocol', path);
    const link = page.getByRole('link', { name: 'Copia con segnatura di parere.pdf' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('parere-copia-di-cortesia.pdf');
    const copy = readFileSync(await download.path());
    const seen = await textOf(copy);
    const [, year, number] = /(\d{4})\/(\d{7})$/.exec(path) ?? [];
    expect(seen).toContain(`Prot. n. ${number}/${year}`);
    expect(seen).toContain('in entrata');
    expect(seen).toContain('AOO ');
    expect(seen).toContain('Copia di cortesia');
    expect(seen).toContain('Parere favorevole');
    // The original is what it was.
    const saved = await page.getByRole('link', { name: 'Scarica parere.pdf' }).getAttribute('href');
    const original = await desk.ask('protocol', saved ?? '');
    expect(Buffer.from(await original.arrayBuffer()).equals(PARERE.content)).toBe(true);
    const address = (await link.getAttribute('href')) ?? '';
    expect((await desk.ask('unit-member', address)).status).toBe(404);
    expect((await desk.ask('elsewhere', address)).status).toBe(404);
    expect((await desk.ask('administrator', address)).status).toBe(403);

    const signed = { ...PARERE, name: 'firmato.pdf', content: signedPdf(() => Buffer.from('3003020101', 'hex')) };
    const other = await registered('Con la firma dentro', signed);
    await page.goto(other);
    await page.getByRole('link', { name: 'Copia con segnatura di firmato.pdf' }).click();
    await page.getByRole('heading', { name: 'La copia non si può fare' }).waitFor();
    await page.getByText('Il documento è firmato').waitFor();
    await shot(page, 'copia-rifiutata-1440', true);
    await axe(page);
    await reflow(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'copia-rifiutata-360', true);
    await page.getByRole('link', { name: 'Ricevuta' }).click();
    await page.getByRole('heading', { name: 'Ricevuta di presentazione' }).waitFor();
  });

  it('takes a class of the plan only, offers those that fit, and loses nothing that was typed', {
    timeout: 90_000,
  }, async () => {
    const path = await registered('Da classificare');
    const page = await open('protocol', `${path}/classifica`);
    await page.getByLabel(/^Classe/).fill('ZZ.99');
    await page.getByLabel(/^Classe/).press('Tab');
    await page.getByRole('button', { name: 'Classifica' }).click();
    await page.getByText('La voce ZZ.99 non è nel titolario in uso').first().waitFor();
    expect(await page.getByLabel(/^Classe/).inputValue()).toBe('ZZ.99');
    await axe(page);
    await reflow(page);
    await page.getByLabel(/^Classe/).fill('edilizia');
    await page.getByRole('option', { name: /^VI\.3/ }).click();
    await shot(page, 'classifica-1440', true);
    await axe(page);
    await page.getByRole('button', { name: 'Classifica' }).click();
    await page.getByText('Classificata in VI.3.').waitFor();
    const plain = await desk.openPage('protocol', { javaScript: false });
    await plain.goto(`${path}/classifica`);
    await plain.getByLabel(/^Classe/).fill('');
    await plain.getByRole('button', { name: 'Classifica' }).click();
    await plain.getByText('Classe tolta.').waitFor();
  });

  it('has the exchange with each recipient beside it, the same as the message has', { timeout: 90_000 }, async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/invia');
    await page
      .getByLabel('Destinatari, uno per riga')
      .fill(`${FIRM.name} <${FIRM.address}>\nNessuno <nessuno@pec.provaria.example.it>`);
    await page.getByLabel('Oggetto', { exact: true }).fill('A due, uno non c’è');
    await page.getByLabel('Testo del messaggio').fill('Si trasmette quanto in oggetto.');
    await page
      .getByLabel('Scegli i documenti')
      .setInputFiles([{ name: 'nota.txt', mimeType: 'text/plain', buffer: Buffer.from('Una nota') }]);
    await page.getByRole('button', { name: 'Carica' }).click();
    await page.getByRole('button', { name: 'Controlla' }).click();
    await page.getByRole('button', { name: 'Invia 2 messaggi' }).click();
    await page.getByText('Che cosa fare.').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'A due, uno non c’è' }).waitFor();
    expect(await page.getByRole('link', { name: 'Scambio (2)' }).getAttribute('aria-current')).toBe('page');
    await shot(page, 'scambio-1440', true);
    await axe(page);
    await reflow(page);
    const rows = await page.getByRole('rowheader').allTextContents();
    await page.getByRole('link', { name: 'Scheda', exact: true }).click();
    await page.locator('#scambio', { hasText: 'non consegnato' }).waitFor();
    await shot(page, 'scheda-in-uscita-1440', true);
    await axe(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'scheda-in-uscita-360', true);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: 'A che punto è ciascuno' }).click();
    await page.getByRole('link', { name: FIRM.name, exact: true }).click();
    await page.waitForURL(/\/messaggi\//);
    const same = await page.getByRole('rowheader').allTextContents();
    // Trouble first: meanwhile the other one may have been delivered.
    expect(same.toSorted()).toEqual(rows.toSorted());
    await shot(page, 'messaggio-in-uscita-1440', true);
    await axe(page);
    await reflow(page);
  });
});
