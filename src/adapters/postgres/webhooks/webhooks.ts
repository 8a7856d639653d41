import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { TaskCode } from '../../../kernel/tasks.ts';
import type { CommandKey } from '../../../service/register/idempotent-command.ts';
import type { AuditEntry, Changes, NewTask } from '../../../service/register/store.ts';
import type { Webhook, WebhookState, WebhookStore } from '../../../service/webhooks/ports.ts';
import { keepAnswer, keptAnswer } from '../command-answers.ts';
import { listen } from '../database/listen.ts';
import { inTransaction } from '../database/pool.ts';
import { lockOffice } from '../office-transaction.ts';
import { type Tell, webhookWork } from './webhook-leases.ts';
import {
  assignments,
  DELIVERY_COLUMNS,
  type DeliveryRow,
  fromKept,
  type KeptWebhook,
  toDelivery,
  toKept,
  toWebhook,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './webhook-rows.ts';
import { webhookTests } from './webhook-tests.ts';

export function postgresWebhooks(pool: pg.Pool): WebhookStore {
  /** The office's lock first, then the row: nobody waits the other way round. */
  const inOffice = <T>(aoo: AooId, at: Date, work: (client: pg.PoolClient, tell: Tell) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (client) => {
      const tx = (await lockOffice(client, aoo)).tx;
      return work(client, (entry, tasks = []) => tx.save(recordOf(at, entry, tasks)));
    });

  return {
    create: (webhook, most, key, audit) =>
      inOffice(webhook.aoo, webhook.createdAt, async (client, write) => {
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
        await write(audit);
        await tell(client, webhook.aoo);
        return { outcome: 'created', webhook };
      }),
    async list(aoo) {
      const found = await pool.query<WebhookRow>(
        `select ${WEBHOOK_COLUMNS} from webhook where aoo = $1 and state <> 'removed' order by webhook_id`,
        [aoo],
      );
      return found.rows.map(toWebhook);
    },
    one: (aoo, webhookId) => find(pool, aoo, webhookId),
    change: (aoo, webhookId, { at, key, version }, decide) =>
      inOffice(aoo, at, async (client, write) => {
        const before = await answeredBefore(client, aoo, key);
        if (before === 'other') return { outcome: 'other' };
        if (before !== null) return { outcome: 'done', webhook: before };
        const webhook = await find(client, aoo, webhookId, 'for update');
        if (webhook === null) return null;
        if (version !== null && version !== webhook.version) return { outcome: 'stale' };
        const decided = decide(webhook);
        if (decided === null) {
          await keepAnswer(client, aoo, key, toKept(webhook), at);
          return { outcome: 'done', webhook };
        }
        const { sql, values } = assignments(decided.change, 3);
        const changed = await client.query<WebhookRow>(
          `update webhook set ${sql}, version = version + 1 where aoo = $1 and webhook_id = $2 returning ${WEBHOOK_COLUMNS}`,
          [aoo, webhookId, ...values],
        );
        const now = changed.rows.map(toWebhook)[0] ?? webhook;
        await keepAnswer(client, aoo, key, toKept(now), at);
        if (decided.change.state === 'active')
          await closeTasks(client, aoo, webhookId, ['webhook-paused'], 'resumed', at);
        await write(decided.audit);
        await tell(client, aoo);
        return { outcome: 'done', webhook: now };
      }),
    remove: (aoo, webhookId, { at, key }, audit) =>
      inOffice(aoo, at, async (client, write) => {
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
        await closeTasks(client, aoo, webhookId, ['webhook-paused', 'webhook-dead'], 'removed', at);
        await write(audit);
        return 'removed';
      }),
    async deliveries(aoo, webhookId, { state, after, limit }) {
      const found = await pool.query<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from webhook_delivery
          where aoo = $1 and webhook_id = $2 and seq > $3 ${state === null ? '' : `and state = '${STATES[state]}'`}
          order by seq limit $4`,
        [aoo, webhookId, after, limit],
      );
      return found.rows.map(toDelivery);
    },
    replay: (aoo, webhookId, { seq, at, key }, audit) =>
      inOffice(aoo, at, async (client, write) => {
        const before = await keptAnswer<{ readonly replayed: number }>(client, aoo, key);
        if (before !== null) return before === 'other' ? 'other' : before.answer.replayed;
        const there = await client.query(
          `select from webhook w where w.aoo = $1 and w.webhook_id = $2 and w.state <> 'removed' and ($3::bigint is null
              or exists (select from webhook_delivery d where d.aoo = $1 and d.webhook_id = $2 and d.seq = $3))`,
          [aoo, webhookId, seq],
        );
        if (there.rowCount === 0) return null;
        const replayed = await client.query(
          `update webhook_delivery d set state = 'waiting', attempts = 0, first_at = $4, due_at = $4
            where d.aoo = $1 and d.webhook_id = $2 and d.state = 'dead' and ($3::bigint is null or d.seq = $3)`,
          [aoo, webhookId, seq, at],
        );
        const count = replayed.rowCount ?? 0;
        await keepAnswer(client, aoo, key, { webhookId, replayed: count }, at);
        if (count === 0) return 0;
        const left = await client.query(
          `select from webhook_delivery where aoo = $1 and webhook_id = $2 and state = 'dead' limit 1`,
          [aoo, webhookId],
        );
        if (left.rowCount === 0) await closeTasks(client, aoo, webhookId, ['webhook-dead'], 'replayed', at);
        await write({ ...audit, data: { ...audit.data, deliveries: count } });
        await tell(client, aoo);
        return count;
      }),
    ...webhookTests(inOffice),
    ...webhookWork(pool, inOffice),
    onWork: (listener) => listen(pool, CHANNEL, (payload) => listener(payload as AooId | '')),
  };
}

const CHANNEL = 'interpro_webhook';
/** Written into the statement, so that the index on dead letters alone serves it. */
const STATES = { waiting: 'waiting', delivered: 'delivered', dead: 'dead' } as const;

const closeTasks = (
  client: pg.PoolClient,
  aoo: AooId,
  webhookId: string,
  codes: readonly TaskCode[],
  outcome: string,
  at: Date,
) =>
  client.query(
    `update task set closed_at = $4, closed_by = 'interpro', outcome = $5
      where aoo = $1 and webhook_id = $2 and code = any($3) and closed_at is null`,
    [aoo, webhookId, codes, at, outcome],
  );

const tell = (client: pg.PoolClient, aoo: AooId) => client.query('select pg_notify($1, $2)', [CHANNEL, aoo]);

async function find(
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

/** The webhook as it was answered under this key before. */
async function answeredBefore(
  client: pg.PoolClient,
  aoo: AooId,
  key: CommandKey | null,
): Promise<Webhook | 'other' | null> {
  const before = await keptAnswer<KeptWebhook>(client, aoo, key);
  if (before === null || before === 'other') return before;
  return fromKept(before.answer, await find(client, aoo, before.answer.webhookId));
}

const recordOf = (at: Date, entry: AuditEntry, tasks: readonly NewTask[]): Changes => ({
  at,
  exchanges: [],
  events: [],
  registrations: [],
  queued: [],
  requeued: [],
  handed: [],
  settled: [],
  tasks,
  closedTasks: [],
  moved: [],
  annulments: [],
  registrationChanges: [],
  answer: null,
  audit: [entry],
  counters: new Map(),
});
