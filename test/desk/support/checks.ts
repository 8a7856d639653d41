/** What every page of the desk is held against. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

const IN_PAGE = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8');
/** Runs one of the functions of `in-page.js`. */
const inPage = <T>(page: Page, call: string): Promise<T> =>
  page.evaluate(`${IN_PAGE}
inPage.${call}`);

let axeSource: string | null = null;
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** No violation of WCAG 2.0, 2.1 and 2.2, A and AA, on the page as it is now. Frames are pages of their own. */
export async function axe(page: Page, within = 'html'): Promise<void> {
  await inPage(page, 'still()');
  axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axeSource);
  const wanted = { runOnly: { type: 'tag', values: LEVELS }, resultTypes: ['violations'], iframes: false };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(within)}, ${JSON.stringify(wanted)})`,
  );
  const told = violations.map(({ id, help, nodes }) => {
    const where = nodes.map(({ html, failureSummary }) => `${html}\n      ${failureSummary}`);
    return `${id}: ${help}\n    ${where.join('\n    ')}`;
  });
  expect(told.join('\n'), `axe on ${page.url()}`).toBe('');
}

/** At 320 pixels (WCAG 1.4.10, which is 400 % of 1280) nobody scrolls sideways to read. */
export async function reflow(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const found = await tooWide(page);
  if (before !== null) await page.setViewportSize(before);
  expect(found, `wider than 320 pixels: ${page.url()}`).toBe('');
}

/** What reaches beyond the edge of the window, a line each. */
export const tooWide = async (page: Page): Promise<string> => (await inPage<string[]>(page, 'tooWide()')).join('\n');

/** The element that has the focus, as `button Registra`. */
export const focused = (page: Page): Promise<string> => inPage(page, 'focused()');

/** Why a person does not see where the focus is; empty: they see it. */
export const focusFault = (page: Page): Promise<string> => inPage(page, 'focusFault()');

/** Presses Tab until this element has the focus. Wherever the focus stops on the way, a person sees it. */
export async function tabOnto(page: Page, wanted: Locator, most = 150): Promise<void> {
  await wanted.waitFor();
  const focusedOne = wanted.and(page.locator(':focus'));
  const seen: string[] = [];
  for (let presses = 0; presses < most; presses += 1) {
    if ((await focusedOne.count()) > 0) return;
    await page.keyboard.press('Tab');
    const at = await focused(page);
    // From the last element the focus goes to the browser's own controls, and comes back.
    if (at !== 'body') expect(await focusFault(page), `after ${presses + 1} × Tab on ${page.url()}`).toBe('');
    seen.push(at);
  }
  throw new Error(`Tab never reached ${String(wanted)} on ${page.url()}; it went\n  ${seen.join('\n  ')}`);
}

/** Presses Tab until the element with this name has the focus: the keyboard alone must get there. */
export async function tabTo(page: Page, name: string | RegExp, most = 120): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (typeof name === 'string' ? at.includes(name) : name.test(at)) return;
    seen.push(at);
  }
  throw new Error(`Tab never reached ${String(name)} on ${page.url()}; it went\n  ${seen.join('\n  ')}`);
}
