/** A screen that somebody has left open: what it does by itself, and what a passer-by could do at it. */
import { randomUUID } from 'node:crypto';
import { generateSync } from 'otplib';
import { afterAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../../../support/access-house.ts';
import { openPeopleDesk } from '../../../support/people-desk.ts';
import { grant, PASSWORD } from '../../../support/people-house.ts';

describe('a screen that is left open', async () => {
  const desk = await openPeopleDesk();
  const { people, server, open, post } = desk;
  afterAll(() => desk.stop());

  it('does not keep its session alive by what it asks by itself', async () => {
    const { token } = await desk.enter('ugo.prova', [grant(ESEMPIO.aoo, 'protocol')]);
    const cookies = { sessione: token };
    const asks = (headers: Record<string, string>) => server.inject({ url: '/io', cookies, headers });
    desk.clock.forward(20 * 60);
    expect((await asks({ 'x-background': '1' })).statusCode).toBe(200);
    desk.clock.forward(20 * 60);
    expect((await asks({ 'x-background': '1' })).statusCode).toBe(303);
    const other = await desk.enter('ugo.altro', [grant(ESEMPIO.aoo, 'protocol')]);
    desk.clock.forward(20 * 60);
    expect((await server.inject({ url: '/io', cookies: { sessione: other.token } })).statusCode).toBe(200);
    desk.clock.forward(20 * 60);
    expect(await people.openSession(other.token)).not.toBeNull();
  });

  it('takes no second factor of a passer-by, who does not know the password', async () => {
    const { token, caller } = await desk.enter('lia.bozza', [grant(ESEMPIO.aoo, 'protocol')]);
    const page = await open('/io/secondo-fattore', { sessione: token });
    const secret = (/d-factor-key">([^<]*)</.exec(page.page.body)?.[1] ?? '').replaceAll(' ', '');
    const codice = generateSync({ secret, epoch: Math.floor(desk.clock.now().getTime() / 1000) });
    const sent = (conferma: string) =>
      post('/io/secondo-fattore', { _csrf: page.token, _atto: randomUUID(), codice, conferma }, page.cookies);
    for (const wrong of ['', 'non è questa qui']) {
      const refused = await sent(wrong);
      expect(refused.statusCode).toBe(422);
      expect(refused.body).toContain('conferma-errore"');
    }
    expect(await people.factor.state(caller)).toBe('off');
    expect((await sent(PASSWORD)).body).toContain('Codici di riserva');
    expect(await people.factor.state(caller)).toEqual({ codesLeft: 10 });
  });

  it('writes down an administrator who takes contents by an office inside', async () => {
    const ada = await desk.enter('ada.fittizi', [grant(ESEMPIO.aoo, 'administrator')]);
    const by = { ...ada, name: 'Ada', address: '', sessionId: null, scope: ESEMPIO.aoo } as const;
    const form = { name: 'Tributi', code: 'tributi', validFrom: '2020-01-01', validTo: '', successor: '' };
    const unit = await people.units.addUnit(ESEMPIO.aoo, form, by);
    if (!unit.ok) throw new Error(unit.problem.message);
    expect((await people.units.setMember(ESEMPIO.aoo, unit.value.unitId, ada.personId, true, by)).ok).toBe(true);
    expect([...((await people.openSession(ada.token))?.roles ?? [])]).toContain('unit-head');
    const lines = await people.manage.readAccessLog(by, { what: 'own-content-role', limit: 5 });
    expect(lines.map(({ person, data }) => [person, data['role']])).toEqual([['Persona ada.fittizi', 'unit-head']]);
  });
});
