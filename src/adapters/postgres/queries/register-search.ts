/** The search of the register: which condition leads, the page, and how many there are. */
import type pg from 'pg';
import { typedNumber } from '../../../domain/register/search-words.ts';
import { errorCode } from '../../../kernel/thrown.ts';
import {
  type HitPage,
  MOST_FOUND,
  type RegisterPage,
  type RegisterQuery,
  type RegisterRow,
} from '../../../service/queries/register-views.ts';
import { snapshot } from '../database/pool.ts';
import type { Placed } from './reader.ts';
import { readable } from './reader.ts';
import { fromRegisterCursor, type RegisterPlace, toRegisterCursor } from './register-cursor.ts';
import {
  type Condition,
  conditionsOf,
  dateAndDirection,
  KEY_COLUMNS,
  mayBeCommon,
  type Spelling,
} from './register-filters.ts';
import { type RegisterSqlRow, rowColumns, toRegisterRow } from './register-rows.ts';
import { foundTexts, type WithTexts } from './register-texts.ts';
import { similarQuery } from './words.ts';

/** A condition that fewer registrations fulfil may lead: so many are read and put in order in some tens of milliseconds. */
const MOST_LED = 5_000;
/** What stands in every tenth registration fills a page from these, and its long lists are never read. */
const LOOKED_AT = 300;
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

const ORDER = 'registered_at desc, register desc, year desc, number desc';
const ORDER_OF_R = 'r.registered_at desc, r.register desc, r.year desc, r.number desc';

/** How a registration that was found is shown: columns of `registration r`, among them those of its place. */
export interface Shown<SqlRow, Row> {
  readonly columns: (text: string | undefined, value: Placed) => string;
  readonly read: (row: SqlRow) => Row;
}
/** The columns that every row has. */
export interface PlacedRow {
  readonly at: string;
  readonly register: string;
  readonly year: number;
  readonly number: number;
}

const AS_LINES: Shown<RegisterSqlRow, RegisterRow> = { columns: rowColumns, read: toRegisterRow };

export const searchRegister = (pool: pg.Pool, query: RegisterQuery): Promise<RegisterPage> =>
  searchShowing(pool, query, AS_LINES);

export async function searchShowing<SqlRow extends PlacedRow, Row>(
  pool: pg.Pool,
  query: RegisterQuery,
  shown: Shown<SqlRow, Row>,
): Promise<HitPage<WithTexts<Row>>> {
  const after = query.cursor === null ? null : fromRegisterCursor(query.cursor);
  if (query.cursor !== null && after === null) return { ...NOTHING, forged: true };
  const asked: Asked<SqlRow, Row> = { query, after, shown, spelling: after?.spelling ?? 'typed' };
  try {
    if (await isTooCommon(pool, query)) return { ...NOTHING, tooCommon: true };
    if (asked.spelling === 'similar') {
      const similar = await similarPage(pool, asked);
      return similar === null ? { ...NOTHING, tooMany: true } : { ...similar, similar: true };
    }
    const found = await pageFor(pool, asked);
    if (found.items.length > 0 || after !== null || !mayBeMeant(query.filter.text)) return found;
    const similar = await similarPage(pool, asked);
    return similar === null || similar.items.length === 0 ? found : { ...similar, similar: true };
  } catch (error) {
    unlessLate(error);
    return { ...NOTHING, tooMany: true };
  }
}

/** Whether words that differ by a letter are worth a look. */
const mayBeMeant = (text: string | undefined): boolean => text !== undefined && similarQuery(text, () => '') !== null;

const NOTHING = { items: [], cursor: null, total: null } as const;

interface Asked<SqlRow, Row> {
  readonly query: RegisterQuery;
  readonly after: RegisterPlace | null;
  readonly shown: Shown<SqlRow, Row>;
  readonly spelling: Spelling;
}

const unlessLate = (error: unknown): null => {
  if (errorCode(error) === CANCELLED) return null;
  throw error;
};

/** "di", "per la": they are in no index of stems, and nearly everywhere. */
async function isTooCommon(pool: pg.Pool, { filter: { text } }: RegisterQuery): Promise<boolean> {
  if (text === undefined || typedNumber(text) !== null || !/\p{L}/u.test(text)) return false;
  return inTime(pool, SEARCH_MS, async (client) => {
    const { rows } = await client.query<{ empty: boolean }>('select numnode(italian_query($1::text)) = 0 as empty', [
      text,
    ]);
    return rows[0]?.empty === true;
  });
}

async function pageFor<SqlRow extends PlacedRow, Row>(
  pool: pg.Pool,
  asked: Asked<SqlRow, Row>,
): Promise<HitPage<WithTexts<Row>>> {
  const { filter, counted = true } = asked.query;
  const newest = mayBeCommon(filter) ? await inTime(pool, SEARCH_MS, (client) => walk(client, asked, LOOKED_AT)) : null;
  // Without a next page there may be more among the older ones.
  const isFull = newest !== null && newest.cursor !== null;
  const led = isFull ? null : await inTime(pool, SEARCH_MS, (client) => ledSearch(client, asked));
  if (led !== null) return led;
  const page = isFull ? newest : await inTime(pool, SEARCH_MS, (client) => walk(client, asked, null));
  const total = counted
    ? await inTime(pool, COUNT_MS, (client) => countWalking(client, asked)).catch(unlessLate)
    : null;
  return { ...page, total };
}

/**
 * Words with a slip are some hundred look-ups, which the planner takes for a reason to read the register instead: it has its
 * index of words alone. Null: so many have them that it is not worth saying.
 */
const similarPage = <SqlRow extends PlacedRow, Row>(pool: pg.Pool, asked: Asked<SqlRow, Row>) =>
  inTime(pool, SEARCH_MS, async (client) => {
    await client.query(
      'set local enable_indexscan = off; set local enable_indexonlyscan = off; set local random_page_cost = 0.001',
    );
    return ledSearch(client, { ...asked, spelling: 'similar' });
  });

const inTime = <T>(pool: pg.Pool, ms: number, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  snapshot(pool, async (client) => {
    await client.query(`set local statement_timeout = ${ms}; ${PLANNED}`);
    return work(client);
  });

/** Tries each condition in turn; null: all of them are common, or there is none. */
async function ledSearch<SqlRow extends PlacedRow, Row>(
  client: pg.PoolClient,
  asked: Asked<SqlRow, Row>,
): Promise<HitPage<WithTexts<Row>> | null> {
  const { length } = conditions(asked).narrow;
  for (let leading = 0; leading < length; leading += 1) {
    const { values, value, base, narrow } = conditions(asked);
    const leader = narrow[leading] as Condition;
    const others = ['true', ...base, ...narrow.filter((one) => one !== leader).map((one) => one.check('keys'))];
    const most = value(MOST_LED + 1);
    const found = await client.query<SqlRow & { total: number; led: number }>(
      `with led as materialized (${leader.rows(most)}), found as materialized (
         select distinct ${KEY_COLUMNS} from led r where (select count(*) from led) <= ${MOST_LED} and ${others.join(' and ')}
       ), page as (select * from found r ${afterCursor(asked, value, 'where')} order by ${ORDER} limit ${value(asked.query.limit + 1)})
       select counted.*, shown.* from (select (select count(*) from found) as total, (select count(*) from led) as led) counted
         left join lateral (select ${asked.shown.columns(asked.query.filter.text, value)}, r.registered_at from page join registration r
           on r.aoo = page.aoo and r.register = page.register and r.year = page.year and r.number = page.number) shown on true
         order by shown.registered_at desc, shown.register desc, shown.year desc, shown.number desc`,
      values,
    );
    const [first] = found.rows;
    if ((first?.led ?? 0) > MOST_LED) continue;
    const page = await pageOf(client, asked, found.rows.filter(isRow));
    return { ...page, total: Math.min(first?.total ?? 0, MOST_FOUND + 1) };
  }
  return null;
}

/** Counts stand in a row of their own where nothing was found. */
const isRow = (row: { readonly number: number | null }): boolean => row.number !== null;

/** From the newest on, as long as the page is not full; `most`: so many are looked at, whatever is found; null: all. */
async function walk<SqlRow extends PlacedRow, Row>(
  client: pg.PoolClient,
  asked: Asked<SqlRow, Row>,
  most: number | null,
): Promise<Omit<HitPage<WithTexts<Row>>, 'total'>> {
  const { values, value, base, narrow } = conditions(asked);
  const where = ['r.aoo = $1', ...base];
  const after = afterCursor(asked, value, 'and');
  const fits = narrow.map((one) => one.check('whole'));
  const from =
    most === null
      ? `registration r where ${[...where, ...fits].join(' and ')} ${after}`
      : `(select * from registration r where ${where.join(' and ')} ${after} order by ${ORDER_OF_R} limit ${most}) r
          where ${['true', ...fits].join(' and ')}`;
  const found = await client.query<SqlRow>(
    `with page as materialized (select ${KEY_COLUMNS} from ${from} order by ${ORDER_OF_R} limit ${value(asked.query.limit + 1)})
     select ${asked.shown.columns(asked.query.filter.text, value)} from page join registration r
        on r.aoo = page.aoo and r.register = page.register and r.year = page.year and r.number = page.number
      order by ${ORDER_OF_R}`,
    values,
  );
  return pageOf(client, asked, found.rows);
}

async function countWalking<SqlRow, Row>(client: pg.PoolClient, asked: Asked<SqlRow, Row>): Promise<number> {
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
function conditions<SqlRow, Row>({ query, spelling }: Asked<SqlRow, Row>) {
  const values: unknown[] = [query.aoo];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const when = dateAndDirection(query.filter, value);
  const seen = query.reader.all ? [readable('r', query.reader, value)] : [];
  return { values, value, base: [...when, ...seen], narrow: conditionsOf(query, spelling, value, when) };
}

const afterCursor = <SqlRow, Row>(
  { after }: Asked<SqlRow, Row>,
  value: (given: unknown) => string,
  word: 'where' | 'and',
): string =>
  after === null
    ? ''
    : `${word} (r.registered_at, r.register, r.year, r.number) < (${value(after.at)}::timestamptz, ${value(after.register)}::text,
        ${value(after.year)}::int, ${value(after.number)}::bigint)`;

async function pageOf<SqlRow extends PlacedRow, Row>(
  client: pg.PoolClient,
  { query, shown, spelling }: Asked<SqlRow, Row>,
  rows: readonly SqlRow[],
): Promise<Omit<HitPage<WithTexts<Row>>, 'total'>> {
  const items = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? items.at(-1) : undefined;
  const texts = await foundTexts(client, query, items);
  return {
    items: items.map((row) => ({ ...shown.read(row), foundTexts: texts(row) })),
    cursor: last === undefined ? null : toRegisterCursor({ ...last, spelling }),
  };
}
