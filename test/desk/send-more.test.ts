/** A message that is reserved from its first moment, and the reminder of one that nobody has confirmed. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO, until } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';

const FILE = { name: 'nota.txt', mimeType: 'text/plain', buffer: Buffer.from('Una nota') };

describe.skipIf(!HAS_CHROMIUM)('a message that is sent', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk({ office: (one) => ({ ...one, deadlines: { ...one.deadlines, confirmation: 1 } }) });
  });
  afterAll(() => desk?.stop());

  /** The form as it stands, with a document, up to the last press. */
  const send = async (page: Page): Promise<void> => {
    await page.getByLabel('Scegli i documenti').setInputFiles([FILE]);
    await page.getByRole('button', { name: 'Carica' }).click();
    await page.getByText('Un documento caricato.').waitFor();
    await page.getByRole('button', { name: 'Controlla' }).click();
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).click();
    await page.getByText(/Registrato con il n\.\s\d{7}\/\d{4}\./).waitFor();
  };
  const registration = async (subject: string) =>
    until(`a registration of «${subject}»`, async () => {
      const { rows } = await desk.pool.query<{ year: number; number: number }>(
        'select year, number from registration where aoo = $1 and subject = $2',
        [ESEMPIO, subject],
      );
      return rows[0] ?? null;
    });

  it('is reserved from its first moment, for whoever has sent it and the head', { timeout: 120_000 }, async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/invia');
    await page.getByLabel('Destinatari, uno per riga').fill(`${FIRM.name} <${FIRM.address}>`);
    await page.getByLabel('Oggetto', { exact: true }).fill('Provvedimento disciplinare di prova');
    await page.getByLabel('Testo del messaggio').fill('Si trasmette quanto in oggetto.');
    await page.getByLabel('Riservato').check();
    await shot(page, 'invia-riservato-1440', true);
    await axe(page);
    await page.getByRole('button', { name: 'Lascia in bozza' }).click();
    await page.locator('body[data-ready]').waitFor();
    expect(await page.getByLabel('Riservato').isChecked()).toBe(true);
    await send(page);
    const { year, number } = await registration('Provvedimento disciplinare di prova');
    const path = `/registro/${year}/${String(number).padStart(7, '0')}`;
    for (const who of ['protocol', 'head'] as const) expect((await desk.ask(who, path)).status, who).toBe(200);
    expect((await desk.ask('auditor', path)).status).toBe(404);
    for (const list of ['/registro', '/registro?q=disciplinare', '/scrivania', '/registro/esporta.csv'])
      expect(await (await desk.ask('auditor', list)).text(), list).not.toContain('Provvedimento disciplinare');
    await page.goto(path);
    await page.getByText('riservata', { exact: true }).first().waitFor();
    expect(await page.locator('#storia').textContent()).toContain('Resa riservata');
  });

  it('is reminded of from the list, where nobody has confirmed it in time', { timeout: 180_000 }, async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/invia');
    await page.getByLabel('Cerca un destinatario').fill('angelo in prova');
    await page
      .getByRole('button', { name: /Sant'Angelo in Prova/ })
      .first()
      .click();
    await page.waitForFunction(`document.querySelector('[name=destinatari]').value.includes('<')`);
    await page.getByLabel('Oggetto', { exact: true }).fill('Richiesta dati');
    await page.getByLabel('Testo del messaggio').fill('Si chiedono i dati.');
    await send(page);
    await until(
      'a deadline that is missed',
      async () => {
        const { rows } = await desk.pool.query(`select from task where aoo = $1 and code = 'confirmation-late'`, [
          ESEMPIO,
        ]);
        return rows.length > 0 ? true : null;
      },
      90,
    );
    await page.goto('/scrivania?tipo=scadenze');
    await page.getByRole('heading', { name: 'Richiesta dati' }).waitFor();
    await page
      .getByText(/In attesa dal \d\d\/\d\d\/\d{4}, ore \d\d:\d\d\./)
      .first()
      .waitFor();
    await shot(page, 'scadenza-1440', true);
    await axe(page);
    await page.getByRole('link', { name: 'Sollecita…' }).click();
    await page.getByRole('heading', { name: 'Nuovo messaggio' }).waitFor();
    const { year, number } = await registration('Richiesta dati');
    expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe('Sollecito: Richiesta dati');
    expect(await page.getByLabel('Destinatari, uno per riga').inputValue()).toContain('@');
    expect(await page.getByLabel('In risposta a').inputValue()).toContain(`${number}/${year}`);
    await axe(page);
    await reflow(page);
    const before = await desk.pool.query('select from registration where aoo = $1', [ESEMPIO]);
    await send(page);
    const after = await desk.pool.query('select from registration where aoo = $1', [ESEMPIO]);
    expect(after.rowCount).toBe((before.rowCount ?? 0) + 1);
    await page.getByRole('link', { name: 'Scheda', exact: true }).click();
    await page.getByText('Precedente').first().waitFor();
    // Nobody learns by an id what they may not see.
    const { rows } = await desk.pool.query<{ exchange_id: string }>(
      'select exchange_id from exchange where aoo = $1 and number = $2',
      [ESEMPIO, number],
    );
    const elsewhere = await desk.ask('elsewhere', `/invia?sollecito=${rows[0]?.exchange_id}`);
    expect(await elsewhere.text()).not.toContain('Richiesta dati');
  });
});
