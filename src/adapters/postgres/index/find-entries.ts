/** Entries by criteria, page by page. */
import type pg from 'pg';
import type { Criteria, HeldEntry } from '../../../service/index/ports.ts';
import { HELD_COLUMNS, type HeldRow, toHeld } from './held-rows.ts';

/** More rows than the national index has of any kind. */
const MAX_MATCHES = 500_000;

/** In the order of their versions, those after `after`. */
export async function findEntries(
  pool: pg.Pool,
  criteria: Criteria,
  after: number,
  limit: number,
): Promise<readonly HeldEntry[]> {
  const { text, values } = findStatement(criteria, after, limit);
  const { rows } = await pool.query<HeldRow>(text, values);
  return rows.map(toHeld);
}

/** The last versions of the rows that meet the criteria: the search index in memory knows those. */
export async function lastVersionsOf(pool: pg.Pool, criteria: Criteria): Promise<ReadonlySet<number>> {
  const { text, values } = findStatement(criteria, 0, MAX_MATCHES);
  const { rows } = await pool.query<{ version: number }>(
    criteria.day === null
      ? `select version from (${text}) met`
      : `select max(e.version) as version from (${text}) met join index_entry e using (kind, key) group by kind, key`,
    values,
  );
  return new Set(rows.map(({ version }) => version));
}

/** The value of a layer field that an entry has on a day: its own, else its body's. */
const layerValue = (field: string, day: string): string => `(
  select l.value from index_layer l
   where l.body = e.body_key and l.field = '${field}' and l.valid_from <= ${day}
     and (l.valid_to is null or l.valid_to > ${day})
     and (l.aoo = '' or (e.kind <> 'body' and l.aoo in (lower(e.code), lower(e.uni_code))))
   order by l.aoo = '', l.seq desc limit 1)`;

/** The current version of a row, or the last one of a row that has ceased. */
const CURRENT_OR_LAST = `(e.valid_to is null or not exists (select from index_entry n
  where n.kind = e.kind and n.key = e.key and n.version > e.version))`;

interface Conditions {
  readonly where: string[];
  /** Adds a value to the statement's parameters and returns its place there, such as `$3`. */
  readonly value: (given: unknown) => string;
}

function findStatement(criteria: Criteria, after: number, limit: number): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const where = [`e.kind = any(${value(criteria.kinds)}::text[])`, `e.version > ${value(after)}`];
  const conditions = { where, value };
  addValidity(criteria, conditions);
  addColumns(criteria, conditions);
  addMunicipality(criteria, conditions);
  addCategory(criteria, conditions);
  addNetwork(criteria, conditions);
  return {
    // Materialized: an index on a criterion beats walking the versions in order.
    text: `with met as materialized (select e.version from index_entry e where ${where.join(' and ')})
      select ${HELD_COLUMNS} from (select version from met order by version limit ${value(limit)}) page
        join index_entry e on e.version = page.version order by e.version`,
    values,
  };
}

function addValidity({ day, ceased }: Criteria, { where, value }: Conditions): void {
  if (day === null) {
    where.push(ceased ? CURRENT_OR_LAST : 'e.valid_to is null');
    return;
  }
  const on = value(day);
  where.push(`e.valid_from <= ${on} and (e.valid_to is null or e.valid_to > ${on})`);
}

function addColumns(criteria: Criteria, { where, value }: Conditions): void {
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
}

function addMunicipality({ municipality }: Criteria, { where, value }: Conditions): void {
  if (municipality === undefined) return;
  const name = value(municipality.toLowerCase());
  where.push(`(lower(e.municipality) = ${name} or (e.municipality is null
    and e.cadastral in (select p.cadastral from index_place p where lower(p.name) = ${name})))`);
}

/** The category is written with the body alone. */
function addCategory(criteria: Criteria, { where, value }: Conditions): void {
  if (criteria.category === undefined) return;
  const category = value(criteria.category.toUpperCase());
  where.push(`case e.kind when 'body' then e.category = ${category} else exists (select from index_entry b
    where b.kind = 'body' and b.key = e.body_key and b.valid_to is null and b.category = ${category}) end`);
}

function addNetwork(criteria: Criteria, { where, value }: Conditions): void {
  if (criteria.network === undefined) return;
  const network = value(criteria.network.toLowerCase());
  const day = criteria.day === null ? 'current_date' : `${value(criteria.day)}::date`;
  where.push(`e.body_key in (select body from index_layer where field = 'network')
    and lower(${layerValue('network', day)} #>> '{}') = ${network}`);
}
