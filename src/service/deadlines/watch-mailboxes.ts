import { MAILBOX_UNREAD_SECONDS } from '../../domain/exchange/deadlines.ts';
import { alertMail, endMail } from '../../kernel/alert-mails.ts';
import { type Clock, italianMinute } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import type { Office } from '../register/office.ts';
import type { MailboxName, Store, UnreadMailbox } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { OfficeStoppedError } from '../register/witness.ts';

/** Sends an e-mail to the administrator. Rejects when it was not handed over. */
export type SendAlert = (mail: { readonly subject: string; readonly text: string }) => Promise<void>;

export interface MailboxWatchDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly offices: ReadonlyMap<AooId, Office>;
  /** The mailboxes that this service reads. */
  readonly served: readonly MailboxName[];
  /** Null: nobody gets an e-mail. */
  readonly alert: SendAlert | null;
}

/**
 * Puts each mailbox that cannot be read for a quarter of an hour on the list of its office, once for each trouble; that it
 * can be read again closes the task where it is noticed. An administrator may be told too, once when it begins and once when
 * it is over.
 */
export async function watchMailboxes(deps: MailboxWatchDeps): Promise<void> {
  const { store, served, alert } = deps;
  if (served.length === 0) return;
  for (const unread of await store.untold(served, MAILBOX_UNREAD_SECONDS)) await openTask(unread, deps);
  if (alert === null) return;
  const begun = await store.claimAlerts(served, MAILBOX_UNREAD_SECONDS);
  await tell(begun, alertMail(begun), () => null, deps);
  const ended = await store.claimEnds(served);
  const alertedAt = new Map(ended.map((one) => [one, one.alertedAt]));
  await tell(ended, endMail(ended), (one) => alertedAt.get(one) ?? null, deps);
}

async function openTask(unread: UnreadMailbox, { store, clock, offices, log }: MailboxWatchDeps): Promise<void> {
  const { aoo, mailbox, since, lastError } = unread;
  const office = offices.get(aoo);
  if (office === undefined) return;
  try {
    await store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(office, tx, clock.now());
      const detail = `${mailbox}, dal ${italianMinute(since)}: ${lastError}`;
      work.show({ code: 'mailbox-unread', detail, exchangeId: null, mailId: null, mailbox });
      await tx.save(work.changes());
    });
    log.warn({ aoo, mailbox, since }, 'a mailbox cannot be read: a person is told');
  } catch (error) {
    // Such an office has a task already, and does nothing until a person has looked.
    if (!(error instanceof OfficeStoppedError)) throw error;
  }
}

/** One e-mail for all. Where it cannot be sent, it is as if it had not been begun. */
async function tell<M extends MailboxName>(
  mailboxes: readonly M[],
  mail: Parameters<SendAlert>[0],
  before: (mailbox: M) => Date | null,
  { alert, store, log }: MailboxWatchDeps,
): Promise<void> {
  if (mailboxes.length === 0) return;
  try {
    await alert?.(mail);
    log.info({ mailboxes: mailboxes.length }, 'the administrator was told by e-mail');
  } catch (error) {
    log.warn({ reason: errorMessage(error) }, 'the e-mail to the administrator could not be sent');
    for (const mailbox of mailboxes) await store.unclaim(mailbox, before(mailbox));
  }
}
