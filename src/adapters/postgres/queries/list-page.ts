/**
 * Lists go from the newest item to the oldest. A cursor is the sort key of the last item shown, so a page costs the same
 * anywhere in the list.
 */
import type pg from 'pg';
import type { Reader } from '../../../service/people/rights.ts';
import type { ListFilter, ListQuery, Page } from '../../../service/queries/views.ts';
import type { Placed } from './reader.ts';

/** A list and its order: columns, sorted descending, that are unique together. */
export interface List {
  readonly select: string;
  readonly alias: string;
  readonly keys: readonly (readonly [column: string, type: keyof typeof FORM, shownAs: string])[];
  readonly where?: string;
  readonly filters?: Filters;
  /** What a reader sees of it. */
  readonly readable: (alias: string, reader: Reader, value: Placed) => string;
}

/**
 * The condition for each filter the list knows; the others are ignored. `value`: its parameter, such as `$2`; `given`: what it
 * is; `office`: whose rows are asked for, a parameter, too.
 */
export type Filters = {
  readonly [name in keyof ListFilter]: (value: string, given: string, office: string) => string;
};

/** Keys and cursors come from outside: PostgreSQL is asked only with what it can read. */
export const FORM = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/,
  text: /^[^\0]*$/,
  bigint: /^\d{1,15}$/,
} as const;

/** `read`: the item of a row, and its sort key. */
export async function readPage<Row extends pg.QueryResultRow, T>(
  pool: pg.Pool,
  query: ListQuery,
  list: List,
  read: (row: Row) => [T, readonly string[]],
): Promise<Page<T>> {
  const after = query.cursor === null ? null : fromCursor(query.cursor, list.keys);
  if (query.cursor !== null && after === null) return { items: [], cursor: null, forged: true };
  const { text, values } = statement(query, list, after);
  const found = await pool.query<Row>(text, values);
  const rows = found.rows.slice(0, query.limit).map(read);
  const last = found.rows.length > query.limit ? rows.at(-1) : undefined;
  return { items: rows.map(([item]) => item), cursor: last === undefined ? null : toCursor(last[1]) };
}

/** Asks for one row more than the page shows: it tells whether there is a next page. */
function statement(
  { aoo, filter, reader, limit }: ListQuery,
  list: List,
  after: readonly string[] | null,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const office = aoo === null ? 'office.aoo' : value(aoo);
  const where = [`${list.alias}.aoo = ${office}`];
  if (list.where !== undefined) where.push(list.where);
  if (reader !== undefined) where.push(list.readable(list.alias, reader, value));
  for (const [name, wanted] of Object.entries(filter ?? {})) {
    const condition = list.filters?.[name as keyof ListFilter];
    if (condition !== undefined && wanted !== undefined) where.push(condition(value(wanted), wanted, office));
  }
  if (after !== null) {
    const shown = list.keys.map(([, type], index) => `${value(after[index])}::${type}`);
    where.push(`(${list.keys.map(([column]) => column).join(', ')}) < (${shown.join(', ')})`);
  }
  const rows = value(limit + 1);
  const ofOne = `${list.select} where ${where.join(' and ')}
    order by ${list.keys.map(([column]) => `${column} desc`).join(', ')} limit ${rows}`;
  if (aoo !== null) return { text: ofOne, values };
  // Every index begins with the office, so each office gives its newest rows, and these are merged.
  const merged = list.keys.map(([, type, shown]) => `newest.${shown}::${type} desc`).join(', ');
  const text = `select newest.* from aoo office cross join lateral (${ofOne}) newest order by ${merged} limit ${rows}`;
  return { text, values };
}

const toCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function fromCursor(cursor: string, keys: List['keys']): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(values) || values.length !== keys.length) return null;
    const fits = keys.every(([, type], index) => typeof values[index] === 'string' && FORM[type].test(values[index]));
    return fits ? values : null;
  } catch {
    return null;
  }
}
