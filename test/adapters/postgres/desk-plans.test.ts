/** What the screens ask of a large office is found by an index: no big table is read whole, whoever looks. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import { peopleListRows } from '../../../src/adapters/postgres/people/people-lists.ts';
import { postgresMessageSheets } from '../../../src/adapters/postgres/queries/message-sheets.ts';
import { postgresOverview } from '../../../src/adapters/postgres/queries/overview.ts';
import { postgresPeerBehaviour } from '../../../src/adapters/postgres/queries/peer-behaviour.ts';
import { postgresRegisterViews } from '../../../src/adapters/postgres/queries/register-views.ts';
import type { Sha256 } from '../../../src/kernel/ids.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import { LONG } from '../../support/long.ts';
import { BUSY, CORRESPONDENT, fillOffice } from './large-office.ts';
import { type House, office, openHouse } from './support.ts';
import { type Watched, watchReads } from './watch-reads.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const OTHER = office('c_provaria', 'APROVA1');
const { aoo } = ESEMPIO;
const ROWS = 40_000;
const [SCHOOL, SPORT, PERSON, TEMPLATE, DEFERRAL] = Array.from({ length: 5 }, () => randomUUID()) as [
  string,
  string,
  string,
  string,
  string,
];
const HEAD: Reader = { all: true, reserved: true, personId: randomUUID(), units: [] };
const CLERK: Reader = { ...HEAD, reserved: false };
const OF_HALF: Reader = { all: false, reserved: false, personId: randomUUID(), units: [SCHOOL] };
const OF_LITTLE: Reader = { ...OF_HALF, units: [SPORT] };
const READERS: readonly (readonly [string, Reader])[] = [
  ['the head', HEAD],
  ['a clerk', CLERK],
  ['a member of a unit that has half of the register', OF_HALF],
  ['a member of a unit that has little', OF_LITTLE],
];

let house: House;
let watched: Watched;

beforeAll(async () => {
  house = await openHouse([ESEMPIO, OTHER]);
  const { url } = house.database;
  const ids = { school: SCHOOL, sport: SPORT, template: TEMPLATE, deferral: DEFERRAL };
  await fillOffice(url, { aoo: OTHER.aoo, rows: 20_000, person: randomUUID(), ...ids });
  await fillOffice(url, { aoo, rows: ROWS, person: PERSON, ...ids });
  watched = watchReads(house.pool);
}, 300_000);
afterAll(() => house?.close());

/** Few in any office, or as many as there are people and reserved registrations. */
const SMALL = [
  'aoo',
  'registration_reserved',
  'registration_annulment',
  'annulment_request',
  'unit',
  'subject_template',
  'classification',
  'person_role',
  'person',
];

/** Nothing is read from its first row to its last, and no more rows are looked at than this. */
async function reads(most: number, ask: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
  watched.take();
  await ask(watched.pool);
  const all = watched.take().filter(({ table }) => !SMALL.includes(table));
  expect(all.length).toBeGreaterThan(0);
  expect(
    all.filter(({ index }) => index === null),
    JSON.stringify(all),
  ).toEqual([]);
  expect(
    all.filter(({ rows }) => rows > most),
    JSON.stringify(all),
  ).toEqual([]);
}
const uuid = (n: number): string =>
  `${n.toString(16).padStart(12, '0')}00000000000000000000`.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const key = (number: number) => ({ register: 'PROT', year: 2023, number });

// Most of the time goes into filling the offices.
describe.runIf(LONG).each(READERS)('for %s', (_, reader) => {
  it('the pictures of a month look at what the month has, and count the year in one index', async () => {
    watched.take();
    await postgresOverview(watched.pool).overview(aoo, '2023-08', new Date('2023-08-31T10:00:00Z'), reader);
    const all = watched.take().filter(({ table }) => !SMALL.includes(table));
    expect(
      all.filter(({ index }) => index === null),
      JSON.stringify(all, null, 1),
    ).toEqual([]);
    // Who has little is not answered from all that the office has.
    if (reader === OF_LITTLE) expect(all.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThan(8_000);
  });

  it('how a peer behaves is told from its latest exchanges', () =>
    reads(21 * LIMITS.behaviourExchanges, (pool) =>
      postgresPeerBehaviour(pool).behaviour(aoo, BUSY, new Date('2023-02-01'), reader),
    ));

  it.each<[string, (pool: pg.Pool) => Promise<unknown>]>([
    ['the same document', (pool) => postgresByHand(pool).duplicates.byDocuments(aoo, ['nessuno' as Sha256], reader)],
    ['the sender’s number', (pool) => postgresByHand(pool).duplicates.byPeerNumber(aoo, '0004516', reader)],
    [
      'the correspondent',
      (pool) => postgresByHand(pool).duplicates.byCorrespondent(aoo, CORRESPONDENT, new Date('2023-01-01'), reader),
    ],
    [
      'classes of the correspondent',
      (pool) => postgresByHand(pool).past.classesOfCorrespondent(aoo, CORRESPONDENT, reader),
    ],
    ['classes of the template', (pool) => postgresByHand(pool).past.classesOfTemplate(aoo, TEMPLATE, reader)],
    [
      'units of the correspondent',
      (pool) => postgresByHand(pool).past.unitsOfCorrespondent(aoo, CORRESPONDENT, reader),
    ],
    [
      'files of the correspondent',
      (pool) => postgresByHand(pool).past.filesOfCorrespondent(aoo, CORRESPONDENT, reader),
    ],
    ['what a registration is linked to', (pool) => postgresByHand(pool).records.links(aoo, key(101), reader)],
    ['the registrations of a deferral', (pool) => postgresByHand(pool).deferrals.uses(aoo, DEFERRAL, reader, 50)],
    ['a deferral', (pool) => postgresByHand(pool).deferrals.find(aoo, DEFERRAL, reader)],
    ['the deferrals', (pool) => postgresByHand(pool).deferrals.list(aoo, reader, 50)],
  ])('earlier registrations: %s', (__, ask) => reads(600, ask));

  it.each<[string, (pool: pg.Pool) => Promise<unknown>]>([
    ['an exchange', (pool) => postgresMessageSheets(pool).exchange(aoo, uuid(8), reader)],
    ['a mail', (pool) => postgresMessageSheets(pool).mail(aoo, uuid(8), reader)],
    ['a kept mail', (pool) => postgresMessageSheets(pool).keptMail(aoo, uuid(8), reader)],
    ['its registration', (pool) => postgresMessageSheets(pool).registration(aoo, key(8), reader)],
    ['the next that is open', (pool) => postgresMessageSheets(pool).nextOpen(aoo, uuid(400), reader)],
  ])('the sheet of a message: %s', (__, ask) => reads(200, ask));

  it('the first page of the register', () =>
    reads(6_000, (pool) => postgresRegisterViews(pool).search({ aoo, reader, filter: {}, cursor: null, limit: 50 })));

  it('a number typed in the search box', () =>
    reads(50, (pool) => postgresRegisterViews(pool).byNumber(aoo, reader, 8, null)));
});

describe.runIf(LONG)('for everybody who has it', () => {
  const book = (pool: pg.Pool) => postgresByHand(pool).book;
  it.each<[string, number, (pool: pg.Pool) => Promise<unknown>]>([
    ['the address book', 200, (pool) => book(pool).list(aoo, '', null, 50)],
    ['a name in it', 200, (pool) => book(pool).list(aoo, 'fantasia 17777', null, 50)],
    ['a name as it is typed', 200, (pool) => book(pool).suggest(aoo, 'ditta 17777', 10)],
    ['drafts', 50, (pool) => postgresByHand(pool).drafts.list(aoo, PERSON, 'register', 20)],
    ['deferrals in force', 100, (pool) => postgresByHand(pool).deferrals.open(aoo, '2023-10-01')],
    ['files by their words', 100, (pool) => postgresByHand(pool).filing.files(aoo, { text: 'fascicolo 17777' }, 20)],
    ['files of a class', 2_200, (pool) => postgresByHand(pool).filing.files(aoo, { classification: 'VIII.4' }, 20)],
    ['what stands beside a registration', 1_100, (pool) => postgresByHand(pool).records.fileOf(aoo, key(8))],
    ['how it came', 10, (pool) => postgresByHand(pool).records.arrival(aoo, key(11))],
  ])('%s', (_, most, ask) => reads(most, ask));

  it('a card of the address book, its history, and who may be the same', async () => {
    const [entry] = await book(house.pool).suggest(aoo, 'ditta 17777', 1);
    if (entry === undefined) throw new Error('no entry');
    await reads(10, (pool) => book(pool).find(aoo, entry.correspondentId));
    await reads(10, (pool) => book(pool).history(aoo, entry.correspondentId));
    await reads(50, (pool) => book(pool).alike(aoo, entry));
  });

  const log = (pool: pg.Pool) => peopleListRows(pool);
  it.each<[string, Parameters<ReturnType<typeof log>['accessLog']>[0]]>([
    ['an office', { aoo, limit: 51 }],
    ['the node', { aoo: null, limit: 51 }],
    ['a person', { aoo: null, personId: PERSON, limit: 51 }],
    ['a person in an office', { aoo, personId: PERSON, limit: 51 }],
    ['a rare kind in an office', { aoo, what: 'role-given', limit: 51 }],
    ['a rare kind in the node', { aoo: null, what: 'role-given', limit: 51 }],
    ['a later page', { aoo, limit: 51, before: { at: new Date('2026-01-08'), entryId: randomUUID() } }],
  ])('the log of accesses of %s', (_, filter) => reads(120, (pool) => log(pool).accessLog(filter)));
});
