import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legalTime } from '../../src/kernel/clock.ts';
import { caller, ESEMPIO, stateOf, submitted } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

const PICTURES = ['giorni', 'conferme', 'senza-persona', 'anomalie'] as const;

describe.skipIf(!HAS_CHROMIUM)('the pictures of a month', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
    for (const kind of ['registered', 'registered', 'flagged', 'plain'] as const)
      await desk.receive(kind, `Messaggio ${kind}`);
    const ask = caller(desk.origin, await desk.key(ESEMPIO));
    const sent = await submitted(ask, ['c_provaria/APROVA1']);
    await stateOf(ask, sent.json.recipients[0].exchange, 'confirmed');
  });
  afterAll(() => desk?.stop());

  const tableOf = async (page: Page, picture: string): Promise<readonly string[][]> => {
    const rows = page.locator(`#${picture} tbody tr`);
    return Promise.all((await rows.all()).map(async (row) => row.locator('td').allTextContents()));
  };

  it('each have a sentence and a table with the same figures, which the keyboard reaches', async () => {
    const page = await desk.openPage('head');
    await page.goto('/quadro');
    for (const picture of PICTURES) {
      const sentence = (await page.locator(`#${picture} > p.d-second`).textContent()) ?? '';
      expect(await page.locator(`#${picture} svg`).getAttribute('aria-label'), picture).toBe(sentence);
      await tabTo(page, /^summary Tabella/);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator(`#${picture} details`).getAttribute('open')).not.toBeNull();
    }
    const days = await tableOf(page, 'giorni');
    expect(days.map((row) => row.slice(1))).toEqual([['2', '2', '1']]);
    expect(await page.locator('#giorni > p.d-second').textContent()).toMatch(
      /^2 registrazioni in arrivo e 1 in uscita;/,
    );
    // One bar for what came, one for what went.
    expect(await page.locator('#giorni rect').count()).toBe(2);
    const confirmations = await tableOf(page, 'conferme');
    expect(confirmations.map(([, count]) => Number(count)).reduce((a, b) => a + b)).toBe(1);
    expect((await tableOf(page, 'senza-persona')).map((row) => row.slice(1))).toEqual([['2', '2', '100']]);
    expect(await page.locator('#anomalie > p.d-second').textContent()).toBe(
      '2 anomalie, di cui 2 ancora da risolvere.',
    );
    expect(await page.locator('main').textContent()).toContain('registrazioni: 2 in arrivo, 1 in uscita');
    expect(await page.locator('main').textContent()).toContain('protocollo@pec.esempio.example.it');
    await axe(page);
    await reflow(page);
    await shot(page, 'quadro-1440', true);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'quadro-360', true);
  });

  it('have their month and their form in the address, and are right in print', async () => {
    const page = await desk.openPage('auditor');
    const month = legalTime(new Date()).date.slice(0, 7);
    await page.goto(`/quadro?mese=${month}&come=tabelle`);
    expect(await page.locator('#giorni svg').count()).toBe(0);
    expect(await page.locator('#giorni table').isVisible()).toBe(true);
    await axe(page);
    await page.goto('/quadro');
    expect(await page.locator('#giorni table').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#giorni table').isVisible()).toBe(true);
    expect(await page.locator('header.d-bar').isVisible()).toBe(false);
  });

  it('say that there is nothing, of a month before the office began', async () => {
    const page = await desk.openPage('protocol');
    const before = new Date(Date.now() - 200 * 86_400_000).toISOString().slice(0, 7);
    await page.goto(`/quadro?mese=${before}`);
    expect(await page.locator('#giorni').textContent()).toContain('Nessuna registrazione');
    expect(await page.locator('.d-quadro svg').count()).toBe(0);
    await axe(page);
  });

  it('count only what their reader may see', async () => {
    const seen = async (who: 'head' | 'unit-member'): Promise<string> => (await desk.ask(who, '/quadro')).text();
    expect(await seen('head')).toContain('registrazioni: 2 in arrivo, 1 in uscita');
    expect(await seen('unit-member')).toContain('registrazioni: 0 in arrivo, 0 in uscita');
    expect((await desk.ask('administrator', '/quadro')).status).toBe(403);
  });
});
