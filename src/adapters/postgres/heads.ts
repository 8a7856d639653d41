import type pg from 'pg';
import { chainHash } from '../../domain/register/audit-chain.ts';
import type { LastNumber } from '../../domain/register/heads.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { HeadsStore } from '../../service/register/witness.ts';
import { cleanText } from './database/json.ts';
import { inTransaction } from './database/pool.ts';
import { asking } from './database/prepared.ts';

interface HeadRow {
  readonly recoveries: number;
  readonly audit_seq: number;
  readonly audit_hash: string;
  readonly event_seq: number;
}
interface WholeHeadRow extends HeadRow {
  readonly numbers: readonly LastNumber[];
  readonly hash_then: string | null;
}

/** Told once until it is mended. */
const TASK = 'register-behind';

/** Where registers stand, and the way a register stops and goes on again. */
export function postgresHeads(pool: pg.Pool): HeadsStore {
  const ask = asking(pool);
  return {
    async heads(aoo, then) {
      // One statement sees one moment.
      const { rows } = await ask<WholeHeadRow>(
        `select recoveries, audit_seq, audit_hash, event_seq,
                (select coalesce(jsonb_agg(jsonb_build_object('register', register, 'year', year, 'last', last_number)
                                           order by register, year), '[]')
                   from register_counter c where c.aoo = a.aoo) as numbers,
                (select hash from audit where audit.aoo = a.aoo and seq = $2) as hash_then
           from aoo a where aoo = $1`,
        [aoo, then],
      );
      const [head] = rows;
      if (head === undefined) throw new Error(`office ${aoo} is not declared in the database`);
      const { recoveries, numbers } = head;
      const audit = { seq: head.audit_seq, hash: head.audit_hash };
      return { heads: { recoveries, audit, events: head.event_seq, numbers }, hashThen: head.hash_then };
    },
    stopOffice: (aoo, because, events) =>
      inTransaction(pool, async (client) => {
        const stopped = await client.query<{ event_seq: number }>(
          `update aoo set stopped_at = now(), stopped_because = $2, event_seq = greatest(event_seq, $3) + 1
            where aoo = $1 and stopped_at is null returning event_seq`,
          [aoo, cleanText(because), events],
        );
        if (stopped.rows[0] === undefined) return;
        await client.query(
          `insert into task (aoo, task_id, seq, code, detail, opened_at) values ($1, $2, $3, $4, $5, now())`,
          [aoo, uuidv7(new Date()), stopped.rows[0].event_seq, TASK, cleanText(because)],
        );
      }),
    goOn: (aoo, heads, record) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<HeadRow & { now: Date }>(
          'select now(), recoveries, audit_seq, audit_hash, event_seq from aoo where aoo = $1 for no key update',
          [aoo],
        );
        const head = rows[0];
        if (head === undefined) throw new Error(`office ${aoo} is not declared in the database`);
        const seq = head.audit_seq + 1;
        const at = head.now.toISOString();
        const content = JSON.stringify({ aoo, seq, at, action: 'recovered', subject: aoo, data: record });
        const hash = chainHash(head.audit_hash, content);
        await client.query('insert into audit (aoo, seq, content, hash) values ($1, $2, $3, $4)', [
          aoo,
          seq,
          content,
          hash,
        ]);
        await client.query(
          `insert into register_counter (aoo, register, year, last_number)
           select $1, register, year, last from jsonb_to_recordset($2) as r (register text, year int, last bigint)
           on conflict (aoo, register, year) do update
             set last_number = greatest(register_counter.last_number, excluded.last_number)`,
          [aoo, JSON.stringify(heads.numbers)],
        );
        await client.query(
          `update aoo set stopped_at = null, stopped_because = null, recoveries = $2, event_seq = greatest(event_seq, $3),
                  audit_seq = $4, audit_hash = $5 where aoo = $1`,
          [aoo, heads.recoveries, heads.events, seq, hash],
        );
        await client.query(
          `update task set closed_at = now(), closed_by = 'interpro', outcome = 'mended'
            where aoo = $1 and code = $2 and closed_at is null`,
          [aoo, TASK],
        );
      }),
  };
}
