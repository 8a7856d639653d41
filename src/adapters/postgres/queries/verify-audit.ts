import type pg from 'pg';
import { CHAIN_START, chainHash } from '../../../domain/register/audit-chain.ts';
import type { AuditVerdict } from '../../../service/queries/views.ts';

interface ChainHead {
  readonly aoo: string;
  readonly audit_seq: number;
  readonly audit_hash: string;
}

export async function verifyAudit(pool: pg.Pool): Promise<readonly AuditVerdict[]> {
  const { rows } = await pool.query<ChainHead>('select aoo, audit_seq, audit_hash from aoo order by aoo');
  return Promise.all(rows.map((head) => walkChain(pool, head)));
}

/** A thousand records at a time. Records written meanwhile, behind the head, are left out. */
async function walkChain(pool: pg.Pool, { aoo, audit_seq, audit_hash }: ChainHead): Promise<AuditVerdict> {
  let hash = CHAIN_START;
  let records = 0;
  for (;;) {
    const { rows } = await pool.query<{ seq: number; content: string; hash: string }>(
      'select seq, content, hash from audit where aoo = $1 and seq > $2 and seq <= $3 order by seq limit 1000',
      [aoo, records, audit_seq],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      hash = chainHash(hash, row.content);
      records += 1;
      if (row.seq !== records || row.hash !== hash) return { aoo, records, brokenAt: row.seq };
    }
  }
  const isWhole = records === audit_seq && hash === audit_hash;
  return { aoo, records, brokenAt: isWhole ? null : records + 1 };
}
