import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { MailboxName, MailboxWatchStore, UnreadMailbox } from '../../service/register/store.ts';
import { asking } from './database/prepared.ts';
import { CLOSE_MAILBOX_TASK } from './mailboxes.ts';

interface UnreadRow {
  readonly aoo: AooId;
  readonly mailbox: string;
  readonly failing_since: Date;
  readonly last_error: string | null;
}

const toUnread = ({ aoo, mailbox, failing_since, last_error }: UnreadRow): UnreadMailbox => ({
  aoo,
  mailbox,
  since: failing_since,
  lastError: last_error ?? '',
});

const AMONG = 'select aoo, mailbox from jsonb_to_recordset($1) as r (aoo text, mailbox text)';
const asJson = (mailboxes: readonly MailboxName[]): string =>
  JSON.stringify(mailboxes.map(({ aoo, mailbox }) => ({ aoo, mailbox })));

/** The database's clock alone counts: whoever asks, a trouble has lasted as long as it says. */
export function postgresMailboxWatch(pool: pg.Pool): MailboxWatchStore {
  const ask = asking(pool);
  return {
    async untold(mailboxes, seconds) {
      const { rows } = await ask<UnreadRow>(
        `select m.aoo, m.mailbox, m.failing_since, m.last_error from mailbox m
          where m.failing_since <= now() - make_interval(secs => $2) and (m.aoo, m.mailbox) in (${AMONG})
            and not exists (select from task t
                             where t.aoo = m.aoo and t.mailbox = m.mailbox and t.opened_at >= m.failing_since)
            and not exists (select from aoo where aoo.aoo = m.aoo and stopped_at is not null)
          order by m.failing_since`,
        [asJson(mailboxes), seconds],
      );
      return rows.map(toUnread);
    },
    async claimAlerts(mailboxes, seconds) {
      const { rows } = await ask<UnreadRow>(
        `update mailbox m set alerted_at = now()
          where m.failing_since <= now() - make_interval(secs => $2) and m.alerted_at is null
            and (m.aoo, m.mailbox) in (${AMONG})
        returning m.aoo, m.mailbox, m.failing_since, m.last_error`,
        [asJson(mailboxes), seconds],
      );
      return rows.map(toUnread);
    },
    async claimEnds(mailboxes) {
      const { rows } = await ask<{ aoo: AooId; mailbox: string; alerted_at: Date }>(
        `with told as (
           select aoo, mailbox, alerted_at from mailbox
            where alerted_at is not null and failing_since is null and (aoo, mailbox) in (${AMONG}) for update skip locked)
         update mailbox m set alerted_at = null from told where m.aoo = told.aoo and m.mailbox = told.mailbox
         returning m.aoo, m.mailbox, told.alerted_at`,
        [asJson(mailboxes)],
      );
      return rows.map(({ aoo, mailbox, alerted_at }) => ({ aoo, mailbox, alertedAt: alerted_at }));
    },
    async leaveMailboxes(mailboxes) {
      for (const { aoo, mailbox } of mailboxes) {
        await ask('update mailbox set failing_since = null, alerted_at = null where aoo = $1 and mailbox = $2', [
          aoo,
          mailbox,
        ]);
        await ask(CLOSE_MAILBOX_TASK, [aoo, mailbox]);
      }
    },
    async unclaim({ aoo, mailbox }, alertedAt) {
      await ask('update mailbox set alerted_at = $3 where aoo = $1 and mailbox = $2', [aoo, mailbox, alertedAt]);
    },
  };
}
