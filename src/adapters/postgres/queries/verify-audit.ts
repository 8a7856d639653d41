import type pg from 'pg';
import { CHAIN_START, chainHash } from '../../../domain/register/audit-chain.ts';
import type { RegisterHeads } from '../../../domain/register/heads.ts';
import type { AuditProgress, AuditVerdict } from '../../../service/queries/views.ts';
import { snapshot } from '../database/pool.ts';
import { COVERS, NOT_COVERED, type RowClaim } from '../office/covered-rows.ts';
import { openRowCheck, type RowCheck } from './verify-rows.ts';

interface ChainHead {
  readonly aoo: string;
  readonly audit_seq: number;
  readonly audit_hash: string;
  readonly recoveries: number;
}

/** One office after the other, each as it is at one moment: what is written meanwhile is left out. */
export async function verifyAudit(pool: pg.Pool, onProgress: AuditProgress): Promise<readonly AuditVerdict[]> {
  const { rows } = await pool.query<{ aoo: string }>('select aoo from aoo order by aoo');
  const verdicts: AuditVerdict[] = [];
  for (const { aoo } of rows) verdicts.push(await snapshot(pool, (client) => walkChain(client, aoo, onProgress)));
  return verdicts;
}

/** Records at a time; one covers at most what one transaction wrote. */
const PAGE = 200;

/** The chain from its start, and with each record the rows it covers. */
async function walkChain(client: pg.PoolClient, aoo: string, onProgress: AuditProgress): Promise<AuditVerdict> {
  const found = await client.query<ChainHead>('select aoo, audit_seq, audit_hash, recoveries from aoo where aoo = $1', [
    aoo,
  ]);
  const [head] = found.rows;
  if (head === undefined) throw new Error(`office ${aoo} is not declared in the database`);
  const check = openRowCheck(client, aoo);
  let hash = CHAIN_START;
  let records = 0;
  let recoveries = 0;
  for (;;) {
    const { rows } = await client.query<{ seq: number; content: string; hash: string }>(
      'select seq, content, hash from audit where aoo = $1 and seq > $2 and seq <= $3 order by seq limit $4',
      [aoo, records, head.audit_seq, PAGE],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      hash = chainHash(hash, row.content);
      records += 1;
      if (row.seq !== records || row.hash !== hash) return verdict(aoo, records, row.seq, check);
      recoveries = take(row, check) ?? recoveries;
    }
    await check.compare();
    onProgress({ aoo, records, of: head.audit_seq });
  }
  if (records !== head.audit_seq || hash !== head.audit_hash) return verdict(aoo, records, records + 1, check);
  if (recoveries !== head.recoveries)
    check.report({ table: 'aoo', key: aoo, what: 'altered', columns: ['recoveries'] });
  await check.end();
  return verdict(aoo, records, null, check);
}

const verdict = (aoo: string, records: number, brokenAt: number | null, { result }: RowCheck): AuditVerdict => ({
  aoo,
  records,
  brokenAt,
  ...result(),
});

/** Takes up what a record says of rows; gives the number of recoveries after it, if it is one. */
function take({ seq, content }: { readonly seq: number; readonly content: string }, check: RowCheck): number | null {
  // Most records are about no rows: they are not parsed.
  if (![COVERS, NOT_COVERED, 'recovered'].some((action) => content.includes(`"${action}"`))) return null;
  const { action, data } = JSON.parse(content) as { readonly action: string; readonly data: unknown };
  if (action === COVERS) check.claims(seq, (data as { readonly rows: readonly RowClaim[] }).rows);
  if (action === NOT_COVERED) check.before(data as Readonly<Record<string, number>>);
  if (action !== 'recovered') return null;
  const { database, witness } = data as { readonly database: RegisterHeads; readonly witness: RegisterHeads };
  return Math.max(database.recoveries, witness.recoveries) + 1;
}
