import type pg from 'pg';
import type { OutboxFailing, ServiceStatus } from '../../../service/queries/views.ts';

/** A mailbox that this service reads. One that left the configuration still has a row, and is nobody's concern. */
export type Served = { readonly aoo: string; readonly mailbox: string };

/** Cheap enough for every second: partial indexes hold only what is waiting. `served` null: every mailbox. */
export async function readStatus(pool: pg.Pool, served: readonly Served[] | null = null): Promise<ServiceStatus> {
  const [mailboxes, outbox, messages, failing, stopped] = await Promise.all([
    pool.query<{
      aoo: string;
      mailbox: string;
      last_success: Date | null;
      failures: number;
      last_error: string | null;
    }>(
      `select aoo, mailbox, last_success, failures, last_error from mailbox
        where $1::jsonb is null
           or (aoo, mailbox) in (select aoo, mailbox from jsonb_to_recordset($1) as r (aoo text, mailbox text))
        order by aoo, mailbox`,
      [served === null ? null : JSON.stringify(served)],
    ),
    pool.query<{ queued: number; oldest: number | null; last_error: string | null }>(
      `select count(*) as queued, extract(epoch from now() - min(queued_at))::float8 as oldest,
              (array_agg(last_error order by queued_at) filter (where last_error is not null))[1] as last_error
         from outbox where state = 'queued'`,
    ),
    pool.query<{ waiting: number; failed: number; for_a_person: number; ahead: number }>(
      `select $1::float8 - extract(epoch from clock_timestamp())::float8 as ahead,
              (select count(*) from mail where state = 'kept') as waiting,
              (select count(*) from mail where state = 'failed') as failed,
              (select count(*) from task where closed_at is null) as for_a_person`,
      [Date.now() / 1000],
    ),
    pool.query<OutboxFailing>(
      `select aoo, count(*)::int as queued, round(extract(epoch from now() - min(queued_at)))::int as "oldestSeconds",
              (array_agg(last_error order by queued_at) filter (where last_error is not null))[1] as "lastError"
         from outbox where state = 'queued'
        group by aoo having count(last_error) > 0 order by aoo limit 200`,
    ),
    pool.query<ServiceStatus['stopped'][number]>(
      'select aoo, stopped_because as because from aoo where stopped_at is not null order by aoo limit 200',
    ),
  ]);
  const queue = outbox.rows[0];
  const mail = messages.rows[0];
  return {
    mailboxes: mailboxes.rows.map((row) => ({
      aoo: row.aoo,
      mailbox: row.mailbox,
      lastSuccess: row.last_success?.toISOString() ?? null,
      failures: row.failures,
      lastError: row.last_error,
    })),
    outbox: {
      queued: queue?.queued ?? 0,
      oldestSeconds: Math.round(queue?.oldest ?? 0),
      lastError: queue?.last_error ?? null,
      failing: failing.rows,
    },
    messages: { waiting: mail?.waiting ?? 0, failed: mail?.failed ?? 0, forAPerson: mail?.for_a_person ?? 0 },
    stopped: stopped.rows,
    clockAheadSeconds: Math.round(mail?.ahead ?? 0),
  };
}
