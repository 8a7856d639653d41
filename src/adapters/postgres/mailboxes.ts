import type pg from 'pg';
import type { MailboxStore } from '../../service/register/store.ts';
import { cleanText } from './database/json.ts';
import { inTransaction } from './database/pool.ts';
import { asking } from './database/prepared.ts';
import { MAIL_COLUMNS, type MailRow, toKeptMail } from './rows.ts';

/** What a person was told is over by itself. */
export const CLOSE_MAILBOX_TASK = `
  update task set closed_at = now(), closed_by = 'interpro', outcome = 'mended'
   where aoo = $1 and mailbox = $2 and code = 'mailbox-unread' and closed_at is null`;
const READ_AGAIN = `
  with read as (
    update mailbox set failures = 0, last_error = null, last_success = now(), failing_since = null
     where aoo = $1 and mailbox = $2)
  ${CLOSE_MAILBOX_TASK}`;

/** Mailboxes under their leases, and the mails kept from them. */
export function postgresMailboxes(pool: pg.Pool): MailboxStore {
  const ask = asking(pool);
  return {
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
      if (failure === null) await ask(READ_AGAIN, [aoo, mailbox]);
      else
        await ask(
          `update mailbox set failures = failures + 1, last_error = $3, last_failure = now(),
                  failing_since = coalesce(failing_since, now())
            where aoo = $1 and mailbox = $2`,
          [aoo, mailbox, cleanText(failure)],
        );
    },
    keepMails: (...kept) => inTransaction(pool, (client) => keep(client, ...kept)),
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
    async mailOf(aoo, mailId) {
      const found = await ask<MailRow>(`select ${MAIL_COLUMNS} from mail where aoo = $1 and mail_id = $2`, [
        aoo,
        mailId,
      ]);
      return found.rows[0] === undefined ? null : toKeptMail(found.rows[0]);
    },
  };
}

/** See `MailboxStore.keepMails`; within one transaction. */
async function keep(
  client: pg.PoolClient,
  ...[aoo, mailbox, owner, uidValidity, lastUid, mails]: Parameters<MailboxStore['keepMails']>
): Promise<boolean> {
  const within = asking(client);
  const moved = await within<{ failures: number }>(
    `with before as (select failures from mailbox where aoo = $1 and mailbox = $2 for update)
           update mailbox set uidvalidity = $4, last_uid = $5, last_success = now(), failures = 0, last_error = null,
                  failing_since = null
             from before
            where aoo = $1 and mailbox = $2 and lease_owner = $3 and lease_until > now()
           returning before.failures`,
    [aoo, mailbox, owner, uidValidity.toString(), lastUid],
  );
  const [before] = moved.rows;
  if (before === undefined) return false;
  if (before.failures > 0) await within(CLOSE_MAILBOX_TASK, [aoo, mailbox]);
  if (mails.length > 0) {
    await within(
      `insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, note)
             select $1, "mailId", mailbox, uidvalidity, uid, sha256, size, "arrivedAt", clock_timestamp(),
                    case when refusal is null then 'kept' else 'failed' end, refusal
               from jsonb_to_recordset($2) as r ("mailId" uuid, mailbox text, uidvalidity bigint, uid bigint, sha256 text,
                    size bigint, "arrivedAt" timestamptz, refusal text)
             on conflict (aoo, mailbox, uidvalidity, uid) do nothing`,
      [aoo, JSON.stringify(mails.map(({ uidValidity: value, ...mail }) => ({ ...mail, uidvalidity: Number(value) })))],
    );
  }
  return true;
}
