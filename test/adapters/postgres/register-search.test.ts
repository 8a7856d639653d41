/** What the search of the register finds, for whom, and that it costs the same in a large register. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchRegister } from '../../../src/adapters/postgres/queries/register-search.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import {
  REGISTER_STATES,
  type RegisterFilter,
  type RegisterPage,
} from '../../../src/service/queries/register-views.ts';
import { fillRegister } from './large-register.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const ROWS = 60_000;
const HEAD: Reader = { all: true, reserved: true, personId: randomUUID(), units: [] };
const CLERK: Reader = { ...HEAD, reserved: false };
const SCHOOL = randomUUID();
const SPORT = randomUUID();
const MEMBER: Reader = { all: false, reserved: false, personId: randomUUID(), units: [SPORT] };
const SCHOOLMEMBER: Reader = { ...MEMBER, units: [SCHOOL] };

let house: House;
let watched: pg.Pool;
/** Plans of the searches asked, newest last. */
const plans: string[] = [];

beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
  await fillRegister(house.database.url, {
    aoo: ESEMPIO.aoo,
    rows: ROWS,
    school: SCHOOL,
    sport: SPORT,
    person: HEAD.personId,
  });
  // Each search explains itself before it is carried out.
  const explaining = (client: pg.PoolClient): pg.PoolClient =>
    new Proxy(client, {
      get: (target, name) =>
        name !== 'query'
          ? typeof Reflect.get(target, name) === 'function'
            ? Reflect.get(target, name).bind(target)
            : Reflect.get(target, name)
          : async (sql: string, values?: unknown[]) => {
              if (values !== undefined) {
                const plan = await target.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
                plans.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'));
              }
              return target.query(sql, values);
            },
    });
  watched = Object.create(house.pool, {
    connect: { value: async () => explaining(await house.pool.connect()) },
  }) as pg.Pool;
}, 300_000);
afterAll(() => house?.close());

const search = (filter: RegisterFilter, reader: Reader = HEAD, limit = 50, cursor: string | null = null) =>
  searchRegister(watched, { aoo: ESEMPIO.aoo, reader, filter, cursor, limit });
const numbers = async (filter: RegisterFilter, reader: Reader = HEAD) =>
  (await search(filter, reader)).items.map((row) => Number(row.number));

describe('the search of the register finds', () => {
  it('words in any order, without accents, also unfinished ones', async () => {
    expect(await numbers({ text: 'citta spese' })).toEqual([777]);
    expect(await numbers({ text: 'SPESE alla Citt' })).toEqual([777]);
    expect(await numbers({ text: 'saggio unione' })).toEqual([4000]);
    expect(await numbers({ text: 'peru' })).toEqual([301]);
    for (const odd of ["d'rara!x", '\\', "'", ':* & |', '<->', '%']) expect(await numbers({ text: odd })).toEqual([]);
  });

  it('documents by their names, and says which one it was', async () => {
    const [row] = (await search({ text: 'riunione verbale' })).items;
    expect(row).toMatchObject({ number: '0000500', foundDocuments: ['verbale-riunione.pdf'] });
    const [many] = (await search({ text: 'perù' })).items;
    expect(many).toMatchObject({ number: '0000301', others: 1, foundRecipients: ['Provincia di Perù'] });
  });

  it('a number with and without zeros and year, ours and theirs', async () => {
    for (const text of ['1234', '0001234', 'n. 1234', '1234/2023', '0001234/2023', 'prot. n. 1234/2023'])
      expect(
        (await search({ text })).items.map((row) => row.number),
        text,
      ).toContain('0001234');
    expect(await numbers({ text: '1234/2019' })).toEqual([]);
    expect(await numbers({ text: '0004516/2023' })).toEqual([4516, 1200]);
    expect(await numbers({ text: '4516/2024' })).toEqual([]);
  });

  it('what is asked of direction, day, class, unit, state, carrier and flags, alone and together', async () => {
    expect(await numbers({ direction: 'internal', to: '2023-01-12' })).toEqual([1007, 7]);
    expect((await search({ from: '2023-03-10', to: '2023-03-10' }, HEAD, 200)).items).toHaveLength(144);
    expect(await numbers({ classification: 'VII', to: '2023-03-20' })).toEqual([10006, 10005, 6, 5]);
    // Classified anew since: it is no longer there.
    expect(await numbers({ classification: 'VII.1' })).toEqual([20005, 10005, 5]);
    expect(await numbers({ unit: SPORT, state: 'to-take' })).toEqual([50008, 40008, 30008, 20008, 10008, 8]);
    expect(await numbers({ state: 'undelivered' })).toEqual([59994, 49995, 39996, 29997, 19998, 9999]);
    expect(await numbers({ state: 'annulled' })).toEqual([50003, 3]);
    expect(await numbers({ state: 'valid', text: 'pratica 3' })).not.toContain(3);
    expect(await numbers({ carrier: 'counter' })).toEqual([40004, 20004, 4]);
    expect(await numbers({ flagged: true, text: 'comune' })).toHaveLength(12);
    expect(await numbers({ text: 'comune', unit: SPORT, direction: 'outgoing' })).toEqual([]);
  });

  it('the same registrations page by page, each once', async () => {
    for (const filter of [
      { text: 'comune', unit: SPORT },
      { text: 'comune', to: '2023-01-02' },
      { to: '2023-01-02' },
    ]) {
      const once = (await search(filter, HEAD, 500)).items.map((row) => row.number);
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page: RegisterPage = await search(filter, HEAD, 7, cursor);
        paged.push(...page.items.map((row) => row.number));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(paged).toEqual(once);
      expect(new Set(paged).size).toBe(paged.length);
    }
    expect(await search({}, HEAD, 7, 'nonsense')).toMatchObject({ items: [], forged: true });
  });

  it('how many there are, up to a thousand', async () => {
    expect(await search({ text: 'rara' })).toMatchObject({ total: 2 });
    expect((await search({ text: 'rara' }, HEAD, 1)).total).toBe(2);
    expect((await search({ unit: SPORT })).total).toBe(30);
    expect((await search({ classification: 'VIII' })).total).toBeGreaterThan(1_000);
  });
});

describe('what a reader may not see', () => {
  it('is not found, not counted, not on any page', async () => {
    expect(await numbers({ text: '777' }, CLERK)).not.toContain(777);
    expect(await numbers({ text: 'rimborso' }, CLERK)).toEqual([]);
    expect(await search({ text: 'rara' }, CLERK)).toMatchObject({ items: [{ number: '0000001' }], total: 1 });
    expect((await search({ text: 'rara' }, HEAD)).items.map((row) => row.reserved)).toEqual([true, false]);
    // Whoever registered it sees it.
    expect(await numbers({ carrier: 'counter' }, { ...CLERK, personId: randomUUID() })).not.toContain(4004);
  });

  it('is what neither they nor their unit has in hand', async () => {
    const all = await search({}, MEMBER, 500);
    expect(all.items.map((row) => Number(row.number)).every((one) => one % 2000 === 8)).toBe(true);
    expect(all).toMatchObject({ total: 30, cursor: null });
    expect(await numbers({ text: 'comune', direction: 'outgoing' }, MEMBER)).toEqual([]);
    expect(await numbers({ text: '4000/2023' }, MEMBER)).toEqual([]);
    expect((await search({}, SCHOOLMEMBER)).items.every((row) => Number(row.number) % 4 === 0)).toBe(true);
    expect(await numbers({}, { ...MEMBER, units: [] })).toEqual([]);
  });
});

describe('an index serves', () => {
  it.each<[string, RegisterFilter, Reader]>([
    ['everything', {}, HEAD],
    ['everything a clerk sees', {}, CLERK],
    ['everything of a unit with little', {}, MEMBER],
    ['everything of a unit with much', {}, SCHOOLMEMBER],
    ['a rare word', { text: 'rara' }, CLERK],
    ['a common word', { text: 'comune' }, CLERK],
    ['the name of a document', { text: 'verbale' }, CLERK],
    ['a common name of documents', { text: 'allegato' }, CLERK],
    ['a number', { text: '1234' }, CLERK],
    ['a number of a year', { text: '1234/2023' }, CLERK],
    ['a direction', { direction: 'internal' }, CLERK],
    ['days', { from: '2023-03-10', to: '2023-03-12' }, CLERK],
    ['a rare class', { classification: 'VII' }, CLERK],
    ['a common class', { classification: 'VIII' }, CLERK],
    ['a unit with little', { unit: SPORT }, CLERK],
    ['a unit with much', { unit: SCHOOL }, CLERK],
    ...REGISTER_STATES.map((state): [string, RegisterFilter, Reader] => [`the state ${state}`, { state }, CLERK]),
    ['a carrier', { carrier: 'counter' }, CLERK],
    ['the carrier of nearly all', { carrier: 'pec' }, CLERK],
    ['flags', { flagged: true }, CLERK],
    ['a common word in few days', { text: 'comune', from: '2023-03-10', to: '2023-03-12' }, CLERK],
    ['a common word of a unit with little', { text: 'comune', unit: SPORT }, CLERK],
    ['a common word of a member', { text: 'comune' }, MEMBER],
    ['much together', { text: 'comune', unit: SCHOOL, state: 'confirmed', direction: 'incoming' }, SCHOOLMEMBER],
    [
      'all at once',
      { text: 'comune 8', unit: SPORT, state: 'to-take', classification: 'VIII', flagged: true, carrier: 'pec' },
      MEMBER,
    ],
  ])('%s', async (_, filter, reader) => {
    plans.length = 0;
    const page = await search(filter, reader);
    expect(page.tooMany).toBeUndefined();
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans)
      expect(plan).not.toMatch(
        /Seq Scan on (registration|registration_document|registration_change|exchange|assignment)( |$)/m,
      );
  });
});
