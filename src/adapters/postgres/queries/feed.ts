import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { EventFeed, FeedEvent } from '../../../service/events/feed.ts';
import { listen } from '../database/listen.ts';
import { asking } from '../database/prepared.ts';

/**
 * Events of exchanges and tasks share one sequence per office. Each table gives its next few rows from its index, and they
 * are merged by number, so a page costs the same anywhere.
 */
export function postgresFeed(pool: pg.Pool): EventFeed {
  const ask = asking(pool);
  return {
    async after(aoo, seq, limit) {
      const found = await ask<FeedRow>(AFTER, [aoo, seq, limit]);
      return found.rows.map(toEvent);
    },
    async last(aoo) {
      const found = await pool.query<{ event_seq: number }>('select event_seq from aoo where aoo = $1', [aoo]);
      return found.rows[0]?.event_seq ?? 0;
    },
    onEvents: (listener) => listen(pool, 'interpro_events', (aoo) => listener(aoo as AooId)),
  };
}

const AFTER = `
  (select e.aoo, e.seq, e.at, e.type, e.exchange_id, x.direction, e.version, e.mail_id, null::uuid as task_id,
          null::uuid as webhook_id
     from exchange_event e join exchange x on x.aoo = e.aoo and x.exchange_id = e.exchange_id
    where e.aoo = $1 and e.seq > $2 order by e.seq limit $3)
  union all
  (select t.aoo, t.seq, t.opened_at, 'task-opened', t.exchange_id, null, null, t.mail_id, t.task_id, t.webhook_id
     from task t where t.aoo = $1 and t.seq > $2 order by t.seq limit $3)
  order by seq limit $3`;

interface FeedRow {
  aoo: AooId;
  seq: number;
  at: Date;
  type: string;
  exchange_id: string | null;
  direction: FeedEvent['direction'];
  version: number | null;
  mail_id: string | null;
  task_id: string | null;
  webhook_id: string | null;
}

const toEvent = (row: FeedRow): FeedEvent => ({
  aoo: row.aoo,
  seq: row.seq,
  at: row.at.toISOString(),
  type: row.type,
  exchangeId: row.exchange_id,
  direction: row.direction,
  version: row.version,
  mailId: row.mail_id,
  taskId: row.task_id,
  webhookId: row.webhook_id,
});
