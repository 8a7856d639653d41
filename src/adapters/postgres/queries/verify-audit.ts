import type pg from 'pg';
import { CHAIN_START, chainHash } from '../../../domain/register/audit-chain.ts';
import type { LastNumber, RegisterHeads } from '../../../domain/register/heads.ts';
import type { AuditMemory, AuditPoint, AuditProgress, AuditVerdict } from '../../../service/queries/views.ts';
import { snapshot } from '../database/pool.ts';
import { COVERS, type CoveredTable, NOT_COVERED, type RowClaim } from '../office/covered-rows.ts';
import { touchedSince } from './read-covered.ts';
import { verifyDerived } from './verify-derived.ts';
import { COVERED_TABLES, type Compared, isOnce, openRowCheck, type RowCheck } from './verify-rows.ts';

interface ChainHead {
  readonly audit_seq: number;
  readonly audit_hash: string;
  readonly recoveries: number;
  /** Which database this is, since when it runs, and the oldest transaction that this snapshot does not see. */
  readonly database: string;
  readonly transaction: string;
}

/** One office after the other, each as it is at one moment: what is written meanwhile is left out. */
export async function verifyAudit(
  pool: pg.Pool,
  onProgress: AuditProgress,
  memory: AuditMemory | null,
): Promise<readonly AuditVerdict[]> {
  const { rows } = await pool.query<{ aoo: string }>('select aoo from aoo order by aoo');
  const verdicts: AuditVerdict[] = [];
  for (const { aoo } of rows) {
    const found = await verifyOffice(pool, aoo, onProgress, memory);
    verdicts.push(found ?? (await verifyOffice(pool, aoo, onProgress, null)) ?? raise(aoo));
  }
  return verdicts;
}

const raise = (aoo: string): never => {
  throw new Error(`the audit of ${aoo} came to no end`);
};

/** Records at a time; one covers at most what one transaction wrote. */
const PAGE = 1_000;

/** Null: what an interrupted audit had compared is not there any more. */
const verifyOffice = (
  pool: pg.Pool,
  aoo: string,
  onProgress: AuditProgress,
  memory: AuditMemory | null,
): Promise<AuditVerdict | null> =>
  snapshot(pool, async (client) => {
    const head = await headOf(client, aoo);
    const point = (await memory?.recall(aoo)) ?? null;
    const known = point === null ? null : await comparedBefore(client, aoo, head, point);
    const walk = { client, aoo, head, check: openRowCheck(client, aoo, known), onProgress };
    const verdict = await walkChain(walk, async (seq, hash) => {
      if (memory === null || (known !== null && seq <= known.seq)) return;
      // The first transaction counts: what was compared first may have been written to since then.
      const transaction = known === null ? head.transaction : (point?.transaction ?? head.transaction);
      await memory.keep(aoo, { seq, hash, transaction, database: head.database });
    });
    await memory?.forget(aoo);
    return verdict === null ? null : { ...verdict, resumedFrom: known?.seq ?? null };
  });

async function headOf(client: pg.PoolClient, aoo: string): Promise<ChainHead> {
  const found = await client.query<ChainHead>(
    `select audit_seq, audit_hash, recoveries, pg_snapshot_xmin(pg_current_snapshot())::text as transaction,
            (select oid from pg_database where datname = current_database()) || ' ' || pg_postmaster_start_time() as database
       from aoo where aoo = $1`,
    [aoo],
  );
  const [head] = found.rows;
  if (head === undefined) throw new Error(`office ${aoo} is not declared in the database`);
  return head;
}

/**
 * What an interrupted audit has compared still stands where its chain is this one and the row was not written since. The
 * server keeps that with each row version, and not across copies: another database, or one that was started again, is
 * compared anew. Whoever alters files of the database below the server is found by an audit from the start only.
 */
async function comparedBefore(
  client: pg.PoolClient,
  aoo: string,
  head: ChainHead,
  point: AuditPoint,
): Promise<Compared | null> {
  if (point.database !== head.database) return null;
  const { rows } = await client.query('select from audit where aoo = $1 and seq = $2 and hash = $3', [
    aoo,
    point.seq,
    point.hash,
  ]);
  if (rows.length === 0) return null;
  const touched = new Map<CoveredTable, ReadonlySet<string>>();
  for (const table of COVERED_TABLES.filter(isOnce)) {
    const keys = await touchedSince(client, aoo, table, point);
    if (keys !== null) touched.set(table, keys);
  }
  return { seq: point.seq, touched };
}

interface Walk {
  readonly client: pg.PoolClient;
  readonly aoo: string;
  readonly head: ChainHead;
  readonly check: RowCheck;
  readonly onProgress: AuditProgress;
}

/** The chain from its start, whatever is known, and with each record the rows it covers. */
async function walkChain(
  { client, aoo, head, check, onProgress }: Walk,
  keep: (seq: number, hash: string) => Promise<void>,
): Promise<AuditVerdict | null> {
  let hash = CHAIN_START;
  let records = 0;
  const said: Said = { recoveries: 0, floors: [] };
  for (;;) {
    const { rows } = await client.query<{ seq: number; content: string; hash: string }>({
      name: 'audit chain',
      text: 'select seq, content, hash from audit where aoo = $1 and seq > $2 and seq <= $3 order by seq limit $4',
      values: [aoo, records, head.audit_seq, PAGE],
    });
    if (rows.length === 0) break;
    for (const row of rows) {
      hash = chainHash(hash, row.content);
      records += 1;
      if (row.seq !== records || row.hash !== hash) return verdict(aoo, records, row.seq, check);
      take(row, check, said);
    }
    await check.compare();
    onProgress({ aoo, records, of: head.audit_seq });
    // What was found is found again: only what is sound is skipped.
    if (check.result().found === 0) await keep(records, hash);
  }
  if (records !== head.audit_seq || hash !== head.audit_hash) return verdict(aoo, records, records + 1, check);
  if (said.recoveries !== head.recoveries)
    check.report({ table: 'aoo', key: aoo, what: 'altered', columns: ['recoveries'] });
  await verifyDerived(client, aoo, said.floors, check);
  return (await check.end()) ? verdict(aoo, records, null, check) : null;
}

const verdict = (aoo: string, records: number, brokenAt: number | null, { result }: RowCheck): AuditVerdict => ({
  aoo,
  records,
  brokenAt,
  resumedFrom: null,
  ...result(),
});

/** What records say of the office as a whole. */
interface Said {
  recoveries: number;
  floors: readonly LastNumber[];
}

/** Takes up what a record says of rows, and of recoveries. */
function take({ seq, content }: { readonly seq: number; readonly content: string }, check: RowCheck, said: Said): void {
  // Most records are about no rows: they are not parsed.
  if (![COVERS, NOT_COVERED, 'recovered'].some((action) => content.includes(`"${action}"`))) return;
  const { action, data } = JSON.parse(content) as { readonly action: string; readonly data: unknown };
  if (action === COVERS) check.claims(seq, (data as { readonly rows: readonly RowClaim[] }).rows);
  if (action === NOT_COVERED) check.before(data as Readonly<Record<string, number>>);
  if (action !== 'recovered') return;
  const { database, witness } = data as { readonly database: RegisterHeads; readonly witness: RegisterHeads };
  said.recoveries = Math.max(database.recoveries, witness.recoveries) + 1;
  said.floors = [...said.floors, ...(database.numbers ?? []), ...(witness.numbers ?? [])];
}
