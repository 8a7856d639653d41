import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO, until } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';

const DELIBERA = { name: 'delibera.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 delibera') };
const PIANTA = { name: 'pianta <script>.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 pianta') };
const NOBODY = 'nessuno@pec.provaria.example.it';
const HOSTILE = '=HYPERLINK("x") \u202egnp.<script>alert(1)</script>';

/** Writes a message with two documents, as a clerk does, and has it checked. */
async function write(page: Page, subject: string, recipients: string): Promise<void> {
  await page.goto('/invia');
  await page.getByLabel('Destinatari, uno per riga').fill(recipients);
  await page.getByLabel('Oggetto', { exact: true }).fill(subject);
  await page.getByLabel('Testo del messaggio').fill('Si trasmette quanto in oggetto.');
  await page.getByLabel('Scegli i documenti').setInputFiles([DELIBERA, PIANTA]);
  await page.getByRole('button', { name: 'Carica' }).click();
  await page.getByText('2 documenti caricati.').waitFor();
  await page.getByRole('button', { name: 'Controlla' }).click();
  await page.getByRole('heading', { name: 'Controlla il messaggio' }).waitFor();
}

const SENT = /Registrato con il n\.\s\d{7}\/\d{4}\./;

describe.skipIf(!HAS_CHROMIUM)('sending at the desk', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());
  const registered = async (subject: string) =>
    (await desk.pool.query('select from registration where aoo = $1 and subject = $2', [ESEMPIO, subject])).rowCount;

  it('sends two documents to the other council and sees it confirmed by itself', { timeout: 120_000 }, async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/invia');
    await axe(page);
    await page.getByLabel('Cerca un destinatario').fill('comune di provaria');
    const found = page.getByRole('button', { name: /^Comune di Provaria/ }).first();
    await found.waitFor();
    await axe(page);
    await shot(page, 'send-form');
    await found.click();
    const line = await page.getByLabel('Destinatari, uno per riga').inputValue();
    expect(line).toMatch(/^Comune di Provaria <\S+>$/);
    await write(page, 'Delibera con pianta', line);
    await shot(page, 'send-check', true);
    await axe(page);
    await reflow(page);
    expect(await registered('Delibera con pianta')).toBe(0);
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).click();
    await page.getByText(SENT).waitFor();
    // Nobody presses anything: the page asks again when something has changed.
    await page.getByText(/Confermato, n\./).waitFor({ timeout: 60_000 });
    await shot(page, 'send-confirmed');
    await axe(page);
    await reflow(page);
    const [proofs] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /^Prove dello scambio/ }).click(),
    ]);
    expect(proofs.suggestedFilename()).toMatch(/^prove-.*\.zip$/);
    expect(await registered('Delibera con pianta')).toBe(1);
  });

  it('takes one number, pressed twice and pressed again after going back', { timeout: 90_000 }, async () => {
    const page = await desk.openPage('protocol');
    await write(page, 'Una volta sola', `${FIRM.name} <${FIRM.address}>`);
    const fields = await page.evaluate<string>(
      `new URLSearchParams(new FormData(document.querySelector('form[action="/invia"]'))).toString()`,
    );
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).dblclick();
    await page.getByText(SENT).waitFor();
    const shown = new URL(page.url()).pathname;
    // The answer was lost: the browser, or the person, sends the very same form again.
    const replayed = await page.evaluate<string>(
      `fetch('/invia', { method: 'POST', body: new URLSearchParams(${JSON.stringify(fields)}) }).then((answer) => answer.url)`,
    );
    expect(new URL(replayed).pathname).toBe(shown);
    await page.goBack();
    await page.getByText('forse il messaggio è già partito').waitFor();
    expect(await page.getByRole('button', { name: /^Invia \d/ }).count()).toBe(0);
    expect(await registered('Una volta sola')).toBe(1);
  });

  it('shows wrong rows by their own number, keeps all that was typed, and sends nothing', {
    timeout: 90_000,
  }, async () => {
    const page = await desk.openPage('protocol');
    const rows = [
      'Comune di Provaria <c_provaria>',
      '',
      'c_nonesiste',
      `${FIRM.name};${FIRM.address}`,
      'senza.nome@pec.example.it',
      `Di nuovo <${FIRM.address}>`,
    ];
    await write(page, HOSTILE, rows.join('\n'));
    const summary = page.getByRole('alert');
    expect(await page.title()).toMatch(/^Errore: /);
    const cells = await summary
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => row.querySelector('td')?.textContent));
    expect(cells).toEqual(['3', '5', '6']);
    expect(await summary.textContent()).toContain('riga 4');
    expect(await page.getByRole('button', { name: /^Invia \d/ }).count()).toBe(0);
    await axe(page);
    await shot(page, 'send-wrong-rows', true);
    await page.getByRole('link', { name: 'Modifica', exact: true }).click();
    expect(await page.getByLabel('Destinatari, uno per riga').inputValue()).toBe(rows.join('\n'));
    expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe(HOSTILE);
    expect(await page.locator('.d-files-name').getByText('pianta <script>.pdf', { exact: true }).count()).toBe(1);
    expect(await registered(HOSTILE)).toBe(0);
  });

  it('takes a class of the plan only, and offers those that fit', { timeout: 90_000 }, async () => {
    const page = await desk.openPage('protocol');
    await write(page, 'Parere', 'c_provaria');
    const tell = async (typed: string) => {
      await page.getByRole('link', { name: 'Modifica', exact: true }).click();
      await page.getByLabel(/^Classificazione/).fill(typed);
    };
    await tell('edilizia');
    await page.getByRole('option', { name: /^VI\.3/ }).waitFor();
    await axe(page);
    await page.getByRole('button', { name: 'Controlla' }).click();
    await page.getByText('La voce edilizia non è nel titolario in uso: scegli').waitFor();
    expect(await page.getByRole('button', { name: /^Invia \d/ }).count()).toBe(0);
    await tell('edilizia');
    await page.getByRole('option', { name: /^VI\.3/ }).click();
    await page.getByRole('button', { name: 'Controlla' }).click();
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).click();
    await page.getByText(SENT).waitFor();
    await page.getByRole('link', { name: 'Scheda' }).click();
    await page
      .locator('.d-facts')
      .getByText(/^VI\.3/)
      .waitFor();
  });

  it('goes to another address under the same number when it is not delivered', { timeout: 120_000 }, async () => {
    const page = await desk.openPage('protocol');
    await write(page, HOSTILE, `${HOSTILE.replace(/[<>]/g, '')} <${NOBODY}>\n${FIRM.name} <${FIRM.address}>`);
    await page.getByRole('button', { name: 'Invia 2 messaggi' }).click();
    await page.getByText(SENT).waitFor();
    await page.getByText('Che cosa fare.').waitFor({ timeout: 60_000 });
    await axe(page);
    await reflow(page);
    await shot(page, 'send-failed');
    const csv = await (await desk.ask('protocol', `${new URL(page.url()).pathname}.csv`)).text();
    expect(csv).toContain(`"'=HYPERLINK`);
    await page.getByRole('link', { name: /Invia a un altro indirizzo/ }).click();
    await axe(page);
    await page.getByLabel('Nuovo destinatario').fill(FIRM.address);
    await page.getByRole('button', { name: 'Invia con lo stesso numero' }).click();
    await page
      .getByRole('alert')
      .getByText(/già indirizzato/)
      .waitFor();
    await page.getByLabel('Nuovo destinatario').fill('c_provaria');
    await page.getByRole('button', { name: 'Invia con lo stesso numero' }).click();
    await page.getByText(/Inviato di nuovo a protocollo@pec\.provaria\.example\.it/).waitFor();
    await page.getByText(`Inviato a protocollo@pec.provaria.example.it`, { exact: true }).waitFor();
    expect(await registered(HOSTILE)).toBe(1);
    const { rows } = await desk.pool.query<{ count: number }>(
      'select count(*)::int from exchange where aoo = $1 and subject = $2',
      [ESEMPIO, HOSTILE],
    );
    expect(rows[0]?.count).toBe(3);
  });

  it('shows what happened before it began to listen', { timeout: 90_000 }, async () => {
    const page = await desk.openPage('protocol');
    const subject = 'Prima di ascoltare';
    await write(page, subject, `Nessuno <${NOBODY}>`);
    const stateOf = async () =>
      (await desk.pool.query<{ state: string }>('select state from exchange where subject = $1', [subject])).rows[0]
        ?.state;
    // The stream opens only when everything is over: no hint will come any more.
    await page.route('**/vivo', async (route) => {
      await until('the failure', async () => (await stateOf()) === 'failed', 60);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).click();
    await page.getByText('Che cosa fare.').waitFor({ timeout: 60_000 });
  });

  it('works without script, and on a telephone', { timeout: 90_000 }, async () => {
    const page = await desk.openPage('unit-member', { javaScript: false, width: 360, height: 800 });
    await page.goto('/invia');
    await page.getByLabel('Cerca un destinatario').fill('comune di provaria');
    await page.getByRole('button', { name: 'Cerca', exact: true }).click();
    await page
      .getByRole('button', { name: /^Comune di Provaria/ })
      .first()
      .click();
    await page.getByText('Destinatario aggiunto.').waitFor();
    const line = await page.getByLabel('Destinatari, uno per riga').inputValue();
    await write(page, 'Senza script', line);
    await shot(page, 'send-check-360', true);
    await page.getByRole('button', { name: 'Invia 1 messaggio' }).click();
    await page.getByText(SENT).waitFor();
    await shot(page, 'send-sent-360', true);
    // A member of a unit sees what they sent; a colleague of another unit would not.
    expect(await page.getByRole('rowheader').count()).toBe(1);
    expect(await registered('Senza script')).toBe(1);
    const own = new URL(page.url()).pathname;
    expect((await desk.ask('unit-head', own)).status).toBe(404);
    expect((await desk.ask('elsewhere', own)).status).toBe(404);
    expect((await desk.ask('administrator', own)).status).toBe(403);
  });

  it('answers an incoming registration, to whom it came from', { timeout: 60_000 }, async () => {
    const mail = await desk.receive('registered', 'Richiesta di parere');
    const { rows } = await desk.pool.query<{ year: number; number: number }>(
      'select year, number from exchange where aoo = $1 and exchange_id = $2',
      [ESEMPIO, mail.exchange],
    );
    const page = await desk.openPage('protocol');
    const [{ year, number } = { year: 0, number: 0 }] = rows;
    await page.goto(`/invia?risposta=${year}/${String(number).padStart(7, '0')}`);
    expect(await page.getByLabel('Oggetto', { exact: true }).inputValue()).toBe('Risposta: Richiesta di parere');
    expect(await page.getByLabel('Destinatari, uno per riga').inputValue()).toContain('@pec.mittente.example.it>');
    expect(await page.getByLabel('In risposta a').inputValue()).toContain(
      `nostro protocollo n. ${String(number).padStart(7, '0')}/${year}`,
    );
  });
});
