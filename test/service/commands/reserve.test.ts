/** A reserve is set and lifted with a reason; who is who sees it follows at once, and every step is kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import { postgresRegisterViews } from '../../../src/adapters/postgres/queries/register-views.ts';
import { type AssignmentActor, readerFor } from '../../../src/service/assignments/actor.ts';
import { linkPrecedents } from '../../../src/service/commands/link.ts';
import { changeReserve, type ReserveRequest } from '../../../src/service/commands/reserve.ts';
import type { RegistrationKey } from '../../../src/service/register/changes.ts';
import { callOf, type DeskHouse, NOW, openDeskHouse } from '../assignments/desk-house.ts';

let house: DeskHouse;
let NORA: AssignmentActor;
let PIO: AssignmentActor;
beforeAll(async () => {
  house = await openDeskHouse();
  NORA = await house.person(house.office, 'Nora Esempi', 'head');
  PIO = await house.person(house.office, 'Pio Modello', 'protocol');
});
afterAll(() => house?.close());

const codeOf = async (done: Promise<{ readonly ok: boolean }>): Promise<string> => {
  const result = (await done) as { ok: true } | { ok: false; problem: { code: string } };
  return result.ok ? 'done' : result.problem.code;
};
const change = (
  registration: RegistrationKey,
  act: ReserveRequest['act'],
  version: number | null = null,
  reason = 'Dati di salute',
  key: string | null = null,
) => changeReserve(house.office, { registration, act, reason, version }, callOf(NORA, key, act), house.deps);
const sheetFor = (who: AssignmentActor, { year, number }: RegistrationKey) =>
  postgresRegisterViews(house.pool).sheet(house.office.aoo, readerFor(who), { year, number });

describe('a reserve', () => {
  it('is set, lifted and set again; each time others see what they may, and the history says who and why', async () => {
    const one = await house.registration();
    expect(await sheetFor(PIO, one)).not.toBeNull();
    expect(await codeOf(change(one, 'set'))).toBe('done');
    expect(await sheetFor(PIO, one)).toBeNull();
    expect(await sheetFor(NORA, one)).toMatchObject({ reserved: true, reserveVersion: 1 });
    house.time.at = new Date(NOW.getTime() + 60_000);
    expect(await codeOf(change(one, 'lifted', 1, 'Termine scaduto'))).toBe('done');
    expect(await sheetFor(PIO, one)).toMatchObject({ reserved: false, reserveVersion: 2 });
    expect(await codeOf(change(one, 'set', 2, 'Di nuovo'))).toBe('done');
    expect(await sheetFor(PIO, one)).toBeNull();
    const seen = await sheetFor(NORA, one);
    expect(seen?.reserves.map(({ act, by, reason }) => [act, by, reason])).toEqual([
      ['set', 'Nora Esempi', 'Dati di salute'],
      ['lifted', 'Nora Esempi', 'Termine scaduto'],
      ['set', 'Nora Esempi', 'Di nuovo'],
    ]);
    const { rows } = await house.pool.query<{ action: string; data: unknown }>(
      `select content::jsonb ->> 'action' as action, content::jsonb -> 'data' as data from audit
        where aoo = $1 and content::jsonb ->> 'subject' = $2 and content::jsonb ->> 'action' like 'reserve%' order by seq`,
      [house.office.aoo, `PROT/${one.year}/${one.number}`],
    );
    expect(rows.map(({ action, data }) => [action, data])).toEqual([
      ['reserved', { by: 'Nora Esempi', person: NORA.personId, reason: 'Dati di salute' }],
      ['reserve-lifted', { by: 'Nora Esempi', person: NORA.personId, reason: 'Termine scaduto' }],
      ['reserved', { by: 'Nora Esempi', person: NORA.personId, reason: 'Di nuovo' }],
    ]);
    house.time.at = NOW;
  });

  it('is not changed without a reason, as it is already, by who saw another step, or in another office', async () => {
    const one = await house.registration();
    expect(await codeOf(change(one, 'set', null, ''))).toBe('reserve-reason-missing');
    expect(await codeOf(change(one, 'set', null, 'x'.repeat(501)))).toBe('correspondent-text-long');
    expect(await codeOf(change(one, 'lifted'))).toBe('reserve-as-is');
    expect(await codeOf(change(one, 'set', 0))).toBe('done');
    expect(await codeOf(change(one, 'lifted', 0))).toBe('version-conflict');
    expect(await codeOf(change({ ...one, number: 999_999 }, 'set'))).toBe('not-found');
    const request = { registration: one, act: 'lifted', reason: 'Altrove', version: null } as const;
    // The other office may have the same number, but not this registration.
    expect(await codeOf(changeReserve(house.other, request, callOf(NORA), house.deps))).toBe('not-found');
    expect(await sheetFor(PIO, one)).toBeNull();
  });

  it('is changed once under its act key, and its steps stand in the database for good', async () => {
    const one = await house.registration();
    const [first, second] = await Promise.all([
      change(one, 'set', 0, 'Una volta', 'chiave'),
      change(one, 'set', 0, 'Una volta', 'chiave'),
    ]);
    expect(first).toEqual(second);
    await house.asOwner(async (client) => {
      for (const sql of [
        'delete from registration_reserve_history',
        `update registration_reserve_history set reason = 'x'`,
      ])
        await expect(client.query(sql)).rejects.toThrow();
    });
  });
});

describe('a link to a precedent', () => {
  const link = (registration: RegistrationKey, precedents: readonly RegistrationKey[], who = PIO) =>
    linkPrecedents(
      house.office,
      { registration, precedents },
      { personId: who.personId, name: who.name, reader: readerFor(who) },
      callOf(who),
      {
        ...house.deps,
        filing: postgresByHand(house.pool).filing,
        maySee: async (_, key, reader) =>
          (await postgresRegisterViews(house.pool).sheet(house.office.aoo, reader, key)) !== null,
      },
    );

  it('is seen from both ends, once however often it is made', async () => {
    const [before, after] = [await house.registration(), await house.registration()];
    expect(await codeOf(link(after, [before]))).toBe('done');
    expect(await codeOf(link(after, [before]))).toBe('done');
    expect((await sheetFor(PIO, after))?.links).toMatchObject([{ direction: 'to', kind: 'precedent' }]);
    expect((await sheetFor(PIO, before))?.links).toMatchObject([{ direction: 'from', kind: 'precedent' }]);
  });

  it('is not made to itself, to nothing, nor to what the person may not see', async () => {
    const [one, hidden] = [await house.registration(), await house.registration()];
    expect(await codeOf(link(one, []))).toBe('link-to-itself');
    expect(await codeOf(link(one, [one]))).toBe('link-to-itself');
    expect(await codeOf(link(one, [{ ...one, number: 999_999 }]))).toBe('hand-precedent-unknown');
    expect(await codeOf(change(hidden, 'set'))).toBe('done');
    expect(await codeOf(link(one, [hidden]))).toBe('hand-precedent-unknown');
    expect(await codeOf(link(one, [hidden], NORA))).toBe('done');
  });
});
