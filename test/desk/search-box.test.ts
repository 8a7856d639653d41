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

  it('finds a number, an office and an act, and every act has a visible control elsewhere', async () => {
    const page = await desk.openPage('protocol');
    await at(page, '/scrivania');
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: /^Cerca numero/ });
    for (const [typed, found] of [
      ['1234', /^Apri n\. 0001234\//],
      ['comune di provaria', /^Comune di Provaria.*indice/],
      ['> registra', /^Registra.*azione/],
    ] as const) {
      await box.fill(typed);
      await page.getByRole('option', { name: found }).first().waitFor();
      // As a screen reader needs it: what is pointed at is named from the moment the list opens.
      const active = await box.getAttribute('aria-activedescendant');
      expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
      expect(await box.getAttribute('aria-expanded')).toBe('true');
    }
    for (const who of ['protocol', 'head', 'administrator'] as const) {
      const acts = await (await desk.ask(who, '/cerca/proposte?q=%3E')).text();
      const leads = [...acts.matchAll(/data-href="([^"]*)"/g)].map(([, href = '']) => href);
      expect(leads.length).toBeGreaterThanOrEqual(3);
      const pages = ['/scrivania', '/registro', '/amministrazione', '/io', '/indice', '/amministrazione/titolario'];
      const texts = await Promise.all(pages.map(async (path) => (await desk.ask(who, path)).text()));
      const without = leads.filter((href) => !texts.some((text) => text.includes(`href="${href}"`)));
      expect([who, without]).toEqual([who, []]);
    }
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
