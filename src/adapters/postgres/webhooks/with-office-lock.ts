import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import { noByHandWrites } from '../../../service/register/by-hand-writes.ts';
import type { AuditEntry, Changes, NewTask } from '../../../service/register/changes.ts';
import type { WebhookRecord } from '../../../service/webhooks/webhook-store.ts';
import { inTransaction } from '../database/pool.ts';
import { lockOffice } from '../office/transaction.ts';

/** Adds to the office's audit chain, and opens tasks. */
export type Save = (entry: AuditEntry, tasks?: readonly NewTask[]) => Promise<void>;

/** Takes the office's lock before any row of a webhook, so that no two transactions wait for each other. */
export type WithOffice = <T>(
  aoo: AooId,
  at: Date,
  work: (client: pg.PoolClient, save: Save) => Promise<T>,
) => Promise<T>;

export const officeLock =
  (pool: pg.Pool): WithOffice =>
  (aoo, at, work) =>
    inTransaction(pool, async (client) => {
      const { tx } = await lockOffice(client, aoo);
      return work(client, (entry, tasks = []) => tx.save({ ...NO_CHANGES, at, tasks, audit: [entry] }));
    });

const NO_CHANGES: Omit<Changes, 'at' | 'tasks' | 'audit'> = {
  exchanges: [],
  events: [],
  registrations: [],
  queued: [],
  requeued: [],
  handed: [],
  settled: [],
  closedTasks: [],
  mailsAside: [],
  moved: [],
  annulments: [],
  registrationChanges: [],
  assignments: [],
  byHand: noByHandWrites(),
  annulmentRequests: [],
  annulmentDecisions: [],
  notes: [],
  closings: [],
  answer: null,
  counters: new Map(),
};

export async function settleTasks(
  client: pg.PoolClient,
  aoo: AooId,
  webhookId: string,
  settles: WebhookRecord['settles'],
  at: Date,
): Promise<void> {
  if (settles === undefined) return;
  await client.query(
    `update task set closed_at = $4, closed_by = 'interpro', outcome = $5
      where aoo = $1 and webhook_id = $2 and code = any($3) and closed_at is null`,
    [aoo, webhookId, settles.codes, at, settles.outcome],
  );
}

export const WORK_CHANNEL = 'interpro_webhook';

/** Wakes the workers of all processes. */
export const announceWork = (client: pg.PoolClient, aoo: AooId) =>
  client.query('select pg_notify($1, $2)', [WORK_CHANNEL, aoo]);
