/** Many tabs of one browser share one stream of hints, and one that was in the background shows what is. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from './support/browser.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

describe.skipIf(!HAS_CHROMIUM)('tabs of one browser', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  const opened = async (page: Page): Promise<number> => {
    await page.goto('/scrivania');
    await page.locator('body[data-ready]').waitFor();
    return page.evaluate<number>('performance.getEntriesByType("navigation")[0].responseEnd');
  };

  it('are seven and more, all of which answer, on one stream', async () => {
    const first = await desk.openPage('protocol');
    const context = first.context();
    const streams: string[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/vivo') streams.push(request.url());
    });
    const took = [await opened(first)];
    for (let tab = 2; tab <= 8; tab += 1) took.push(await opened(await context.newPage()));
    expect(streams).toHaveLength(1);
    // A second, unless this machine is so busy that the first tab took long as well.
    expect(took[6]).toBeLessThan(Math.max(1_000, 4 * (took[0] ?? 0)));
    // What happens is told to each of them, where there was nothing to do as well.
    await desk.receive('flagged', 'Per tutte le schede');
    for (const page of context.pages()) await page.getByRole('link', { name: 'Una nuova: mostrala' }).waitFor();
  });

  it('that lost what happened while hidden ask when they are seen again', async () => {
    const page = await desk.openPage('protocol');
    // The stream never opens: whatever it would have told is lost.
    await page.route('**/vivo', () => undefined);
    await opened(page);
    await desk.receive('flagged', 'Mentre non si guardava');
    const news = page.getByRole('link', { name: 'Una nuova: mostrala' });
    expect(await news.count()).toBe(0);
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
    await news.waitFor();
  });
});
