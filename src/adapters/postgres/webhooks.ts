import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { AuditEntry, Changes, NewTask } from '../../service/store.ts';
import type { CommandKey, Webhook, WebhookState, WebhookStore } from '../../service/webhooks/ports.ts';
import { listen } from './listen.ts';
import { lockOffice } from './office-transaction.ts';
import { inTransaction } from './pool.ts';
import {
  assignments,
  DELIVERY_COLUMNS,
  type DeliveryRow,
  toDelivery,
  toWebhook,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './webhook-rows.ts';
import { type Tell, webhookWork } from './webhook-work.ts';

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
        const before = await answered(client, webhook.aoo, key);
        if (before === 'other') return { outcome: 'other' };
        const known = before === null ? null : await find(client, webhook.aoo, before);
        if (known !== null) return { outcome: 'repeated', webhook: known };
        const { rows } = await client.query<{ full: boolean }>(
          `select count(*) >= $2 as full from webhook where aoo = $1 and state <> 'removed'`,
          [webhook.aoo, most],
        );
        if (rows[0]?.full === true) return { outcome: 'full' };
        await insert(client, webhook);
        await answer(client, webhook.aoo, key, webhook.webhookId, webhook.createdAt);
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
        const before = await answered(client, aoo, key);
        const webhook = await find(client, aoo, webhookId, 'for update');
        if (webhook === null) return null;
        if (before === 'other' || (before !== null && before !== webhookId)) return { outcome: 'other' };
        if (before !== null) return { outcome: 'done', webhook };
        if (version !== null && version !== webhook.version) return { outcome: 'stale' };
        const decided = decide(webhook);
        if (decided === null) return { outcome: 'done', webhook };
        const { sql, values } = assignments(decided.change, 3);
        const changed = await client.query<WebhookRow>(
          `update webhook set ${sql}, version = version + 1 where aoo = $1 and webhook_id = $2 returning ${WEBHOOK_COLUMNS}`,
          [aoo, webhookId, ...values],
        );
        await answer(client, aoo, key, webhookId, at);
        if (decided.change.state === 'active')
          await closeTasks(client, aoo, webhookId, ['webhook-paused'], 'resumed', at);
        await write(decided.audit);
        await tell(client, aoo);
        return { outcome: 'done', webhook: changed.rows.map(toWebhook)[0] ?? webhook };
      }),
    remove: (aoo, webhookId, at, audit) =>
      inOffice(aoo, at, async (client, write) => {
        const removed = await client.query(
          `update webhook set state = 'removed', pause_reason = null, secret = '', previous_secret = null,
                  previous_until = null, version = version + 1
            where aoo = $1 and webhook_id = $2 and state <> 'removed'`,
          [aoo, webhookId],
        );
        if (removed.rowCount === 0) return false;
        await closeTasks(client, aoo, webhookId, ['webhook-paused', 'webhook-dead'], 'removed', at);
        await write(audit);
        return true;
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
    replay: (aoo, webhookId, seq, at, audit) =>
      inOffice(aoo, at, async (client, write) => {
        const replayed = await client.query(
          `update webhook_delivery d set state = 'waiting', attempts = 0, first_at = $4, due_at = $4
             from webhook w
            where d.aoo = $1 and d.webhook_id = $2 and d.state = 'dead' and ($3::bigint is null or d.seq = $3)
              and w.aoo = d.aoo and w.webhook_id = d.webhook_id and w.state <> 'removed'`,
          [aoo, webhookId, seq, at],
        );
        const count = replayed.rowCount ?? 0;
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

/** The webhook this key has made or changed before; `other` where the key was used for something else. */
async function answered(client: pg.PoolClient, aoo: AooId, key: CommandKey | null): Promise<string | 'other' | null> {
  if (key === null) return null;
  const found = await client.query<{ digest: string; webhook_id: string | null }>(
    `select digest, answer ->> 'webhookId' as webhook_id from command_answer where aoo = $1 and client = $2 and key = $3`,
    [aoo, key.client, key.key],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return row.digest === key.digest && row.webhook_id !== null ? row.webhook_id : 'other';
}

/** Which one it was; never its secret. */
async function answer(client: pg.PoolClient, aoo: AooId, key: CommandKey | null, webhookId: string, at: Date) {
  if (key === null) return;
  await client.query(
    'insert into command_answer (aoo, client, key, digest, answer, at) values ($1, $2, $3, $4, $5, $6)',
    [aoo, key.client, key.key, key.digest, JSON.stringify({ webhookId }), at],
  );
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
