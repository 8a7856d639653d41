/** Holds the rows of the register against what the audit chain says of them, in pages: a row altered, removed or put in is named. */
import type pg from 'pg';
import type { AuditFinding, AuditVerdict } from '../../../service/queries/views.ts';
import {
  COVERED,
  type CoveredTable,
  DOCUMENT_COLUMNS,
  differences,
  type RowClaim,
  type RowValues,
} from '../office/covered-rows.ts';
import { type EarlierClaim, isLinked, unlawfulLinks } from './verify-links.ts';

export interface RowCheck {
  /** A record covers these rows as of its place in the chain. */
  claims(seq: number, rows: readonly RowClaim[]): void;
  /** So many rows were there before rows were covered. */
  before(counts: Readonly<Record<string, number>>): void;
  report(finding: AuditFinding): void;
  /** Compares what was claimed since the last time. */
  compare(): Promise<void>;
  /** Looks for rows that no record covers. */
  end(): Promise<void>;
  result(): Pick<AuditVerdict, 'covered' | 'notCovered' | 'waiting' | 'found' | 'findings'>;
}

/** So many are named; the others are counted. */
const NAMED = 100;
/** Rows that are read at a time: those of a registration with many recipients are large. */
const CHUNK = 200;
const TABLES = Object.keys(COVERED) as readonly CoveredTable[];
const KEY_TYPES: Readonly<Record<string, string>> = {
  register: 'text',
  year: 'int',
  number: 'bigint',
  version: 'int',
  kind: 'text',
  day: 'date',
  exchange_id: 'uuid',
  mail_id: 'uuid',
};

interface Claimed {
  readonly seq: number;
  readonly claim: RowClaim;
}

function openFindings() {
  const findings: AuditFinding[] = [];
  let found = 0;
  const report = (finding: AuditFinding): void => {
    // Several records may speak of the same row.
    if (findings.some((one) => JSON.stringify(one) === JSON.stringify(finding))) return;
    found += 1;
    if (findings.length < NAMED) findings.push(finding);
  };
  return { findings, report, found: () => found };
}

export function openRowCheck(client: pg.PoolClient, aoo: string): RowCheck {
  let pending: Claimed[] = [];
  const covered = new Map<CoveredTable, number>();
  const { findings, report, found } = openFindings();
  let before: Readonly<Record<string, number>> | null = null;
  let notCovered = 0;
  let waiting = 0;
  /** `counted`: the rows that the records of this page have covered, so that none counts for another. */
  const compareChunk = async (table: CoveredTable, chunk: readonly Claimed[], counted: Set<string>): Promise<void> => {
    const claims = chunk.map(({ claim }) => claim);
    const rows = await readRows(client, aoo, table, claims);
    const earlier: EarlierClaim[] = [];
    for (const [index, { seq, claim }] of chunk.entries()) {
      const row = rows.get(index);
      const named = { table, key: claim[1].join('/') };
      const key = JSON.stringify(row?.row.slice(0, COVERED[table].key));
      if (row === undefined) report({ ...named, what: 'missing', columns: [] });
      // A later record covers it as it is now.
      else if (row.seq !== null && row.seq > seq && isLinked(table)) earlier.push({ claim, row });
      // It names another record, or this one speaks of it twice. What is written once is covered once.
      else if (row.seq !== seq || counted.has(key)) report({ ...named, what: 'altered', columns: ['audit_seq'] });
      else {
        counted.add(key);
        covered.set(table, (covered.get(table) ?? 0) + 1);
        const columns = differences(claim, row);
        if (columns.length > 0) report({ ...named, what: 'altered', columns });
      }
    }
    if (!isLinked(table)) return;
    for (const { claim, columns } of await unlawfulLinks(client, aoo, table, earlier))
      report({ table, key: claim[1].join('/'), what: 'altered', columns });
  };
  return {
    report,
    claims(seq, rows) {
      for (const claim of rows) pending.push({ seq, claim });
    },
    before(counts) {
      // Only the first says so, and only where nothing was covered yet.
      if (covered.size + pending.length === 0) before ??= counts;
    },
    async compare() {
      const all = pending;
      pending = [];
      for (const table of TABLES) {
        const claimed = all.filter(({ claim }) => claim[0] === table);
        const counted = new Set<string>();
        for (let at = 0; at < claimed.length; at += CHUNK)
          await compareChunk(table, claimed.slice(at, at + CHUNK), counted);
      }
    },
    async end() {
      for (const table of TABLES) {
        const counts = await countRows(client, aoo, table);
        notCovered += counts.old;
        waiting += counts.waiting;
        const expected = before?.[table] ?? 0;
        // Exchanges and mails of before are covered as soon as something happens to them.
        const isRight = table === 'exchange' || table === 'mail' ? counts.old <= expected : counts.old === expected;
        if (!isRight) {
          const columns = [`${counts.old} rows of before there, ${expected} were counted`];
          report({ table, key: '', what: counts.old > expected ? 'unrecorded' : 'missing', columns });
        }
        const recorded = covered.get(table) ?? 0;
        if (counts.without === 0 && counts.covered === recorded) continue;
        for await (const key of unrecorded(client, aoo, table)) report({ table, key, what: 'unrecorded', columns: [] });
      }
    },
    result: () => ({
      covered: covered.values().reduce((sum, count) => sum + count, 0),
      notCovered,
      waiting,
      found: found(),
      findings,
    }),
  };
}

const keyOf = (table: CoveredTable): readonly string[] => COVERED[table].columns.slice(0, COVERED[table].key);

/** Six digits of a second, as `claimOf` writes them. */
const sqlOf = (column: string): string =>
  column.endsWith('_at') || column === 'at'
    ? `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : `"${column}"`;
const valuesOf = (columns: readonly string[]): string => `jsonb_build_array(${columns.map(sqlOf).join(', ')})`;

const DOCUMENTS = `(select coalesce(jsonb_agg(${valuesOf(DOCUMENT_COLUMNS)} order by position), '[]') from registration_document d
   where d.aoo = t.aoo and d.register = t.register and d.year = t.year and d.number = t.number)`;

interface FoundRow extends RowValues {
  readonly index: number;
  readonly seq: number | null;
}

async function readRows(
  client: pg.PoolClient,
  aoo: string,
  table: CoveredTable,
  claims: readonly RowClaim[],
): Promise<ReadonlyMap<number, FoundRow>> {
  const key = keyOf(table);
  const asked = claims.map(([, values], index) => ({
    index,
    ...Object.fromEntries(key.map((column, at) => [`key_${column}`, values[at]])),
  }));
  const { rows } = await client.query<FoundRow>(
    `select asked.index, t.audit_seq as seq, ${valuesOf(COVERED[table].columns)} as row,
            ${table === 'registration' ? DOCUMENTS : "'[]'::jsonb"} as documents
       from jsonb_to_recordset($2) as asked (index int, ${key.map((column) => `key_${column} ${KEY_TYPES[column]}`).join(', ')})
       join ${table} t on t.aoo = $1 and ${key.map((column) => `t.${column} = asked.key_${column}`).join(' and ')}`,
    [aoo, JSON.stringify(asked)],
  );
  return new Map(rows.map((row) => [row.index, row]));
}

/** Mails that are not settled yet are covered when they are. */
const isWaiting = (table: CoveredTable): string =>
  table === 'mail' ? "audit_seq is null and state <> 'settled'" : 'false';

async function countRows(client: pg.PoolClient, aoo: string, table: CoveredTable) {
  const { rows } = await client.query<{ covered: number; old: number; waiting: number; without: number }>(
    `select count(*) filter (where audit_seq <> 0) as covered, count(*) filter (where audit_seq = 0) as old,
            count(*) filter (where ${isWaiting(table)}) as waiting,
            count(*) filter (where audit_seq is null and not (${isWaiting(table)})) as without
       from ${table} where aoo = $1`,
    [aoo],
  );
  return rows[0] ?? { covered: 0, old: 0, waiting: 0, without: 0 };
}

/** The rows that name no record, or one that does not speak of them. */
async function* unrecorded(client: pg.PoolClient, aoo: string, table: CoveredTable): AsyncGenerator<string> {
  const key = keyOf(table);
  let after: readonly unknown[] | null = null;
  for (;;) {
    const above = after === null ? '' : `and (${key.join(', ')}) > (${key.map((_, at) => `$${at + 3}`).join(', ')})`;
    const page: pg.QueryResult<{ key: readonly unknown[]; seq: number | null }> = await client.query(
      `select jsonb_build_array(${key.join(', ')}) as key, audit_seq as seq from ${table}
        where aoo = $1 and audit_seq is distinct from 0 and not (${isWaiting(table)}) ${above}
        order by ${key.join(', ')} limit $2`,
      [aoo, CHUNK, ...(after ?? [])],
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
