import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { Store } from '../../service/register/store.ts';
import { cleanText } from './database/json.ts';
import { listen } from './database/listen.ts';
import { inTransaction } from './database/pool.ts';
import { asking } from './database/prepared.ts';
import { officeTurns } from './office/turns.ts';
import {
  EXCHANGE_COLUMNS,
  type ExchangeRow,
  MAIL_COLUMNS,
  type MailRow,
  type OutboxRow,
  toExchange,
  toKeptMail,
  toOutboxItem,
} from './rows.ts';

export function postgresStore(pool: pg.Pool): Store {
  const ask = asking(pool);
  return {
    async declareOffices(offices, mailboxes) {
      await inTransaction(pool, async (client) => {
        await client.query(
          `insert into aoo (aoo, administration, code, register, name, address)
           select * from jsonb_to_recordset($1) as r (aoo text, administration text, code text, register text, name text, address text)
           on conflict (aoo) do update set register = excluded.register, name = excluded.name, address = excluded.address`,
          [JSON.stringify(offices)],
        );
        await client.query(
          `insert into mailbox (aoo, mailbox) select * from jsonb_to_recordset($1) as r (aoo text, mailbox text)
           on conflict do nothing`,
          [JSON.stringify(mailboxes)],
        );
      });
    },
    inOffice: officeTurns(pool),
    async leaseMailbox(aoo, mailbox, owner, seconds) {
      const leased = await ask<{ uidvalidity: number | null; last_uid: number }>(
        `update mailbox set lease_owner = $3, lease_until = now() + make_interval(secs => $4)
          where aoo = $1 and mailbox = $2 and (lease_owner = $3 or lease_until is null or lease_until < now())
        returning uidvalidity, last_uid`,
        [aoo, mailbox, owner, seconds],
      );
      const row = leased.rows[0];
      if (row === undefined) return null;
      return { uidValidity: row.uidvalidity === null ? null : BigInt(row.uidvalidity), lastUid: row.last_uid };
    },
    async releaseMailbox(aoo, mailbox, owner) {
      await ask(
        'update mailbox set lease_owner = null, lease_until = null where aoo = $1 and mailbox = $2 and lease_owner = $3',
        [aoo, mailbox, owner],
      );
    },
    async reportMailbox(aoo, mailbox, failure) {
      await ask(
        failure === null
          ? 'update mailbox set failures = 0, last_error = null, last_success = now() where aoo = $1 and mailbox = $2'
          : 'update mailbox set failures = failures + 1, last_error = $3, last_failure = now() where aoo = $1 and mailbox = $2',
        failure === null ? [aoo, mailbox] : [aoo, mailbox, cleanText(failure)],
      );
    },
    keepMails: (aoo, mailbox, owner, uidValidity, lastUid, mails) =>
      inTransaction(pool, async (client) => {
        const within = asking(client);
        const moved = await within(
          `update mailbox set uidvalidity = $4, last_uid = $5, last_success = now(), failures = 0, last_error = null
            where aoo = $1 and mailbox = $2 and lease_owner = $3 and lease_until > now()`,
          [aoo, mailbox, owner, uidValidity.toString(), lastUid],
        );
        if (moved.rowCount !== 1) return false;
        if (mails.length > 0) {
          await within(
            `insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, note)
             select $1, "mailId", mailbox, uidvalidity, uid, sha256, size, "arrivedAt", clock_timestamp(),
                    case when refusal is null then 'kept' else 'failed' end, refusal
               from jsonb_to_recordset($2) as r ("mailId" uuid, mailbox text, uidvalidity bigint, uid bigint, sha256 text,
                    size bigint, "arrivedAt" timestamptz, refusal text)
             on conflict (aoo, mailbox, uidvalidity, uid) do nothing`,
            [
              aoo,
              JSON.stringify(mails.map(({ uidValidity: value, ...mail }) => ({ ...mail, uidvalidity: Number(value) }))),
            ],
          );
        }
        return true;
      }),
    async mailsToSettle(aoo, mailbox, limit) {
      const found = await ask<MailRow>(
        `select ${MAIL_COLUMNS} from mail
          where aoo = $1 and mailbox = $2 and state = 'kept' order by uid limit $3`,
        [aoo, mailbox, limit],
      );
      return found.rows.map(toKeptMail);
    },
    async failMail(aoo, mailId, note) {
      await ask(
        `update mail set state = 'failed', note = $3, settled_at = now() where aoo = $1 and mail_id = $2 and state = 'kept'`,
        [aoo, mailId, cleanText(note)],
      );
    },
    async overdueOffices(aoos, now) {
      const found = await ask<{ aoo: AooId; next: Date }>(
        `select asked.aoo, due.next from unnest($1::text[]) as asked (aoo)
          cross join lateral (select min(due_at) as next from exchange x where x.aoo = asked.aoo and due_at is not null) due
          where due.next is not null`,
        [aoos],
      );
      const late = found.rows.filter(({ next }) => next <= now);
      const times = found.rows.map(({ next }) => next.getTime()).filter((time) => time > now.getTime());
      return { aoos: late.map(({ aoo }) => aoo), next: times.length === 0 ? null : new Date(Math.min(...times)) };
    },
    async exchangeOf(aoo, exchangeId) {
      const found = await ask<ExchangeRow>(
        `select ${EXCHANGE_COLUMNS} from exchange where aoo = $1 and exchange_id = $2`,
        [aoo, exchangeId],
      );
      return found.rows[0] === undefined ? null : toExchange(found.rows[0]);
    },
    async mailOf(aoo, mailId) {
      const found = await ask<MailRow>(`select ${MAIL_COLUMNS} from mail where aoo = $1 and mail_id = $2`, [
        aoo,
        mailId,
      ]);
      return found.rows[0] === undefined ? null : toKeptMail(found.rows[0]);
    },
    async leaseOutbox(owner, offices, limit, seconds) {
      const leased = await ask<OutboxRow>(
        `with due as (
           select aoo, outbox_id from outbox
            where state = 'queued' and aoo = any($4) and due_at <= now() and (lease_until is null or lease_until < now())
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
    onQueued: (listener) => listen(pool, 'interpro_outbox', listener),
  };
}
