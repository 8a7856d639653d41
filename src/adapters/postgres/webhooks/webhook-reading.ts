import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { Webhook } from '../../../service/webhooks/webhook.ts';
import type { WebhookReading } from '../../../service/webhooks/webhook-store.ts';
import {
  DELIVERY_COLUMNS,
  type DeliveryRow,
  toDelivery,
  toWebhook,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './webhook-rows.ts';

export function webhookReading(pool: pg.Pool): WebhookReading {
  return {
    async list(aoo) {
      const found = await pool.query<WebhookRow>(
        `select ${WEBHOOK_COLUMNS} from webhook where aoo = $1 and state <> 'removed' order by webhook_id`,
        [aoo],
      );
      return found.rows.map(toWebhook);
    },
    one: (aoo, webhookId) => findWebhook(pool, aoo, webhookId),
    async deliveries(aoo, webhookId, { state, after, limit }) {
      const found = await pool.query<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from webhook_delivery
          where aoo = $1 and webhook_id = $2 and seq > $3 ${state === null ? '' : `and state = '${STATES[state]}'`}
          order by seq limit $4`,
        [aoo, webhookId, after, limit],
      );
      return found.rows.map(toDelivery);
    },
    async delivery(aoo, webhookId, seq) {
      const found = await pool.query<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from webhook_delivery where aoo = $1 and webhook_id = $2 and seq = $3`,
        [aoo, webhookId, seq],
      );
      return found.rows.map(toDelivery)[0] ?? null;
    },
  };
}

/** Written into the statement, not bound: only then does PostgreSQL use the partial index on dead letters. */
const STATES = { waiting: 'waiting', delivered: 'delivered', dead: 'dead' } as const;

export async function findWebhook(
  client: pg.Pool | pg.PoolClient,
  aoo: AooId,
  webhookId: string,
  lock: 'for update' | '' = '',
): Promise<Webhook | null> {
  const found = await client.query<WebhookRow>(
    `select ${WEBHOOK_COLUMNS} from webhook where aoo = $1 and webhook_id = $2 and state <> 'removed' ${lock}`,
    [aoo, webhookId],
  );
  return found.rows.map(toWebhook)[0] ?? null;
}
