import type { Clock } from '../kernel/clock.ts';
import { openLedger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Store } from './store.ts';

/**
 * Mails that failed through a fault of ours wait to be settled again: the service takes them up at its next look into the
 * mailbox. `mailIds` null: all that failed. Gives the ids of those that wait now; others had not failed, or were never
 * taken over from their server.
 */
export async function retryMails(
  office: Office,
  mailIds: readonly string[] | null,
  deps: { readonly store: Store; readonly clock: Clock },
): Promise<readonly string[]> {
  return deps.store.inOffice(office.aoo, async (tx) => {
    const ledger = openLedger(office, tx, deps.clock.now());
    const waiting = await tx.unfail(mailIds);
    for (const mailId of waiting) ledger.audit('to-be-settled-again', mailId, {});
    await tx.save(ledger.changes());
    return waiting;
  });
}
