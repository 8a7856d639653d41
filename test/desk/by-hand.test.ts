/** A clerk registers paper: one number whatever happens, nothing typed is lost, with and without JavaScript. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../support/node.ts';
import { HAS_CHROMIUM, holdScript, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.stop());

const PDF = { name: 'comunicazione.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nprova\n%%EOF\n') };

const fill = async (page: Page, subject: string, sender = 'Mario Prova') => {
  await page.getByLabel('Mittente', { exact: true }).fill(sender);
  await page.getByLabel('Oggetto', { exact: true }).fill(subject);
};
const registered = async (subject: string) => {
  const { rows } = await desk.pool.query<{ number: number; direction: string }>(
    'select number::int as number, direction from registration where aoo = $1 and subject = $2 order by number',
    [ESEMPIO, subject],
  );
  return rows;
};
const saved = (page: Page) => page.getByText(/bozza salvata alle/).waitFor();

describe.skipIf(!HAS_CHROMIUM)('registering by hand', () => {
  it('takes a letter of paper with a document, and says its number', async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/registra');
    await fill(page, 'Comunicazione di inizio lavori');
    await page.getByLabel('Loro protocollo').fill('77/A');
    await page.setInputFiles('input[type=file]', PDF);
    await page.getByText('impronta uguale qui e sul server').waitFor();
    await saved(page);
    await shot(page, 'registra');
    await axe(page);
    await reflow(page);
    await page.getByRole('button', { name: 'Registra', exact: true }).click();
    await page.waitForURL(/\/registro\/\d{4}\/\d{7}$/);
    const [one] = await registered('Comunicazione di inizio lavori');
    expect(one?.direction).toBe('incoming');
    const { rows } = await desk.pool.query(
      `select a.carrier, a.registered_by_name, d.name, r.peer_identifier ->> 'number' as peer from registration r
         join registration_arrival a using (aoo, register, year, number) join registration_document d using (aoo, register, year, number)
        where r.aoo = $1 and r.number = $2`,
      [ESEMPIO, one?.number],
    );
    expect(rows).toEqual([{ carrier: 'counter', registered_by_name: 'Pio Modello', name: PDF.name, peer: '77/A' }]);
  });

  it('sends a file that was chosen before the page was ready', async () => {
    const page = await desk.openPage('protocol');
    const release = await holdScript(page, 'uploads');
    await page.goto('/registra', { waitUntil: 'commit' });
    await page.setInputFiles('input[type=file]', PDF);
    release();
    await page.getByText('impronta uguale qui e sul server').waitFor();
  });
});
