import type { Clock } from '../../kernel/clock.ts';
import type { Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';

/**
 * Marks mails to be settled again: those that failed through a fault of ours, and those that wait for a person because no
 * trusted certificate vouched for their envelope, or nobody for the address that an answer came from. The service takes
 * them up at its next look into the mailbox. `mailIds` null: all of them. Gives the ids that were marked; others were
 * settled, have been decided since, or were never kept.
 */
export async function retryMails(
  office: Office,
  mailIds: readonly string[] | null,
  deps: { readonly store: Store; readonly clock: Clock },
): Promise<readonly string[]> {
  return deps.store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, deps.clock.now());
    const waiting = await tx.mails.unsettle(mailIds);
    for (const mailId of waiting) work.audit('to-be-settled-again', mailId, {});
    await tx.save(work.changes());
    return waiting;
  });
}
