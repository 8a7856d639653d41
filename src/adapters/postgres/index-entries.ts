import type pg from 'pg';
import type { SearchKind, SearchRow } from '../../domain/index/search-index.ts';
import type { EntryKind } from '../../kernel/index-keys.ts';
import type { Criteria, HeldEntry, IndexEntries, IndexHistory } from '../../service/index/ports.ts';
import { toVersion, type VersionRow, versionColumns } from './index-columns.ts';
import { INDEX_CHANNEL } from './index-imports.ts';
import { listen } from './listen.ts';

/** The newer layouts name a municipality by its codes alone: the name is that of the body which is that municipality. */
const MUNICIPALITY = `coalesce(e.municipality,
  (select p.name from index_place p where p.cadastral = e.cadastral limit 1),
  (select p.name from index_place p where p.istat = e.istat limit 1))`;
const COLUMNS = `${versionColumns('e').replace('e.municipality', `${MUNICIPALITY} as municipality`)},
  exists (select from index_layer l where l.body = e.body_key) as layered,
  exists (select from index_observation o where o.body = e.body_key) as observed`;

type HeldRow = VersionRow & Pick<HeldEntry, 'layered' | 'observed'>;
const toHeld = (row: HeldRow): HeldEntry => ({ ...toVersion(row), layered: row.layered, observed: row.observed });
const MOST_ROWS = 5_000;
/** More rows than the national index has of any kind. */
const MOST_MET = 500_000;
const PAGE = 1_000;

/**
 * Rows that meet `where` for each of the keys that `from` lists, as they hold now or held on a day ($1). Key by key,
 * whatever the planner believes of a table that an import has just filled: each half has an index of its own.
 */
function holding(from: string, where: string, day: string | null): string {
  const rows = (validity: string): string =>
    `(select * from index_entry e where ${where} and ${validity} limit ${MOST_ROWS})`;
  const held =
    day === null
      ? rows('e.valid_to is null and $1::date is null')
      : `(${rows('e.valid_to is null and e.valid_from <= $1')} union all ${rows('e.valid_to > $1 and e.valid_from <= $1')})`;
  return `select ${COLUMNS} from ${from} cross join lateral ${held} e`;
}

/**
 * A list of unknown length is planned anew at every execution, which costs more than finding one row; one key is planned
 * once for a connection, and again when the statistics change: a minute after the first file has filled an empty table.
 */
const manyKeys = (columns: readonly string[]): string =>
  `unnest(${columns.map((_, index) => `$${index + 2}::text[]`).join(', ')}) as k (${columns.join(', ')})`;
const oneKey = (columns: readonly string[]): string =>
  `(select ${columns.map((column, index) => `$${index + 2}::text as ${column}`).join(', ')}) k`;

const ONE_AOO = `(select 'aoo' as kind, $1::text as body, $2::text as code) k`;
const EVERY = (from: string, where: string): string =>
  `select ${COLUMNS} from ${from} cross join lateral (
     (select * from index_entry e where e.kind = k.kind and ${where} and e.valid_to is null limit 1000)
     union all (select * from index_entry e where e.kind = k.kind and ${where} and e.valid_to is not null limit 1000)) e`;

export function indexEntries(pool: pg.Pool): IndexEntries & IndexHistory {
  /** Statements are prepared once per connection: exact look-ups are asked for every message. */
  const ask = async (name: string, text: string, values: readonly unknown[]): Promise<readonly HeldEntry[]> => {
    if (values.some((value) => Array.isArray(value) && value.length === 0)) return [];
    const { rows } = await pool.query<HeldRow>({ name: `index ${name}`, text, values: [...values] });
    return rows.map(toHeld);
  };
  /** `lists`: a list for each of the `columns`; together, row by row, they are the keys. */
  const dated = (
    name: string,
    columns: readonly string[],
    where: string,
    day: string | null,
    lists: readonly (readonly string[])[],
    through = '',
  ) => {
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
      return dated('by key', ['kind', 'key'], 'e.kind = k.kind and e.key = k.key', day, lists);
    },
    byAooCodes: (pairs, day) =>
      dated('by code', ['body', 'code'], `e.kind = 'aoo' and e.body_key = k.body and lower(e.code) = k.code`, day, [
        pairs.map(({ body }) => body.toLowerCase()),
        pairs.map(({ code }) => code.toLowerCase()),
      ]),
    ofBodies: (kind, bodies, day) =>
      dated('of bodies', ['kind', 'body'], 'e.kind = k.kind and e.body_key = k.body', day, [
        bodies.map(() => kind),
        bodies.map((body) => body.toLowerCase()),
      ]),
    byTaxCodes: (codes, day) =>
      dated('by tax code', ['code'], `e.kind = 'body' and e.tax_code = k.code`, day, [
        codes.map((code) => code.toUpperCase()),
      ]),
    byAddresses: (addresses, day) =>
      dated(
        'by address',
        ['address'],
        'e.version = a.version',
        day,
        [addresses.map((address) => address.toLowerCase())],
        OF_ADDRESS,
      ),
    byVersions: (versions) =>
      ask('by version', `select ${COLUMNS} from index_entry e where e.version = any($1)`, [versions]),
    ceased: (kinds, keys) =>
      ask(
        'ceased',
        `select distinct on (e.kind, e.key) ${COLUMNS} from index_entry e
          where e.kind = any($1) and e.key = any($2) and e.valid_to is not null
            and not exists (select from index_entry n where n.kind = e.kind and n.key = e.key and n.valid_to is null)
          order by e.kind, e.key, e.version desc`,
        [kinds, spellings(keys)],
      ),
    ceasedOfBodies: (bodies) =>
      ask(
        'ceased of bodies',
        `select distinct on (e.key) ${COLUMNS} from index_entry e
          where e.kind = 'aoo' and e.body_key = any($1) and e.valid_to is not null
            and not exists (select from index_entry n where n.kind = e.kind and n.key = e.key and n.valid_to is null)
          order by e.key, e.version desc limit ${MOST_ROWS}`,
        [bodies.map((body) => body.toLowerCase())],
      ),
    formerlyAt: (address) =>
      ask(
        'formerly at',
        `select ${COLUMNS} from index_address a join index_entry e on e.version = a.version
          where a.address = $1 and e.valid_to is not null order by e.version desc limit 100`,
        [address.toLowerCase()],
      ),
    async history(code) {
      const [body = '', aoo] = code.toLowerCase().split('/');
      const pairs = spelled(['body', 'aoo', 'office', 'pec', 'category'], [code]);
      const values = [pairs.map(([kind]) => kind), pairs.map(([, key]) => key)];
      const found = [
        ...(await ask('history', EVERY('unnest($1::text[], $2::text[]) as k (kind, key)', 'e.key = k.key'), values)),
        ...(aoo === undefined
          ? []
          : await ask('history by code', EVERY(ONE_AOO, 'e.body_key = k.body and lower(e.code) = k.code'), [
              body,
              aoo,
            ])),
      ];
      const versions = new Map(found.map(({ layered, observed, ...entry }) => [entry.version, entry]));
      return [...versions.values()].toSorted((one, other) => one.version - other.version);
    },
    find: async (criteria, after, limit) => {
      const { text, values } = findStatement(criteria, after, limit);
      const { rows } = await pool.query<HeldRow>(text, values);
      return rows.map(toHeld);
    },
    async lastVersionsOf(criteria) {
      const { text, values } = findStatement(criteria, 0, MOST_MET);
      const last = `select max(e.version) as version from (${text}) met join index_entry e using (kind, key) group by kind, key`;
      const { rows } = await pool.query<{ version: number }>(
        criteria.day === null ? `select version from (${text}) met` : last,
        values,
      );
      return new Set(rows.map(({ version }) => version));
    },
    searchRows: (kind) => searchRows(pool, kind),
    onChanged: (listener) =>
      listen(pool, INDEX_CHANNEL, (payload) =>
        listener(payload === '' ? 'unknown' : payload === 'layer' ? 'layer' : 'import'),
      ),
  };
}

/** As keys are written: in lower case for bodies, in upper case for the nation's unique codes. */
function spelled(kinds: readonly EntryKind[], keys: readonly string[]): readonly (readonly [EntryKind, string])[] {
  const distinct = [...new Set(keys.map((key) => key.toLowerCase()))];
  return distinct.flatMap((key) =>
    kinds.flatMap((kind): readonly (readonly [EntryKind, string])[] => {
      if (kind === 'body') return [[kind, key]];
      // An AOO whose unique code is not known, or a body's address, is written with its body.
      if (key.includes('/')) return kind === 'aoo' || kind === 'pec' ? [[kind, key]] : [];
      return kind === 'pec' ? [] : [[kind, key.toUpperCase()]];
    }),
  );
}

const spellings = (keys: readonly string[]): readonly string[] => [
  ...new Set(keys.flatMap((key) => [key.toLowerCase(), key.toUpperCase()])),
];

const OF_ADDRESS = `
  cross join lateral (select distinct version from index_address where address = k.address limit ${MOST_ROWS}) a`;

/** What holds of the region's layer on a day for one field of an entry: its own, else its body's. */
const layerValue = (field: string, day: string): string => `(
  select l.value from index_layer l
   where l.body = e.body_key and l.field = '${field}' and l.valid_from <= ${day}
     and (l.valid_to is null or l.valid_to > ${day})
     and (l.aoo = '' or (e.kind <> 'body' and l.aoo in (lower(e.code), lower(e.uni_code))))
   order by l.aoo = '', l.seq desc limit 1)`;

/** What holds, and of what no longer does the last version: a row's versions follow one another. */
const LAST = `(e.valid_to is null or not exists (select from index_entry n
  where n.kind = e.kind and n.key = e.key and n.version > e.version))`;

function findStatement(criteria: Criteria, after: number, limit: number): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const where = [`e.kind = any(${value(criteria.kinds)}::text[])`, `e.version > ${value(after)}`];
  const { day } = criteria;
  if (day === null) where.push(criteria.ceased ? LAST : 'e.valid_to is null');
  else {
    const on = value(day);
    where.push(`e.valid_from <= ${on} and (e.valid_to is null or e.valid_to > ${on})`);
  }
  if (criteria.versions !== undefined) where.push(`e.version = any(${value(criteria.versions)})`);
  if (criteria.address !== undefined) {
    const address = value(criteria.address.toLowerCase());
    where.push(`e.version = any(array(select version from index_address where address = ${address}))`);
  }
  const plain: readonly (readonly [string, string | undefined])[] = [
    ['e.body_key', criteria.body?.toLowerCase()],
    ['lower(e.code)', criteria.code?.toLowerCase()],
    ['e.uni_code', criteria.uniCode?.toUpperCase()],
    ['e.tax_code', criteria.taxCode?.toUpperCase()],
    ['e.istat', criteria.istat],
    ['e.cadastral', criteria.cadastral?.toUpperCase()],
    ['e.province', criteria.province?.toUpperCase()],
    ['lower(e.region)', criteria.region?.toLowerCase()],
  ];
  for (const [column, wanted] of plain) if (wanted !== undefined) where.push(`${column} = ${value(wanted)}`);
  if (criteria.municipality !== undefined) {
    const name = value(criteria.municipality.toLowerCase());
    where.push(`(lower(e.municipality) = ${name} or (e.municipality is null
      and e.cadastral in (select p.cadastral from index_place p where lower(p.name) = ${name})))`);
  }
  if (criteria.category !== undefined) {
    const category = value(criteria.category.toUpperCase());
    where.push(`case e.kind when 'body' then e.category = ${category} else exists (select from index_entry b
      where b.kind = 'body' and b.key = e.body_key and b.valid_to is null and b.category = ${category}) end`);
  }
  if (criteria.network !== undefined) {
    const network = value(criteria.network.toLowerCase());
    const today = day === null ? 'current_date' : `${value(day)}::date`;
    where.push(`e.body_key in (select body from index_layer where field = 'network')
      and lower(${layerValue('network', today)} #>> '{}') = ${network}`);
  }
  return {
    // What meets the criteria is found first, then put in order: an index of the criteria beats walking in order.
    text: `with met as materialized (select e.version from index_entry e where ${where.join(' and ')})
      select ${COLUMNS} from (select version from met order by version limit ${value(limit)}) page
        join index_entry e on e.version = page.version order by e.version`,
    values,
  };
}

interface SearchRowRow {
  key: string;
  version: number;
  kind: SearchKind;
  body_key: string;
  name: string;
  acronym: string | null;
  municipality: string | null;
  province: string | null;
  region: string | null;
  category: string | null;
  istat: string | null;
  cadastral: string | null;
}

const SEARCH_COLUMNS = `e.version, e.kind, e.key, e.body_key, e.name, e.more ->> 'acronimo' as acronym,
  ${MUNICIPALITY} as municipality, e.province, e.region, e.category, e.istat, e.cadastral`;
const SEARCH_PAGES = {
  current: `select ${SEARCH_COLUMNS} from index_entry e
             where e.kind = $1 and e.key > $2 and e.valid_to is null order by e.key limit ${PAGE}`,
  ceased: `select distinct on (e.key) ${SEARCH_COLUMNS} from index_entry e
            where e.kind = $1 and e.key > $2 and e.valid_to is not null
              and not exists (select from index_entry n where n.kind = e.kind and n.key = e.key and n.valid_to is null)
            order by e.key, e.version desc limit ${PAGE}`,
} as const;

/** In pages, each a statement of its own: no transaction stays open while others work. */
async function* searchRows(pool: pg.Pool, kind: SearchKind): AsyncGenerator<readonly SearchRow[]> {
  for (const state of ['current', 'ceased'] as const) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: pg.QueryResult<SearchRowRow> = await pool.query({ text: SEARCH_PAGES[state], values: [kind, after] });
      after = page.rows.at(-1)?.key;
      yield page.rows.map((row) => ({
        version: row.version,
        kind: row.kind,
        bodyKey: row.body_key,
        name: row.name,
        acronym: row.acronym,
        municipality: row.municipality,
        province: row.province,
        region: row.region,
        category: row.category,
        istat: row.istat,
        cadastral: row.cadastral,
        ceased: state === 'ceased',
      }));
    }
  }
}
