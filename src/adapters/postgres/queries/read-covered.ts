/** The rows that the audit chain covers, as they lie in the database now. */
import type pg from 'pg';
import {
  COVERED,
  type CoveredTable,
  DOCUMENT_COLUMNS,
  type RowClaim,
  type RowValues,
  tableOf,
} from '../office/covered-rows.ts';

const KEY_TYPES: Readonly<Record<string, string>> = {
  ...{ register: 'text', year: 'int', number: 'bigint', version: 'int', kind: 'text', day: 'date', position: 'int' },
  ...{ to_register: 'text', to_year: 'int', to_number: 'bigint' },
};
const typeOf = (column: string): string => KEY_TYPES[column] ?? 'uuid';

const keyOf = (table: CoveredTable): readonly string[] => COVERED[table].columns.slice(0, COVERED[table].key);
const seqOf = (table: CoveredTable): string => COVERED[table].seq ?? 'audit_seq';
const onlyOf = (table: CoveredTable): string => COVERED[table].only ?? 'true';

/** Six digits of a second, as `claimOf` writes them. */
const sqlOf = (column: string): string =>
  column.endsWith('_at') || column === 'at' || column === 'since'
    ? `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : `"${column}"`;
const valuesOf = (columns: readonly string[]): string => `jsonb_build_array(${columns.map(sqlOf).join(', ')})`;

const DOCUMENTS = `(select coalesce(jsonb_agg(${valuesOf(DOCUMENT_COLUMNS)} order by position), '[]') from registration_document d
   where d.aoo = t.aoo and d.register = t.register and d.year = t.year and d.number = t.number)`;

export interface FoundRow extends RowValues {
  readonly index: number;
  readonly seq: number | null;
}

/** By the place of the claim that asks for it. */
export async function readRows(
  client: pg.PoolClient,
  aoo: string,
  table: CoveredTable,
  claims: readonly RowClaim[],
): Promise<ReadonlyMap<number, FoundRow>> {
  const key = keyOf(table);
  const columns = key.map((_, at) => claims.map(([, values]) => values[at]));
  const { rows } = await client.query<FoundRow>({
    name: `audit ${table}`,
    text: `select asked.index::int - 1 as index, t.${seqOf(table)} as seq, ${valuesOf(COVERED[table].columns)} as row,
            ${table === 'registration' ? DOCUMENTS : "'[]'::jsonb"} as documents
       from unnest(${key.map((column, at) => `$${at + 2}::${typeOf(column)}[]`).join(', ')})
            with ordinality as asked (${key.map((column) => `key_${column}`).join(', ')}, index)
       join ${tableOf(table)} t on t.aoo = $1 and ${key.map((column) => `t.${column} = asked.key_${column}`).join(' and ')}`,
    values: [aoo, ...columns],
  });
  return new Map(rows.map((row) => [row.index, row]));
}

/** Mails that are not settled yet are covered when they are. */
const isWaiting = (table: CoveredTable): string =>
  table === 'mail' ? "audit_seq is null and state <> 'settled'" : 'false';

export interface RowCounts {
  readonly covered: number;
  readonly old: number;
  readonly waiting: number;
  readonly without: number;
}

export async function countRows(client: pg.PoolClient, aoo: string, table: CoveredTable): Promise<RowCounts> {
  const seq = seqOf(table);
  const { rows } = await client.query<RowCounts>(
    `select count(*) filter (where ${seq} <> 0) as covered, count(*) filter (where ${seq} = 0) as old,
            count(*) filter (where ${isWaiting(table)}) as waiting,
            count(*) filter (where ${seq} is null and not (${isWaiting(table)})) as without
       from ${tableOf(table)} where aoo = $1 and ${onlyOf(table)}`,
    [aoo],
  );
  return rows[0] ?? { covered: 0, old: 0, waiting: 0, without: 0 };
}

/** Rows that are read at a time. */
const PAGE = 200;

/** The rows that name no record, or one that does not speak of them. */
export async function* unrecorded(client: pg.PoolClient, aoo: string, table: CoveredTable): AsyncGenerator<string> {
  const key = keyOf(table);
  let after: readonly unknown[] | null = null;
  for (;;) {
    const above = after === null ? '' : `and (${key.join(', ')}) > (${key.map((_, at) => `$${at + 3}`).join(', ')})`;
    const page: pg.QueryResult<{ key: readonly unknown[]; seq: number | null }> = await client.query(
      `select jsonb_build_array(${key.join(', ')}) as key, ${seqOf(table)} as seq from ${tableOf(table)}
        where aoo = $1 and ${seqOf(table)} is distinct from 0 and not (${isWaiting(table)}) and ${onlyOf(table)} ${above}
        order by ${key.join(', ')} limit $2`,
      [aoo, PAGE, ...(after ?? [])],
    );
    if (page.rows.length === 0) return;
    const claimed = await claimedBy(client, aoo, table, [...new Set(page.rows.flatMap(({ seq }) => seq ?? []))]);
    for (const row of page.rows) if (!claimed.has(`${row.seq} ${JSON.stringify(row.key)}`)) yield row.key.join('/');
    after = page.rows.at(-1)?.key ?? null;
  }
}

async function claimedBy(client: pg.PoolClient, aoo: string, table: CoveredTable, seqs: readonly number[]) {
  const { rows } = await client.query<{ seq: number; content: string }>(
    `select seq, content from audit where aoo = $1 and seq = any($2) and seq <= (select audit_seq from aoo where aoo = $1)`,
    [aoo, seqs],
  );
  const claims = rows.flatMap(({ seq, content }) => {
    const { data } = JSON.parse(content) as { readonly data: { readonly rows?: readonly RowClaim[] } };
    return (Array.isArray(data.rows) ? data.rows : []).map(([of, key]) => ({ seq, of, key }));
  });
  return new Set(claims.filter(({ of }) => of === table).map(({ seq, key }) => `${seq} ${JSON.stringify(key)}`));
}

/** Whoever touched more than this: everything is compared. */
const MOST_TOUCHED = 50_000;

/**
 * The rows, up to a record, that were written since a transaction: what a row was before, its page no longer says. Null: more
 * than are worth telling apart.
 */
export async function touchedSince(
  client: pg.PoolClient,
  aoo: string,
  table: CoveredTable,
  { seq, transaction }: { readonly seq: number; readonly transaction: string },
): Promise<ReadonlySet<string> | null> {
  const isNew = (of: string): string => `age(${of}.xmin) <= age(($2::text)::xid8::xid)`;
  const documents = `or exists (select from registration_document d where d.aoo = t.aoo and d.register = t.register
      and d.year = t.year and d.number = t.number and ${isNew('d')})`;
  const { rows } = await client.query<{ key: readonly unknown[] }>(
    `select jsonb_build_array(${keyOf(table).join(', ')}) as key from ${tableOf(table)} t
      where aoo = $1 and ${seqOf(table)} between 1 and $3 and (${isNew('t')} ${table === 'registration' ? documents : ''})
      limit ${MOST_TOUCHED + 1}`,
    [aoo, transaction, seq],
  );
  return rows.length > MOST_TOUCHED ? null : new Set(rows.map(({ key }) => JSON.stringify(key)));
}
