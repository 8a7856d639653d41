/** The search box of every page: what it finds and proposes, and that it is never in the way. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { focused, focusFault } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

describe.skipIf(!HAS_CHROMIUM)('the search box', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  }, 120_000);
  afterAll(() => desk?.stop());

  const at = async (page: Page, path: string) => {
    await page.goto(path);
    await page.locator('body[data-ready]').waitFor();
  };
  it('covers nothing that has the focus after it: its list is gone with the key that leaves it', async () => {
    const page = await desk.openPage('protocol');
    await at(page, '/invia');
    await page.keyboard.press('/');
    await page.getByRole('option').first().waitFor();
    await shot(page, 'search-box-open');
    await page.keyboard.press('Tab');
    expect(await page.getByRole('listbox').count()).toBe(0);
    // An answer that comes after the focus has gone is shown to nobody.
    const release: (() => void)[] = [];
    await page.route('**/cerca/proposte?*', async (route) => {
      await new Promise<void>((resolve) => release.push(resolve));
      await route.continue();
    });
    const asked = page.waitForRequest('**/cerca/proposte?*');
    await page.keyboard.press('/');
    await asked;
    await page.keyboard.press('Tab');
    const answered = page.waitForResponse('**/cerca/proposte?*');
    for (const go of release) go();
    await answered;
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))');
    expect(await page.getByRole('listbox').count()).toBe(0);
  });

  it('and no bar that stays in sight covers the focus either', async () => {
    const page = await desk.openPage('protocol', { height: 600 });
    await at(page, '/invia');
    const stops: string[] = [];
    do {
      await page.keyboard.press('Tab');
      stops.push(await focused(page));
      if (stops.at(-1) !== 'body') expect(await focusFault(page), stops.at(-1)).toBe('');
      const isClear = await page.evaluate<boolean>(
        `(() => { const one = document.activeElement; const bar = document.querySelector('.d-form-acts');
          return bar.contains(one) || one === document.body || one.matches('textarea') ||
            one.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top || one.closest('.d-bar, .d-keys, footer') !== null; })()`,
      );
      expect(isClear, `${stops.at(-1)} lies below the bar`).toBe(true);
    } while (!/Lascia in bozza/.test(stops.at(-1) ?? '') && stops.length < 60);
    expect(stops.at(-1)).toContain('Lascia in bozza');
  });
});
