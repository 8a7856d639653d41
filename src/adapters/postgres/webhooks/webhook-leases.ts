import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { Delivery, WebhookState } from '../../../service/webhooks/webhook.ts';
import type { DeliveryProgress, WebhookLeases } from '../../../service/webhooks/webhook-store.ts';
import { listen } from '../database/listen.ts';
import { inTransaction } from '../database/pool.ts';
import {
  assignments,
  DELIVERY_COLUMNS,
  type DeliveryRow,
  toDelivery,
  toWebhook,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './webhook-rows.ts';
import { type WithOffice, WORK_CHANNEL } from './with-office-lock.ts';

/** Replayed dead letters are events behind the webhook's place. $2: now. */
const REPLAY_DUE = `exists (select from webhook_delivery d where d.aoo = w.aoo and d.webhook_id = w.webhook_id
  and d.state = 'waiting' and d.seq <= w.seq and d.due_at <= $2)`;

/** The columns as `w.…`. */
const OF_WEBHOOK = WEBHOOK_COLUMNS.replace(/\w+/g, 'w.$&');

export function webhookLeases(pool: pg.Pool, withOffice: WithOffice): WebhookLeases {
  return {
    async lease(owner, aoo, at, limit, seconds) {
      const leased = await pool.query<WebhookRow>(
        `with due as (
           select w.aoo, w.webhook_id from webhook w join aoo on aoo.aoo = w.aoo
            where w.state = 'active' and ($5::text is null or w.aoo = $5)
              and (w.lease_until is null or w.lease_until <= $2)
              and ((w.seq < aoo.event_seq and w.due_at <= $2) or ${REPLAY_DUE})
            order by w.due_at limit $3 for update of w skip locked)
         update webhook w set lease_owner = $1, lease_until = $2::timestamptz + make_interval(secs => $4)
           from due where w.aoo = due.aoo and w.webhook_id = due.webhook_id
         returning ${OF_WEBHOOK}`,
        [owner, at, limit, seconds, aoo],
      );
      return leased.rows.map(toWebhook).sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    },
    async replays(aoo, webhookId, at, limit) {
      const found = await pool.query<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from webhook_delivery d
          where aoo = $1 and webhook_id = $2 and state = 'waiting' and due_at <= $3
            and seq <= (select seq from webhook w where w.aoo = d.aoo and w.webhook_id = d.webhook_id)
          order by seq limit $4`,
        [aoo, webhookId, at, limit],
      );
      return found.rows.map(toDelivery);
    },
    async progress(owner, aoo, webhookId, at, progress) {
      const { audit, task, webhook } = progress;
      const write = (client: pg.PoolClient) => writeProgress(client, owner, aoo, webhookId, at, progress);
      if (audit === null) return (await inTransaction(pool, write)).state;
      return withOffice(aoo, at, async (client, save) => {
        const { state, moved } = await write(client);
        // A webhook that a person paused or removed meanwhile needs nobody's attention.
        const isOpen = moved || (webhook.state === undefined && state !== 'removed');
        if (state !== 'lost') await save(audit, task === null || !isOpen ? [] : [task]);
        return state;
      });
    },
    async release(owner, aoo, webhookId) {
      await pool.query(
        `update webhook set lease_owner = null, lease_until = null
          where aoo = $1 and webhook_id = $2 and lease_owner = $3`,
        [aoo, webhookId, owner],
      );
    },
    async nextDue(at) {
      const found = await pool.query<{ due: Date | null }>(
        `select min(due) as due from (
           select greatest(due_at, lease_until) as due from webhook
            where state = 'active' and (due_at > $1 or lease_until > $1)
           union all
           select d.due_at from webhook_delivery d join webhook w on w.aoo = d.aoo and w.webhook_id = d.webhook_id
            where d.state = 'waiting' and d.due_at > $1 and d.seq <= w.seq and w.state = 'active') as times`,
        [at],
      );
      return found.rows[0]?.due ?? null;
    },
    async forget(before, limit) {
      const forgotten = await pool.query(
        `delete from webhook_delivery where ctid in (
           select ctid from webhook_delivery where state = 'delivered' and last_at < $1 limit $2)`,
        [before, limit],
      );
      return forgotten.rowCount ?? 0;
    },
    onWork: (listener) => listen(pool, WORK_CHANNEL, (payload) => listener(payload as AooId | '')),
  };
}

async function writeProgress(
  client: pg.PoolClient,
  owner: string,
  aoo: AooId,
  webhookId: string,
  at: Date,
  { delivery, webhook }: DeliveryProgress,
): Promise<{ readonly state: WebhookState | 'removed' | 'lost'; readonly moved: boolean }> {
  // Without the lease nothing may be written: another worker has gone on.
  const held = await client.query<{ state: WebhookState | 'removed' }>(
    `select state from webhook where aoo = $1 and webhook_id = $2 and lease_owner = $3 and lease_until > $4 for update`,
    [aoo, webhookId, owner, at],
  );
  const state = held.rows[0]?.state;
  if (state === undefined) return { state: 'lost', moved: false };
  // A person may have paused or removed it meanwhile: that stays.
  const { state: next, pauseReason, ...rest } = webhook;
  const moved = state === 'active' && next !== undefined;
  const { sql, values } = assignments(moved ? { ...rest, state: next, pauseReason } : rest, 3);
  if (sql !== '')
    await client.query(`update webhook set ${sql} where aoo = $1 and webhook_id = $2`, [aoo, webhookId, ...values]);
  if (delivery !== null) await saveDelivery(client, aoo, webhookId, delivery);
  return { state: moved ? next : state, moved };
}

const saveDelivery = (client: pg.PoolClient, aoo: AooId, webhookId: string, delivery: Delivery) =>
  client.query(
    `insert into webhook_delivery (aoo, webhook_id, seq, type, state, attempts, first_at, last_at, due_at, last_outcome)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (aoo, webhook_id, seq) do update set state = excluded.state, attempts = excluded.attempts,
       first_at = excluded.first_at, last_at = excluded.last_at, due_at = excluded.due_at, last_outcome = excluded.last_outcome`,
    [
      aoo,
      webhookId,
      delivery.seq,
      delivery.type,
      delivery.state,
      delivery.attempts,
      delivery.firstAt,
      delivery.lastAt,
      delivery.dueAt,
      delivery.lastOutcome,
    ],
  );
