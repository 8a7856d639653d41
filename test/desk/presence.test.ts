/** Who else is looking and who is writing is said in the item and in the list, and is gone when they have gone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HAS_CHROMIUM } from './support/browser.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
}, 120_000);
afterAll(() => desk?.stop());

it.skipIf(!HAS_CHROMIUM)(
  'says who is looking and who is writing, in the item and in the list',
  { timeout: 90_000 },
  async () => {
    const { exchange } = await desk.receive('flagged', 'Guardata in due');
    const list = await desk.openPage('head');
    await list.goto('/scrivania');
    const one = await desk.openPage('protocol');
    await one.goto(`/messaggi/${exchange}`);
    await list.locator('.d-work-looking', { hasText: 'Pio Modello guarda' }).waitFor();
    const two = await desk.openPage('colleague');
    await two.goto(`/messaggi/${exchange}`);
    await two.locator('.d-presence', { hasText: 'Anche Pio Modello lo sta guardando.' }).waitFor();
    await one.locator('.d-presence', { hasText: 'Anche Ida Saggi lo sta guardando.' }).waitFor();
    await two.keyboard.press('f');
    await two.locator('dialog[open] textarea').fill('Non si apre');
    await one.locator('.d-presence', { hasText: 'Ida Saggi sta scrivendo qui.' }).waitFor();
    await two.goto('/scrivania');
    await one.locator('.d-presence', { hasNotText: 'Ida' }).waitFor({ state: 'attached' });
    await expect.poll(() => one.locator('.d-presence').textContent()).toBe('');
  },
);

it.skipIf(!HAS_CHROMIUM)(
  'goes on being told by a tab with words in it that are not sent, and by no other',
  async () => {
    const { exchange } = await desk.receive('flagged', 'Nella scheda dietro');
    const told = async (typed: string): Promise<readonly string[]> => {
      const page = await desk.openPage('protocol');
      await page.clock.install();
      await page.goto(`/messaggi/${exchange}`);
      await page.locator('body[data-ready]').waitFor();
      await page.keyboard.press('f');
      await page.locator('dialog[open] textarea').fill(typed);
      await page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
       document.dispatchEvent(new Event('visibilitychange'));`,
      );
      const beats: string[] = [];
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === '/presenza')
          beats.push(new URLSearchParams(request.postData() ?? '').get('scrive') ?? '');
      });
      await page.clock.runFor(61_000);
      return beats;
    };
    expect((await told('Parole non inviate')).slice(0, 2)).toEqual(['si', 'si']);
    expect(await told('')).toEqual([]);
  },
);

it('tells nobody what they may not see, and ends with its half minutes', async () => {
  const { exchange } = await desk.receive('flagged', 'Guardata da lontano');
  const about = exchange ?? '';
  const page = '00000000-0000-4000-8000-000000000001';
  const asked = await desk.ask('elsewhere', `/messaggi/${about}`);
  expect(asked.status).toBe(404);
  await desk.pool.query(
    `insert into presence select aoo, $1, $2::uuid, person_id, 'Vecchia Presenza', false, now() - interval '2 minutes'
       from person_role where aoo <> '-' limit 1`,
    [about, page],
  );
  expect(await (await desk.ask('protocol', '/scrivania?q=lontano')).text()).not.toContain('Vecchia Presenza');
});
