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

  it('that were in the background for a minute show what is when they are seen again, and wait for no timer', async () => {
    const { exchange } = await desk.receive('flagged', 'Decisa da altri');
    const path = `/messaggi/${exchange}`;
    const hidden = async (address: string): Promise<Page> => {
      const page = await desk.openPage('protocol');
      await page.clock.install();
      await page.goto(address);
      await page.locator('body[data-ready]').waitFor();
      await page.evaluate(LOOKED_AT('hidden'));
      return page;
    };
    const [list, message, written] = [await hidden('/scrivania'), await hidden(path), await hidden(path)];
    await written
      .locator('textarea')
      .first()
      .evaluate((field) => {
        (field as unknown as { value: string }).value = 'Parole mie';
      });
    const row = list.locator('.d-work-row', { hasText: 'Decisa da altri' });
    expect(await row.getAttribute('data-gone')).toBeNull();
    const colleague = await desk.openPage('colleague');
    await colleague.goto(`${path}/registra`);
    await colleague.getByRole('button', { name: 'Registra', exact: true }).click();
    await colleague.getByText(/Registrato con il n\./).waitFor();
    for (const page of [list, message, written]) {
      await page.clock.fastForward('01:00');
      // From here on no timer runs: what shows the present asks at once, and once.
      await page.clock.pauseAt(Date.now() + 120_000);
      await page.evaluate(LOOKED_AT('visible'));
    }
    await list.locator('.d-work-row[data-gone]', { hasText: 'Decisa da altri' }).waitFor({ state: 'attached' });
    await message.locator('.d-message-head', { hasText: /n\.\s\d{7}/ }).waitFor();
    // It has loaded itself again: the browser is not closed in the middle of that.
    await message.locator('body[data-ready]').waitFor();
    // What was typed is not taken away: a line offers the present.
    await written.getByRole('link', { name: 'Intanto è cambiato qualcosa: mostra lo stato di ora' }).waitFor();
    expect(await written.locator('textarea').first().inputValue()).toBe('Parole mie');
  });
});

/** Headless tabs are all in front: this one says it is not. */
const LOOKED_AT = (state: 'hidden' | 'visible') =>
  `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
   document.dispatchEvent(new Event('visibilitychange'));`;
