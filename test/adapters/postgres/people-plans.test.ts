/** What anybody at the door, and an administrator at the list of persons, make the database read. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORGET_OF_PLACE, FORGET_OLDEST, FORGET_OVER } from '../../../src/adapters/postgres/people/accounts.ts';
import { peopleListRows } from '../../../src/adapters/postgres/people/people-lists.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { ESEMPIO, PROVARIA } from '../../support/access-house.ts';
import { openPeopleHouse, type PeopleHouse } from '../../support/people-house.ts';
import { type Watched, watchReads } from './watch-reads.ts';

const PERSONS = 20_000;
let house: PeopleHouse;
let watched: Watched;

beforeAll(async () => {
  house = await openPeopleHouse();
  const owner = new pg.Client({ connectionString: house.url });
  await owner.connect();
  await owner.query(
    `insert into person (person_id, login, name, created_at, created_by)
     select gen_random_uuid(), 'persona.' || n, 'Persona ' || lpad(n::text, 6, '0'), now(), 'prova'
       from generate_series(1, $1) n`,
    [PERSONS],
  );
  // Most work for the one office, some for the other, and each has a browser open.
  await owner.query(
    `insert into person_role (aoo, person_id, role, source, given_at, given_by)
     select case when right(login, 2) = '07' then $1 else $2 end, person_id, 'protocol', 'person', now(), 'prova' from person`,
    [PROVARIA.aoo, ESEMPIO.aoo],
  );
  await owner.query(
    `insert into session (session_id, token_sha256, person_id, aoo, method, started_at, seen_at, ends_at, address, agent)
     select gen_random_uuid(), encode(sha256(login::bytea), 'hex'), person_id, $1, 'password', now(), now(), now(), '', ''
       from person`,
    [ESEMPIO.aoo],
  );
  await owner.query(
    `insert into account_attempt (state_sha256, nonce, verifier, return_to, place, ends_at)
     select encode(sha256(n::text::bytea), 'hex'), 'n', 'v', '/', case when n <= 1100 then 'flood' else 'place ' || n end,
            now() + n * interval '1 millisecond' + interval '5 minutes' from generate_series(1, $1::int) n`,
    [LIMITS.accountAttempts],
  );
  await owner.query('vacuum analyze');
  await owner.end();
  watched = watchReads(house.pool);
}, 60_000);
afterAll(() => house?.stop());

/** Nobody here has any. */
const EMPTY = ['second_factor', 'person_account', 'unit_member'];

async function reads(most: number, ask: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
  watched.take();
  await ask(watched.pool);
  const all = watched.take().filter(({ node, table }) => node !== 'ModifyTable' && !EMPTY.includes(table));
  expect(all.length).toBeGreaterThan(0);
  expect(
    all.filter(({ index, rows }) => index === null || rows > most),
    JSON.stringify(all),
  ).toEqual([]);
}

describe('the list of persons', () => {
  const people = (wish: Partial<Parameters<ReturnType<typeof peopleListRows>['people']>[0]>) => (pool: pg.Pool) =>
    peopleListRows(pool).people({ aoo: null, text: '', after: '', limit: 51, ...wish });
  it.each<[string, number, (pool: pg.Pool) => Promise<unknown>]>([
    ['of the node reads a page', 120, people({})],
    ['goes on by the name', 120, people({ after: 'Persona 010000' })],
    ['of an office that has most reads a page', 120, people({ aoo: ESEMPIO.aoo })],
    // Each hundredth: the names before are walked, by their index.
    ['of an office that has few reads its own', PERSONS, people({ aoo: PROVARIA.aoo })],
    ['finds a part of a name among the persons that there are', PERSONS, people({ text: '019999' })],
  ])('%s', (_, most, ask) => reads(most, ask));
});

describe('a sign-in that is begun at the provider', () => {
  const gone = (statement: string) => `with gone as (${statement} returning 1) select count(*) from gone`;
  it.each<[string, number, string, readonly unknown[]]>([
    ['forgets what is over', 10, FORGET_OVER, [new Date()]],
    ['forgets the oldest of a place', LIMITS.accountAttemptsOfPlace + 200, FORGET_OF_PLACE, ['flood', 998]],
    ['forgets the oldest of all', LIMITS.accountAttempts, FORGET_OLDEST, [LIMITS.accountAttempts - 2]],
  ])('%s by an index, and no further than its bound', (_, most, statement, values) =>
    reads(most, (pool) => pool.query(gone(statement), [...values])),
  );
});
