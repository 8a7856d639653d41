/** The search of the register: which condition leads, the page, and how many there are. */
import type pg from 'pg';
import { errorCode } from '../../../kernel/thrown.ts';
import { MOST_FOUND, type RegisterPage, type RegisterQuery } from '../../../service/queries/register-views.ts';
import { snapshot } from '../database/pool.ts';
import { FORM } from './list-page.ts';
import { readable } from './reader.ts';
import { type Condition, conditionsOf, dateAndDirection, KEY_COLUMNS } from './register-filters.ts';
import { type RegisterSqlRow, rowColumns, toRegisterRow } from './register-rows.ts';

/** A condition that fewer registrations fulfil may lead: so many are read and put in order in some tens of milliseconds. */
const MOST_LED = 5_000;
/** Longer than anybody waits; what takes so long is looked for too widely. */
const SEARCH_MS = 4_000;
/** Counting is worth less than the page it stands under. */
const COUNT_MS = 250;
const CANCELLED = '57014';

/**
 * A common word has its place in very many pages of the table: their list must not be cut to half the truth. And statistics
 * may be wrong about how soon a limit is reached: the whole register is never read for it.
 */
const PLANNED = "set local work_mem = '32MB'; set local jit = off; set local enable_seqscan = off";

const ORDER = 'registered_at desc, register desc, number desc';

export async function searchRegister(pool: pg.Pool, query: RegisterQuery): Promise<RegisterPage> {
  const after = query.cursor === null ? null : fromCursor(query.cursor);
  if (query.cursor !== null && after === null) return { items: [], cursor: null, total: null, forged: true };
  const asked: Asked = { query, after };
  try {
    const led = await inTime(pool, SEARCH_MS, (client) => ledSearch(client, asked));
    if (led !== null) return led;
    const page = await inTime(pool, SEARCH_MS, (client) => walk(client, asked));
    return { ...page, total: await inTime(pool, COUNT_MS, (client) => countWalking(client, asked)).catch(unlessLate) };
  } catch (error) {
    unlessLate(error);
    return { items: [], cursor: null, total: null, tooMany: true };
  }
}

interface Asked {
  readonly query: RegisterQuery;
  readonly after: readonly string[] | null;
}

const unlessLate = (error: unknown): null => {
  if (errorCode(error) === CANCELLED) return null;
  throw error;
};

const inTime = <T>(pool: pg.Pool, ms: number, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  snapshot(pool, async (client) => {
    await client.query(`set local statement_timeout = ${ms}; ${PLANNED}`);
    return work(client);
  });

/** Tries each condition in turn; null: all of them are common, or there is none. */
async function ledSearch(client: pg.PoolClient, asked: Asked): Promise<RegisterPage | null> {
  const { length } = conditions(asked).narrow;
  for (let leading = 0; leading < length; leading += 1) {
    const { values, value, base, narrow } = conditions(asked);
    const leader = narrow[leading] as Condition;
    const others = ['true', ...base, ...narrow.filter((one) => one !== leader).map((one) => one.check('keys'))];
    const most = value(MOST_LED + 1);
    const found = await client.query<RegisterSqlRow & { total: number; led: number }>(
      `with led as materialized (${leader.rows(most)}), found as materialized (
         select distinct ${KEY_COLUMNS} from led r where (select count(*) from led) <= ${MOST_LED} and ${others.join(' and ')}
       ), page as (select * from found r ${afterCursor(asked, value, 'where')} order by ${ORDER} limit ${value(asked.query.limit + 1)})
       select counted.*, shown.* from (select (select count(*) from found) as total, (select count(*) from led) as led) counted
         left join lateral (${rowColumns(asked.query.filter.text, value)} from page join registration r
           on r.aoo = page.aoo and r.register = page.register and r.year = page.year and r.number = page.number) shown on true
         order by shown.registered_at desc, shown.register desc, shown.number desc`,
      values,
    );
    const [first] = found.rows;
    if ((first?.led ?? 0) <= MOST_LED)
      return { ...pageOf(asked, found.rows.filter(isRow)), total: Math.min(first?.total ?? 0, MOST_FOUND + 1) };
  }
  return null;
}

/** Counts stand in a row of their own where nothing was found. */
const isRow = (row: { readonly number: number | null }): boolean => row.number !== null;

async function walk(client: pg.PoolClient, asked: Asked): Promise<Omit<RegisterPage, 'total'>> {
  const { values, value, base, narrow } = conditions(asked);
  const where = ['r.aoo = $1', ...base, ...narrow.map((one) => one.check('whole'))];
  const found = await client.query<RegisterSqlRow>(
    `with page as (select ${KEY_COLUMNS} from registration r where ${where.join(' and ')} ${afterCursor(asked, value, 'and')}
       order by r.registered_at desc, r.register desc, r.number desc limit ${value(asked.query.limit + 1)})
     ${rowColumns(asked.query.filter.text, value)} from page join registration r
        on r.aoo = page.aoo and r.register = page.register and r.year = page.year and r.number = page.number
      order by r.registered_at desc, r.register desc, r.number desc`,
    values,
  );
  return pageOf(asked, found.rows);
}

async function countWalking(client: pg.PoolClient, asked: Asked): Promise<number> {
  const { values, value, base, narrow } = conditions(asked);
  const where = ['r.aoo = $1', ...base, ...narrow.map((one) => one.check('whole'))];
  const { rows } = await client.query<{ count: number }>(
    `select count(*) from (select from registration r where ${where.join(' and ')}
       order by r.registered_at desc limit ${value(MOST_FOUND + 1)}) counted`,
    values,
  );
  return rows[0]?.count ?? 0;
}

/** Everything that is asked, with the parameters so far. What is reserved is not there for others, whatever else is asked. */
function conditions({ query }: Asked) {
  const values: unknown[] = [query.aoo];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const when = dateAndDirection(query.filter, value);
  const seen = query.reader.all ? [readable('r', query.reader, value)] : [];
  return { values, value, base: [...when, ...seen], narrow: conditionsOf(query, value, when) };
}

const afterCursor = ({ after }: Asked, value: (given: unknown) => string, word: 'where' | 'and'): string =>
  after === null
    ? ''
    : `${word} (r.registered_at, r.register, r.number) < (${value(after[0])}::timestamptz, ${value(after[1])}, ${value(after[2])}::bigint)`;

function pageOf({ query: { limit } }: Asked, rows: readonly RegisterSqlRow[]): Omit<RegisterPage, 'total'> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(toRegisterRow),
    cursor: last === undefined ? null : toCursor([last.at, last.register, String(last.number)]),
  };
}

const toCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

const KEYS = [FORM.timestamptz, FORM.text, FORM.bigint];
function fromCursor(cursor: string): readonly string[] | null {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isOurs = Array.isArray(keys) && keys.length === KEYS.length;
    return isOurs && KEYS.every((form, at) => typeof keys[at] === 'string' && form.test(keys[at])) ? keys : null;
  } catch {
    return null;
  }
}
