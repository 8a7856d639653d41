/** Assigning by keyboard alone: given, refused with a reason, given to somebody else, taken in hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
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

  it('goes by keyboard from the desk to a unit, back with a reason, to a person, who takes it', async () => {
    const path = await registered('Buca in via delle Prove');
    const clerk = await desk.openPage('protocol');
    await clerk.goto(`${path}/assegna?torna=/assegnazioni`);
    await axe(clerk);
    await reflow(clerk);
    await shot(clerk, 'assegna');
    await tabTo(clerk, 'Per competenza a');
    await clerk.keyboard.type('Ufficio tecnico');
    await tabTo(clerk, 'Nota per chi la riceve');
    await clerk.keyboard.type('Entro venerdì');
    await clerk.keyboard.press('Control+Enter');
    await clerk.getByText('Assegnata a Ufficio tecnico.').waitFor();

    const member = await desk.openPage('unit-member');
    await member.goto('/assegnazioni');
    await member.getByRole('link', { name: 'Buca in via delle Prove' }).waitFor();
    await axe(member);
    await reflow(member);
    await shot(member, 'assegnazioni');
    await tabTo(member, 'Restituisci');
    await member.keyboard.press('Enter');
    await member.getByRole('heading', { name: /^Restituisci/ }).waitFor();
    await tabTo(member, 'Motivo');
    await member.keyboard.press('Control+Enter');
    // Nothing was written: the summary has the focus and leads to the field.
    await member.getByRole('alert').getByText('Indicare il motivo.').waitFor();
    expect(await member.title()).toMatch(/^Errore: Restituisci/);
    await axe(member);
    await tabTo(member, 'Motivo');
    await member.keyboard.type('È della Segreteria.');
    await member.keyboard.press('Control+Enter');
    await member.getByText('Restituita al protocollo e a chi l’aveva assegnata.').waitFor();

    await clerk.goto('/assegnazioni?elenco=restituite&di=tutti');
    await clerk.getByText('«È della Segreteria.»').waitFor();
    await axe(clerk);
    await shot(clerk, 'restituite');
    await tabTo(clerk, 'Riassegna: n.');
    await clerk.keyboard.press('Enter');
    await clerk.getByRole('heading', { name: /^Riassegna/ }).waitFor();
    await tabTo(clerk, 'A chi passa');
    await clerk.keyboard.type('Ufficio tecnico, Ugo');
    await clerk.keyboard.press('Control+Enter');
    await clerk.getByText('Riassegnata a Ufficio tecnico, Ugo Prova.').waitFor();

    const head = await desk.openPage('unit-head');
    await head.goto('/assegnazioni');
    await tabTo(head, 'Prendi in carico: n.');
    await head.keyboard.press('Enter');
    await head.getByText('Presa in carico.', { exact: true }).waitFor();
    await head.goto('/assegnazioni?elenco=mie');
    await head.getByRole('link', { name: 'Buca in via delle Prove' }).waitFor();
    await axe(head);
  });

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
    await head.getByText('Presa in carico.', { exact: true }).waitFor();
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
