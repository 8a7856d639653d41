import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { CommandKey } from '../../../service/register/idempotent-command.ts';
import type { Webhook, WebhookChange, WebhookState } from '../../../service/webhooks/webhook.ts';
import type { WebhookCommands } from '../../../service/webhooks/webhook-store.ts';
import { keepAnswer, keptAnswer } from '../command-answers.ts';
import { findWebhook } from './webhook-reading.ts';
import {
  assignments,
  fromKept,
  type KeptWebhook,
  toKept,
  toWebhook,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './webhook-rows.ts';
import { announceWork, settleTasks, type WithOffice } from './with-office-lock.ts';

type Commands = Pick<WebhookCommands, 'create' | 'change' | 'remove'>;

export const webhookCommands = (withOffice: WithOffice): Commands => ({
  create: creating(withOffice),
  change: changing(withOffice),
  remove: removing(withOffice),
});

const creating =
  (withOffice: WithOffice): Commands['create'] =>
  (webhook, most, key, { audit }) =>
    withOffice(webhook.aoo, webhook.createdAt, async (client, save) => {
      const before = await answeredBefore(client, webhook.aoo, key);
      if (before === 'other') return { outcome: 'other' };
      if (before !== null) return { outcome: 'repeated', webhook: before };
      const { rows } = await client.query<{ full: boolean }>(
        `select count(*) >= $2 as full from webhook where aoo = $1 and state <> 'removed'`,
        [webhook.aoo, most],
      );
      if (rows[0]?.full === true) return { outcome: 'full' };
      await insert(client, webhook);
      await keepAnswer(client, webhook.aoo, key, toKept(webhook), webhook.createdAt);
      await save(audit);
      await announceWork(client, webhook.aoo);
      return { outcome: 'created', webhook };
    });

const changing =
  (withOffice: WithOffice): Commands['change'] =>
  (aoo, webhookId, { at, key, version }, decide) =>
    withOffice(aoo, at, async (client, save) => {
      const before = await answeredBefore(client, aoo, key);
      if (before === 'other') return { outcome: 'other' };
      if (before !== null) return { outcome: 'done', webhook: before };
      const webhook = await findWebhook(client, aoo, webhookId, 'for update');
      if (webhook === null) return null;
      if (version !== null && version !== webhook.version) return { outcome: 'stale' };
      const decided = decide(webhook);
      const changed = decided === null ? webhook : await update(client, webhook, decided.change);
      await keepAnswer(client, aoo, key, toKept(changed), at);
      if (decided !== null) {
        await settleTasks(client, aoo, webhookId, decided.record.settles, at);
        await save(decided.record.audit);
        await announceWork(client, aoo);
      }
      return { outcome: 'done', webhook: changed };
    });

const removing =
  (withOffice: WithOffice): Commands['remove'] =>
  (aoo, webhookId, { at, key }, { audit, settles }) =>
    withOffice(aoo, at, async (client, save) => {
      const before = await keptAnswer(client, aoo, key);
      if (before !== null) return before === 'other' ? 'other' : 'removed';
      const removed = await client.query(
        `update webhook set state = 'removed', pause_reason = null, secret = '', previous_secret = null,
                previous_until = null, version = version + 1
          where aoo = $1 and webhook_id = $2 and state <> 'removed'`,
        [aoo, webhookId],
      );
      if (removed.rowCount === 0) return 'unknown';
      await keepAnswer(client, aoo, key, { webhookId }, at);
      await settleTasks(client, aoo, webhookId, settles, at);
      await save(audit);
      return 'removed';
    });

/** The webhook as it was answered under this key before. */
async function answeredBefore(
  client: pg.PoolClient,
  aoo: AooId,
  key: CommandKey | null,
): Promise<Webhook | 'other' | null> {
  const before = await keptAnswer<KeptWebhook>(client, aoo, key);
  if (before === null || before === 'other') return before;
  return fromKept(before.answer, await findWebhook(client, aoo, before.answer.webhookId));
}

const insert = (client: pg.PoolClient, webhook: Webhook) =>
  client.query(
    `insert into webhook (aoo, webhook_id, url, types, state, secret, created_by, created_at, seq, due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      webhook.aoo,
      webhook.webhookId,
      webhook.url,
      webhook.types,
      webhook.state satisfies WebhookState,
      webhook.secret,
      webhook.createdBy,
      webhook.createdAt,
      webhook.seq,
      webhook.dueAt,
    ],
  );

async function update(client: pg.PoolClient, webhook: Webhook, change: WebhookChange): Promise<Webhook> {
  const { sql, values } = assignments(change, 3);
  const changed = await client.query<WebhookRow>(
    `update webhook set ${sql}, version = version + 1 where aoo = $1 and webhook_id = $2 returning ${WEBHOOK_COLUMNS}`,
    [webhook.aoo, webhook.webhookId, ...values],
  );
  return changed.rows.map(toWebhook)[0] ?? webhook;
}
