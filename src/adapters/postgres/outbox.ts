import type pg from 'pg';
import type { OutboxStore } from '../../service/register/store.ts';
import { cleanText } from './database/json.ts';
import { listen } from './database/listen.ts';
import { asking } from './database/prepared.ts';
import { type OutboxRow, toOutboxItem } from './rows.ts';

/** Queued mails under their leases. */
export function postgresOutbox(pool: pg.Pool): OutboxStore {
  const ask = asking(pool);
  return {
    async leaseOutbox(owner, offices, limit, seconds) {
      const leased = await ask<OutboxRow>(
        `with due as (
           select aoo, outbox_id from outbox
            where state = 'queued' and aoo = any($4) and aoo not in (select aoo from aoo where stopped_at is not null)
              and due_at <= now() and (lease_until is null or lease_until < now())
            order by due_at limit $2 for update skip locked)
         update outbox set lease_owner = $1, lease_until = now() + make_interval(secs => $3)
           from due where outbox.aoo = due.aoo and outbox.outbox_id = due.outbox_id
         returning outbox.aoo, outbox.outbox_id, exchange_id, purpose, recipient, recipe, attempts, queued_at`,
        [owner, limit, seconds, offices],
      );
      return leased.rows.map(toOutboxItem);
    },
    async renewOutbox(aoo, owner, outboxIds, seconds) {
      await ask(
        `update outbox set lease_until = now() + make_interval(secs => $4)
          where aoo = $1 and lease_owner = $2 and outbox_id = any($3) and state = 'queued'`,
        [aoo, owner, outboxIds, seconds],
      );
    },
    async setAside(aoo, owner, outboxIds, why, dueAt) {
      await ask(
        `update outbox set lease_owner = null, lease_until = null, due_at = $4, last_error = coalesce($5, last_error)
          where aoo = $1 and lease_owner = $2 and outbox_id = any($3) and state = 'queued'`,
        [aoo, owner, outboxIds, dueAt, why === null ? null : cleanText(why)],
      );
    },
    async sendSooner(offices) {
      if (offices.length === 0) return;
      await ask(
        `update outbox set due_at = now()
          where aoo = any($1) and state = 'queued' and due_at > now() and (lease_until is null or lease_until < now())`,
        [offices],
      );
    },
    onQueued: (listener) => listen(pool, 'interpro_outbox', listener),
  };
}
