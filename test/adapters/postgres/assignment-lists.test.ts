/** The lists of assignments: whose they are, in which order they come, and that an index serves each. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresAssignments } from '../../../src/adapters/postgres/queries/assignments.ts';
import { type AssignmentActor, readerFor } from '../../../src/service/assignments/actor.ts';
import type {
  AssignmentListName,
  AssignmentQuery,
  AssignmentViews,
} from '../../../src/service/assignments/assignment-views.ts';
import { type DeskHouse, openDeskHouse, type Unit } from '../../service/assignments/desk-house.ts';

let house: DeskHouse;
let views: AssignmentViews;
let units: readonly Unit[];
let NORA: AssignmentActor;
let PIO: AssignmentActor;
let LIA: AssignmentActor;
const plans: string[] = [];

beforeAll(async () => {
  house = await openDeskHouse();
  const { aoo } = house.office;
  units = await Promise.all(['Anagrafe', 'Tributi', 'Ufficio tecnico'].map((name) => house.unit(house.office, name)));
  NORA = await house.person(house.office, 'Nora Esempi', 'protocol');
  PIO = await house.person(house.office, 'Pio Modello', 'unit-head', units.slice(0, 1), units.slice(1, 2));
  LIA = await house.person(house.office, 'Lia Bozza', 'unit-member', units.slice(1, 2));
  const mate = await house.person(house.office, 'Ada Bozza', 'unit-member', units.slice(1, 2));
  await house.pool.query(
    `insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
     select $1, 'PROT', 2026, n, 'incoming', now(), '2026-11-01', '10:00', 'Oggetto ' || n, '{"name": "Comune di Provaria"}', '[]', '[]'
       from generate_series(1, 6000) n`,
    [aoo],
  );
  // The number tells the order of waiting: n minutes after midnight. Most are done with.
  await house.pool.query(
    `insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, person_id, state, assigned_by, since, version)
     select $1, gen_random_uuid(), 'PROT', 2026, n, 'competence', ($2::uuid[])[1 + n % 3],
            case when n % 3 = 1 and n % 4 = 0 then $3::uuid when n % 3 = 1 and n % 4 = 2 then $4::uuid end,
            case when n % 100 < 70 then 'done' when n % 100 < 85 then 'assigned' when n % 100 < 95 then 'taken' else 'returned' end,
            $5, timestamptz '2026-11-01' + n * interval '1 minute', 1
       from generate_series(1, 6000) n`,
    [aoo, units.map(({ unitId }) => unitId), LIA.personId, mate.personId, NORA.personId],
  );
  await house.pool.query(
    `insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, person_id, state, assigned_by, since, version)
     select $1, gen_random_uuid(), 'PROT', 2026, n, 'information', case when n % 50 <> 0 then ($2::uuid[])[1 + n % 3] end,
            case when n % 50 = 0 then $3::uuid end, case when n % 10 = 0 then 'unread' else 'read' end,
            $4, timestamptz '2026-11-01' + n * interval '1 minute', 1
       from generate_series(1, 6000) n`,
    [aoo, units.map(({ unitId }) => unitId), PIO.personId, NORA.personId],
  );
  // What earlier releases left open of annulled registrations, waiting longer than everything else.
  await house.pool.query(
    `with annulled as (insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender,
            recipients, flags)
     select $1, 'PROT', 2026, n, 'incoming', now(), '2026-11-01', '10:00', 'Annullata', '{}', '[]', '[]'
       from generate_series(6001, 6400) n returning number),
     provided as (insert into registration_annulment (aoo, register, year, number, at, reason, provision, by)
     select $1, 'PROT', 2026, number, now(), 'errore', 'atto 1', 'Nora Esempi' from annulled)
     insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, state, assigned_by, since, version)
     select $1, gen_random_uuid(), 'PROT', 2026, number, k.kind, $2, case k.kind when 'competence'
            then (array['assigned', 'taken', 'returned'])[1 + number % 3] else 'unread' end, $3, '2026-10-01', 1
       from annulled cross join (values ('competence'), ('information')) k (kind)`,
    [aoo, units[1]?.unitId, NORA.personId],
  );
  await house.asOwner((client) =>
    client.query('analyze assignment, assignment_event, registration, registration_annulment, unit'),
  );
  const query = house.pool.query.bind(house.pool);
  const watched = new Proxy(house.pool, {
    get: (pool, name) =>
      name !== 'query'
        ? Reflect.get(pool, name)
        : async ({ text, values }: { text: string; values: unknown[] }) => {
            const plan = await query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
            plans.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'));
            return query(text, values);
          },
  });
  views = postgresAssignments(watched);
});
afterAll(() => house.close());

const ask = async (
  actor: AssignmentActor,
  change: Partial<AssignmentQuery> & { readonly list: AssignmentListName },
) => {
  const page = await views.list(readerFor(actor), {
    aoo: house.office.aoo,
    scope: 'own',
    cursor: null,
    limit: 5,
    ...change,
  });
  return { numbers: page?.items.map(({ number }) => number), cursor: page?.cursor ?? null };
};
/** n counts for unit index `n % 3`, in this span of hundreds. */
const all = (fits: (n: number) => boolean): readonly number[] =>
  Array.from({ length: 6000 }, (_, index) => index + 1).filter(fits);
const isToTake = (n: number): boolean => n % 100 >= 70 && n % 100 < 85;
const isTaken = (n: number): boolean => n % 100 >= 85 && n % 100 < 95;
const ofMate = (n: number): boolean => n % 3 === 1 && n % 4 === 2;
const ofLia = (n: number): boolean => n % 3 === 1 && n % 4 === 0;

describe('a list shows, the longest waiting first,', () => {
  it('what the whole office has to take in hand, to who sees it all', async () => {
    expect((await ask(NORA, { list: 'to-take', scope: 'office', limit: 900 })).numbers).toEqual(all(isToTake));
    // Nobody else, whatever they ask for.
    expect((await ask(LIA, { list: 'to-take', scope: 'office', limit: 900 })).numbers).toEqual(
      all((n) => isToTake(n) && n % 3 === 1 && !ofMate(n)),
    );
  });

  it('what a member of some units has to take: theirs and nobody’s, not a colleague’s', async () => {
    expect((await ask(PIO, { list: 'to-take', limit: 900 })).numbers).toEqual(
      all((n) => isToTake(n) && (n % 3 === 0 || (n % 3 === 1 && !ofMate(n) && !ofLia(n)))),
    );
  });

  it('what one has in hand; what a unit has to do; what was given back; what is unread', async () => {
    expect((await ask(LIA, { list: 'mine', limit: 900 })).numbers).toEqual(all((n) => isTaken(n) && ofLia(n)));
    const unitId = units[1]?.unitId ?? '';
    expect((await ask(PIO, { list: 'of-unit', unitId, limit: 900 })).numbers).toEqual(
      all((n) => (isToTake(n) || isTaken(n)) && n % 3 === 1),
    );
    expect((await ask(NORA, { list: 'returned', limit: 900 })).numbers).toEqual(all((n) => n % 100 >= 95));
    expect((await ask(LIA, { list: 'returned', limit: 900 })).numbers).toEqual([]);
    expect((await ask(PIO, { list: 'unread', limit: 900 })).numbers).toEqual(
      all((n) => n % 10 === 0 && (n % 50 === 0 || n % 3 < 2)),
    );
  });

  it('of a unit nothing to who neither belongs to it nor sees all', async () => {
    const unitId = units[2]?.unitId ?? '';
    expect((await ask(LIA, { list: 'of-unit', unitId })).numbers).toEqual([]);
    expect((await ask(NORA, { list: 'of-unit', unitId })).numbers).toHaveLength(5);
  });
});

it('pages follow each other without a gap, and a foreign cursor is none', async () => {
  const seen: number[] = [];
  for (let cursor: string | null = null, pages = 0; pages < 100; pages += 1) {
    const page = await ask(LIA, { list: 'to-take', limit: 7, cursor });
    seen.push(...(page.numbers ?? []));
    cursor = page.cursor;
    if (cursor === null) break;
  }
  expect(seen).toEqual(all((n) => isToTake(n) && n % 3 === 1 && !ofMate(n)));
  expect((await ask(LIA, { list: 'to-take', cursor: 'bm8' })).numbers).toBeUndefined();
  expect(
    (await ask(LIA, { list: 'to-take', cursor: Buffer.from('["x","y"]').toString('base64url') })).numbers,
  ).toBeUndefined();
});

it('counts end at a hundred', async () => {
  const count = (actor: AssignmentActor, list: AssignmentListName, scope: 'own' | 'office' = 'own') =>
    views.count(readerFor(actor), { aoo: house.office.aoo, list, scope });
  expect(await count(NORA, 'to-take', 'office')).toBe(100);
  expect(await count(LIA, 'mine')).toBe(all((n) => isTaken(n) && ofLia(n)).length);
  expect(await count(LIA, 'returned')).toBe(0);
});

it('a unit’s backlog has its age', async () => {
  const backlog = await views.backlog(readerFor(NORA), house.office.aoo);
  expect(backlog.map(({ unit, toTake }) => [unit, toTake]).sort()).toEqual(
    ['Anagrafe', 'Tributi', 'Ufficio tecnico'].map((name, index) => [
      name,
      all((n) => isToTake(n) && n % 3 === index).length,
    ]),
  );
  expect(backlog[0]?.oldest.toISOString()).toBe('2026-11-01T00:10:00.000Z');
});

describe('an index serves', () => {
  it.each([
    ['to-take', 'office', 'assignment_to_take'],
    ['to-take', 'own', 'assignment_to_take_of_unit'],
    ['mine', 'own', 'assignment_taken_of_person'],
    ['mine', 'office', 'assignment_taken'],
    ['returned', 'office', 'assignment_returned'],
    ['returned', 'own', 'assignment_returned_to'],
    ['unread', 'own', 'assignment_unread_of_unit'],
    ['of-unit', 'own', 'assignment_taken_of_unit'],
  ] as const)('the list %s (%s): %s', async (list, scope, index) => {
    const unitId = units[1]?.unitId ?? '';
    await ask(NORA, { list, scope, unitId });
    if (scope === 'own') await ask(PIO, { list, scope, unitId });
    const plan = plans.at(-1) ?? '';
    expect(plan).toMatch(new RegExp(`\\b${index}\\b`));
    expect(plan).not.toMatch(/Seq Scan on (?:assignment|registration|registration_annulment)\b/);
  });

  it('the one of a registration, and the count', async () => {
    await views.holding(house.office.aoo, { register: 'PROT', year: 2026, number: 4321 });
    expect(plans.at(-2)).toMatch(/assignment_of_registration|assignment_competence/);
    await views.history(house.office.aoo, { register: 'PROT', year: 2026, number: 4321 });
    expect(plans.at(-1)).not.toMatch(/Seq Scan on assignment\b/);
    await views.count(readerFor(PIO), { aoo: house.office.aoo, list: 'to-take', scope: 'own' });
    expect(plans.at(-1)).not.toMatch(/Seq Scan on assignment\b/);
  });

  it('nothing where there is none: a condition without index is noticed', async () => {
    const { rows } = await house.pool.query<{ 'QUERY PLAN': string }>(
      `explain select from assignment where aoo = $1 and version = 7`,
      [house.office.aoo],
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Seq Scan on assignment\b/);
  });

  it('a unit that nobody knows: it is empty', async () => {
    expect((await ask(NORA, { list: 'of-unit', unitId: randomUUID() })).numbers).toEqual([]);
  });
});
