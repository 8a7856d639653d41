import type pg from 'pg';
import type { EntryVersion } from '../../../domain/index/model.ts';
import type { EntryKind } from '../../../kernel/index-keys.ts';
import type { HeldEntry, IndexEntries, IndexHistory } from '../../../service/index/ports.ts';
import { listen } from '../database/listen.ts';
import { findEntries, lastVersionsOf } from './find-entries.ts';
import { CEASED, HELD_COLUMNS, type HeldRow, toHeld } from './held-rows.ts';
import { INDEX_CHANNEL } from './imports.ts';
import { searchRows } from './search-rows.ts';

const MAX_ROWS = 5_000;

export function indexEntries(pool: pg.Pool): IndexEntries & IndexHistory {
  const ask = asker(pool);
  return {
    ...entriesByKey(ask),
    ...ceasedEntries(ask),
    history: (code) => historyOf(ask, code),
    find: (criteria, after, limit) => findEntries(pool, criteria, after, limit),
    lastVersionsOf: (criteria) => lastVersionsOf(pool, criteria),
    searchRows: (kind) => searchRows(pool, kind),
    onChanged: (listener) =>
      listen(pool, INDEX_CHANNEL, (payload) =>
        listener(payload === '' ? 'unknown' : payload === 'layer' ? 'layer' : 'import'),
      ),
  };
}

type Ask = (name: string, text: string, values: readonly unknown[]) => Promise<readonly HeldEntry[]>;

/** Statements have names, so that each connection prepares them once: exact look-ups run for every message. */
const asker =
  (pool: pg.Pool): Ask =>
  async (name, text, values) => {
    if (values.some((value) => Array.isArray(value) && value.length === 0)) return [];
    const { rows } = await pool.query<HeldRow>({ name: `index ${name}`, text, values: [...values] });
    return rows.map(toHeld);
  };

/** A look-up by keys: `lists` has one list for each of the key's columns, and the lists together give the keys row by row. */
interface KeyedLookUp {
  readonly name: string;
  readonly columns: readonly string[];
  readonly lists: readonly (readonly string[])[];
  /** Joins an entry `e` to a key `k`. */
  readonly where: string;
  /** A join between the keys and the entries. */
  readonly through?: string;
}

function entriesByKey(
  ask: Ask,
): Pick<IndexEntries, 'byKeys' | 'byAooCodes' | 'ofBodies' | 'byTaxCodes' | 'byAddresses' | 'byVersions'> {
  const byKey = ({ name, columns, lists, where, through = '' }: KeyedLookUp, day: string | null) => {
    const isOne = lists[0]?.length === 1;
    return ask(
      `${name}${isOne ? ', one' : ''}${day === null ? '' : ', on a day'}`,
      holding(`${isOne ? oneKey(columns) : manyKeys(columns)}${through}`, where, day),
      [day, ...(isOne ? lists.flat() : lists)],
    );
  };
  return {
    byKeys(kinds, keys, day) {
      const pairs = spelled(kinds, keys);
      const lists = [pairs.map(([kind]) => kind), pairs.map(([, key]) => key)];
      return byKey(
        { name: 'by key', columns: ['kind', 'key'], lists, where: 'e.kind = k.kind and e.key = k.key' },
        day,
      );
    },
    byAooCodes(pairs, day) {
      const lists = [pairs.map(({ body }) => body.toLowerCase()), pairs.map(({ code }) => code.toLowerCase())];
      const where = `e.kind = 'aoo' and e.body_key = k.body and lower(e.code) = k.code`;
      return byKey({ name: 'by code', columns: ['body', 'code'], lists, where }, day);
    },
    ofBodies(kind, bodies, day) {
      const lists = [bodies.map(() => kind), bodies.map((body) => body.toLowerCase())];
      const where = 'e.kind = k.kind and e.body_key = k.body';
      return byKey({ name: 'of bodies', columns: ['kind', 'body'], lists, where }, day);
    },
    byTaxCodes(codes, day) {
      const lists = [codes.map((code) => code.toUpperCase())];
      return byKey(
        { name: 'by tax code', columns: ['code'], lists, where: `e.kind = 'body' and e.tax_code = k.code` },
        day,
      );
    },
    byAddresses(addresses, day) {
      const lists = [addresses.map((address) => address.toLowerCase())];
      const where = 'e.version = a.version';
      return byKey({ name: 'by address', columns: ['address'], lists, where, through: VERSIONS_AT_ADDRESS }, day);
    },
    byVersions: (versions) =>
      ask('by version', `select ${HELD_COLUMNS} from index_entry e where e.version = any($1)`, [versions]),
  };
}

/**
 * Entries `e` that meet `where` for each key listed by `from`, as they are now or were on a day ($1). The lateral join goes
 * key by key whatever the planner believes of a table that an import has just filled; each half of the union has an index
 * of its own.
 */
function holding(from: string, where: string, day: string | null): string {
  const rows = (validity: string): string =>
    `(select * from index_entry e where ${where} and ${validity} limit ${MAX_ROWS})`;
  const held =
    day === null
      ? rows('e.valid_to is null and $1::date is null')
      : `(${rows('e.valid_to is null and e.valid_from <= $1')} union all ${rows('e.valid_to > $1 and e.valid_from <= $1')})`;
  return `select ${HELD_COLUMNS} from ${from} cross join lateral ${held} e`;
}

/**
 * PostgreSQL plans a list of unknown length anew at every execution, which costs more than finding one row. A single key
 * is planned once per connection, and again when the statistics change: a minute after the first file filled an empty table.
 */
const manyKeys = (columns: readonly string[]): string =>
  `unnest(${columns.map((_, index) => `$${index + 2}::text[]`).join(', ')}) as k (${columns.join(', ')})`;
const oneKey = (columns: readonly string[]): string =>
  `(select ${columns.map((column, index) => `$${index + 2}::text as ${column}`).join(', ')}) k`;

const VERSIONS_AT_ADDRESS = `
  cross join lateral (select distinct version from index_address where address = k.address limit ${MAX_ROWS}) a`;

/** Keys as they are stored: in lower case for bodies, in upper case for the national unique codes. */
function spelled(kinds: readonly EntryKind[], keys: readonly string[]): readonly (readonly [EntryKind, string])[] {
  const distinct = [...new Set(keys.map((key) => key.toLowerCase()))];
  return distinct.flatMap((key) =>
    kinds.flatMap((kind): readonly (readonly [EntryKind, string])[] => {
      if (kind === 'body') return [[kind, key]];
      // The key of an AOO without a unique code, and of a body's address, contains its body.
      if (key.includes('/')) return kind === 'aoo' || kind === 'pec' ? [[kind, key]] : [];
      return kind === 'pec' ? [] : [[kind, key.toUpperCase()]];
    }),
  );
}

function ceasedEntries(
  ask: Ask,
): Pick<IndexEntries, 'ceased' | 'ceasedOfBodies' | 'formerlyAt' | 'formerTowns' | 'townsNow'> {
  return {
    ceased: (kinds, keys) =>
      ask(
        'ceased',
        `select distinct on (e.kind, e.key) ${HELD_COLUMNS} from index_entry e
          where e.kind = any($1) and e.key = any($2) and ${CEASED}
          order by e.kind, e.key, e.version desc`,
        [kinds, bothSpellings(keys)],
      ),
    ceasedOfBodies: (bodies) =>
      ask(
        'ceased of bodies',
        `select distinct on (e.key) ${HELD_COLUMNS} from index_entry e
          where e.kind = 'aoo' and e.body_key = any($1) and ${CEASED}
          order by e.key, e.version desc limit ${MAX_ROWS}`,
        [bodies.map((body) => body.toLowerCase())],
      ),
    formerlyAt: (address) =>
      ask(
        'formerly at',
        `select ${HELD_COLUMNS} from index_address a join index_entry e on e.version = a.version
          where a.address = $1 and e.valid_to is not null order by e.version desc limit 100`,
        [address.toLowerCase()],
      ),
    formerTowns: (name) =>
      ask(
        'former towns',
        `select ${HELD_COLUMNS} from index_entry e
          where e.kind = 'municipality' and lower(e.municipality) = lower($1) order by e.version limit 100`,
        [name],
      ),
    townsNow: (istat, name) =>
      ask(
        'towns now',
        `select ${HELD_COLUMNS} from (
           (select * from index_entry b where b.kind = 'body' and b.valid_to is null and b.istat = $1 limit 1000)
           union all (select * from index_entry b where b.kind = 'body' and b.valid_to is null
             and lower(b.municipality) = lower($2) limit 1000)) e
          where ${IS_TOWN} order by e.version`,
        [istat, name],
      ),
  };
}

/** The body is a municipality itself, not only in one. */
const IS_TOWN = `(e.category = 'L6' or e.code ~* '^c_[a-z][0-9]{3}$' or (e.category is null and e.name ~* '^ *comune +d'))`;

const bothSpellings = (keys: readonly string[]): readonly string[] => [
  ...new Set(keys.flatMap((key) => [key.toLowerCase(), key.toUpperCase()])),
];

async function historyOf(ask: Ask, code: string): Promise<readonly EntryVersion[]> {
  const [body = '', aoo] = code.toLowerCase().split('/');
  const pairs = spelled(['body', 'aoo', 'office', 'pec', 'category', 'municipality'], [code]);
  const lists = [pairs.map(([kind]) => kind), pairs.map(([, key]) => key)];
  const byKey = await ask(
    'history',
    allVersions('unnest($1::text[], $2::text[]) as k (kind, key)', 'e.key = k.key'),
    lists,
  );
  const byCode =
    aoo === undefined
      ? []
      : await ask('history by code', allVersions(ONE_AOO, 'e.body_key = k.body and lower(e.code) = k.code'), [
          body,
          aoo,
        ]);
  const versions = new Map(
    [...byKey, ...byCode].map(({ layered, observed, bodyEnded, ...entry }) => [entry.version, entry]),
  );
  return [...versions.values()].toSorted((one, other) => one.version - other.version);
}

const ONE_AOO = `(select 'aoo' as kind, $1::text as body, $2::text as code) k`;

const allVersions = (from: string, where: string): string =>
  `select ${HELD_COLUMNS} from ${from} cross join lateral (
     (select * from index_entry e where e.kind = k.kind and ${where} and e.valid_to is null limit 1000)
     union all (select * from index_entry e where e.kind = k.kind and ${where} and e.valid_to is not null limit 1000)) e`;
