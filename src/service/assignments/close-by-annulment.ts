/** An annulled registration is nobody's work any more. */
import { afterAnnulment } from '../../domain/assignments/assignment.ts';
import { ASSIGNMENT_SENTENCES } from '../../kernel/assignment-words.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type Call, personOf } from '../register/idempotent-command.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { knownHolders } from './holders.ts';
import { keep } from './record-passage.ts';

/** Ends what is open of it in the transaction that annuls it, by name of who annuls. */
export async function closeByAnnulment(
  tx: OfficeTransaction,
  work: UnitOfWork,
  key: RegistrationKey,
  call: Call,
): Promise<void> {
  const present = await tx.assignments.ofRegistration(key);
  if (present.length === 0) return;
  const holders = await knownHolders(tx, present);
  const keeping = { work, call, actor: { personId: personOf(call) }, note: ASSIGNMENT_SENTENCES.annulled };
  for (const assignment of present) {
    const state = afterAnnulment(assignment);
    if (state === null) continue;
    const act = state === 'withdrawn' ? 'withdrawn' : 'closed';
    keep(keeping, { ...assignment, state, since: work.at }, { act, from: holders.named(assignment), to: null });
  }
}
