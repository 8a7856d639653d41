/** Assigning in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/node.ts';
import { HAS_CHROMIUM } from './support/browser.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

describe.skipIf(!HAS_CHROMIUM)('an assignment', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  /** Comes in, is registered by itself; the path of its registration. */
  async function registered(subject: string): Promise<string> {
    await desk.receive('registered', subject);
    const found = await until(`the registration of «${subject}»`, async () => {
      const { rows } = await desk.pool.query<{ year: number; number: string }>(
        'select year, number from registration where subject = $1',
        [subject],
      );
      return rows[0] ?? null;
    });
    return `/registro/${found.year}/${String(found.number).padStart(7, '0')}`;
  }

  it('is assigned, given back and taken without JavaScript', async () => {
    const path = await registered('Richiesta senza script');
    const clerk = await desk.openPage('protocol', { javaScript: false });
    await clerk.goto(`${path}/assegna`);
    await clerk.getByLabel('Per competenza a').selectOption({ label: 'Ufficio tecnico, Ugo Prova' });
    await clerk.getByRole('button', { name: 'Assegna' }).click();
    const head = await desk.openPage('unit-head', { javaScript: false });
    await head.goto('/assegnazioni');
    await head
      .getByRole('listitem')
      .filter({ hasText: 'Richiesta senza script' })
      .getByRole('button', { name: /^Prendi in carico/ })
      .click();
    await head.getByText('Presa in carico.').waitFor();
  });

  it('is nothing for another unit or another office, at whatever address', async () => {
    const path = await registered('Solo per i tributi');
    const clerk = await desk.openPage('protocol', { javaScript: false });
    await clerk.goto(`${path}/assegna`);
    await clerk.getByLabel('Per competenza a').selectOption({ label: 'Tributi' });
    await clerk.getByRole('button', { name: 'Assegna' }).click();
    for (const who of ['unit-member', 'unit-head', 'elsewhere'] as const) {
      for (const act of ['riassegna', 'restituisci', 'delega'])
        expect([who, act, (await desk.ask(who, `${path}/${act}`)).status]).toEqual([who, act, 404]);
      expect(await (await desk.ask(who, '/assegnazioni?di=tutti')).text()).not.toContain('Solo per i tributi');
      expect(
        await (await desk.ask(who, `/assegnazioni?elenco=ufficio&ufficio=${desk.units.tributi}`)).text(),
      ).not.toContain('Solo per i tributi');
    }
  });
});
