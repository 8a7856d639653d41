/**
 * What is covered more than once: an exchange and a mail are linked as they go on. An earlier claim must fit the row as it is
 * now but for its links: whoever may append a record must not make an altered row sound by having it covered anew.
 *
 * - The registration of an exchange is set once. Its mail may be another until then: a refused message comes again, mended.
 * - A mail may be settled anew, and then belong to another exchange.
 */
import type pg from 'pg';
import {
  COVERED,
  type CoveredTable,
  differences,
  markAt,
  markOf,
  type RowClaim,
  type RowValues,
} from '../office/covered-rows.ts';

export interface EarlierClaim {
  readonly claim: RowClaim;
  readonly row: RowValues;
}

type LinkedTable = 'exchange' | 'mail';
interface Links {
  readonly column: string;
  readonly to: LinkedTable;
  /** Set once, together; the link is open until then. */
  readonly once: readonly string[];
}
const LINKS: Readonly<Record<LinkedTable, Links>> = {
  exchange: { column: 'mail_id', to: 'mail', once: ['register', 'year', 'number'] },
  mail: { column: 'exchange_id', to: 'exchange', once: [] },
};
/** Keys that are tried at a time. */
const PAGE = 5_000;

/** Rows of the other tables are written once: one claim each. */
export const isLinked = (table: CoveredTable): table is LinkedTable => table === 'exchange' || table === 'mail';

/** The earlier claims that the rows cannot have come from, with the columns that do not fit. */
export async function unlawfulLinks(
  client: pg.PoolClient,
  aoo: string,
  table: LinkedTable,
  earlier: readonly EarlierClaim[],
): Promise<readonly (EarlierClaim & { readonly columns: readonly string[] })[]> {
  const { column, to, once } = LINKS[table];
  const place = COVERED[table].columns.indexOf(column);
  const left = new Set(earlier.filter(({ claim, row }) => !fits(claim, row, [[column], once, [column, ...once]])));
  // The digest has to fit, so that it does not matter who put the candidates there: only which link there was is tried.
  for await (const id of left.size === 0 ? [] : idsOf(client, aoo, to)) {
    const mark = markOf(JSON.stringify(id));
    for (const one of left) {
      if (markAt(one.claim, place) !== mark) continue;
      if (differences(one.claim, linkedAs(one.claim, one.row, [...nulls(once), [column, id]])).length === 0)
        left.delete(one);
    }
    if (left.size === 0) break;
  }
  return [...left].map((one) => ({ ...one, columns: columnsOf(one, [column, ...once]) }));
}

const fits = (claim: RowClaim, row: RowValues, open: readonly (readonly string[])[]): boolean =>
  [[], ...open].some((columns) => differences(claim, linkedAs(claim, row, nulls(columns))).length === 0);

const nulls = (columns: readonly string[]): readonly (readonly [string, null])[] => columns.map((name) => [name, null]);

/** The row as it would be with these links. */
function linkedAs([table]: RowClaim, { row, documents }: RowValues, links: readonly (readonly [string, unknown])[]) {
  const values = new Map(COVERED[table].columns.map((name, at) => [name, row[at]]));
  for (const [name, value] of links) values.set(name, value);
  return { row: [...values.values()], documents };
}

/** A link that was not there yet is no fault. */
function columnsOf({ claim, row }: EarlierClaim, links: readonly string[]): readonly string[] {
  const all = differences(claim, row);
  const names = COVERED[claim[0]].columns;
  const open = links.filter((name) => markAt(claim, names.indexOf(name)) === markOf('null'));
  const faults = all.filter((name) => !open.includes(name));
  return faults.length > 0 ? faults : all;
}

/** Every exchange or mail of the office there is, in pages: none is ever removed. */
async function* idsOf(client: pg.PoolClient, aoo: string, table: LinkedTable): AsyncGenerator<string> {
  const key = `${table}_id`;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await client.query<{ id: string }>(
      `select ${key} as id from ${table} where aoo = $1 and ${key} > $2 order by ${key} limit $3`,
      [aoo, after, PAGE],
    );
    for (const { id } of rows) yield id;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
