/** The daily e-mail about assignments: to who asked for it, once a day, without what is reserved. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_DIGESTS, postgresDigests } from '../../../src/adapters/postgres/queries/assignment-digest.ts';
import type { AssignmentActor } from '../../../src/service/assignments/actor.ts';
import { assign } from '../../../src/service/assignments/assign.ts';
import {
  type DailyDigestDeps,
  type DigestStore,
  type SendToPerson,
  sendDigests,
} from '../../../src/service/assignments/daily-digest.ts';
import { callOf, type DeskHouse, openDeskHouse, type Unit } from './desk-house.ts';

/** Nine o'clock in Rome. */
const MORNING = new Date('2026-11-30T08:00:00.000Z');
const QUIET = { warn: () => undefined, info: () => undefined } as unknown as DailyDigestDeps['log'];
type Mail = Parameters<SendToPerson>[0];

let house: DeskHouse;
let digests: DigestStore;
let TRIBUTI: Unit;
let NORA: AssignmentActor;
let LIA: AssignmentActor;
let sent: Mail[];
let isDown = false;

const deps = (): DailyDigestDeps => ({
  digests,
  clock: { now: () => house.time.at },
  log: QUIET,
  offices: new Map([[house.office.aoo, { name: 'Comune di Esempio' }]]),
  deskUrl: 'https://protocollo.example.it',
  send: () => async (mail) => {
    if (isDown) throw new Error('no');
    sent.push(mail);
  },
});

beforeAll(async () => {
  house = await openDeskHouse();
  digests = postgresDigests(house.pool);
  TRIBUTI = await house.unit(house.office, 'Tributi');
  NORA = await house.person(house.office, 'Nora Esempi', 'protocol');
  LIA = await house.person(house.office, 'Lia Bozza', 'unit-member', [TRIBUTI]);
  house.time.at = MORNING;
  const give = async (isReserved: boolean) => {
    const registration = await house.registration();
    const request = { registration, competence: TRIBUTI, information: [], note: '', version: null };
    const done = await assign(house.office, request, NORA, callOf(NORA), house.deps);
    expect(done.ok).toBe(true);
    if (isReserved)
      await house.pool.query(
        `insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by) values ($1, $2, $3, $4, now(), 'Prova')`,
        [house.office.aoo, registration.register, registration.year, registration.number],
      );
  };
  await give(false);
  house.time.at = new Date(MORNING.getTime() + 60_000);
  await give(true);
});
afterAll(() => house?.close());
beforeEach(() => {
  sent = [];
  isDown = false;
});

const day = (n: number, hour = 8): Date => new Date(MORNING.getTime() + n * 86_400_000 + (hour - 8) * 3_600_000);
const address = (value: string | null) =>
  house.pool.query('update person set address = $2 where person_id = $1', [LIA.personId, value]);

describe('the daily e-mail about assignments', () => {
  it('goes to nobody who has not asked for it, and to nobody without an address', async () => {
    await sendDigests(deps());
    await digests.setWanted(LIA.personId, true, MORNING);
    await address(null);
    await sendDigests(deps());
    expect(sent).toEqual([]);
  });

  it('goes once a day, also where several processes are at it, and names nothing that is reserved', async () => {
    await address('lia.bozza@example.it');
    await Promise.all([sendDigests(deps()), sendDigests(deps()), sendDigests(deps())]);
    await sendDigests(deps());
    expect(sent).toHaveLength(1);
    const [mail] = sent;
    expect(mail).toMatchObject({ to: 'lia.bozza@example.it', name: `riepilogo.2026-11-30.${LIA.personId}` });
    expect(mail?.text).toBe(
      [
        'Lia Bozza,',
        '',
        'Comune di Esempio',
        'Da prendere in carico: 2',
        '- n. 0000001/2026, dal 30/11/2026: Richiesta di prova',
        '- n. 0000002/2026, dal 30/11/2026: riservata',
        '',
        'Si aprono qui: https://protocollo.example.it/assegnazioni',
        'Questo riepilogo parte una volta al giorno. Si toglie dalla tua pagina nel protocollo.',
        '',
      ].join('\n'),
    );
  });

  it('waits for the morning in Rome, and comes again the next day', async () => {
    house.time.at = day(1, 5);
    await sendDigests(deps());
    expect(sent).toEqual([]);
    house.time.at = day(1);
    await sendDigests(deps());
    expect(sent).toHaveLength(1);
  });

  it('is tried again when it was not handed over, once the lease is over', async () => {
    house.time.at = day(2);
    isDown = true;
    await sendDigests(deps());
    isDown = false;
    await sendDigests(deps());
    expect(sent).toEqual([]);
    house.time.at = new Date(day(2).getTime() + 6 * 60_000);
    await sendDigests(deps());
    await sendDigests(deps());
    expect(sent).toHaveLength(1);
  });

  it('is not sent where there is nothing to say, nor to who was switched off or no longer wants it', async () => {
    house.time.at = day(3);
    await house.pool.query('update person set disabled_at = now() where person_id = $1', [LIA.personId]);
    await sendDigests(deps());
    await house.pool.query('update person set disabled_at = null where person_id = $1', [LIA.personId]);
    await digests.setWanted(LIA.personId, false, day(3));
    await sendDigests(deps());
    const UGO = await house.person(house.office, 'Ugo Prova', 'unit-member');
    await house.pool.query(`update person set address = 'ugo.prova@example.it' where person_id = $1`, [UGO.personId]);
    await digests.setWanted(UGO.personId, true, day(3));
    await sendDigests(deps());
    expect(sent).toEqual([]);
    expect(await digests.claim('2026-12-03', house.time.at, house.time.at, 5)).toEqual([]);
  });

  it('looks for who is due along its index', async () => {
    await house.asOwner(async (client) => {
      await client.query('begin');
      await client.query(`insert into person (person_id, login, name, address, created_at, created_by)
        select lpad(to_hex(n), 32, '0')::uuid, 'd' || n, 'Prova', 'd@example.it', now(), 'prova' from generate_series(1, 3000) n`);
      await client.query(`insert into assignment_digest (person_id, wanted_at, done_for)
        select lpad(to_hex(n), 32, '0')::uuid, now(), '2026-11-30' from generate_series(1, 3000) n`);
      await client.query('analyze person, assignment_digest');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${CLAIM_DIGESTS}`, [
        '2026-11-30',
        MORNING,
        MORNING,
        20,
      ]);
      await client.query('rollback');
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('assignment_digest_due');
    });
  });
});
