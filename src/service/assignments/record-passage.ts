/** One passage of an assignment: its next version, its event, and the audit record that names the person. */
import type { Assignment } from '../../domain/assignments/assignment.ts';
import { ASSIGNMENT_SENTENCES } from '../../kernel/assignment-words.ts';
import { legalTime } from '../../kernel/clock.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AssignmentChange, NamedHolder } from '../register/changes.ts';
import type { Call } from '../register/idempotent-command.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';

interface Keeping {
  readonly work: UnitOfWork;
  /** Null: a program. */
  readonly actor: { readonly personId: string | null };
  readonly call: Call;
  readonly note: string;
  readonly onBehalfOf?: string | null;
}

interface Passage {
  readonly act: AssignmentChange['event']['act'];
  readonly from: NamedHolder | null;
  readonly to: NamedHolder | null;
}

/** `assignment`: as it is to be, still with the version it had. Gives it as it is kept. */
export function keep(
  { work, actor, call, note, onBehalfOf = null }: Keeping,
  assignment: Assignment,
  passage: Passage,
) {
  const next = passage.act === 'noted' ? assignment : { ...assignment, version: assignment.version + 1 };
  const event = { eventId: uuidv7(work.at), byPerson: actor.personId, byName: call.by, onBehalfOf, note, ...passage };
  work.changeAssignment({ assignment: next, event });
  work.audit(`assignment-${passage.act}`, `${next.register}/${next.year}/${next.number}`, {
    assignment: next.assignmentId,
    kind: next.kind,
    state: next.state,
    version: next.version,
    by: call.by,
    person: actor.personId,
    ...(onBehalfOf !== null && { onBehalfOf }),
    from: passage.from,
    to: passage.to,
    note,
  });
  return next;
}

/** Tells the second of two who the first was, when, and what they did. */
export async function changedMeanwhile(
  tx: OfficeTransaction,
  { assignmentId }: Assignment,
  at: Date,
): Promise<Problem> {
  const last = await tx.assignments.lastEvent(assignmentId);
  if (last === null) return problem('assignment-changed');
  const said = ASSIGNMENT_SENTENCES.did(last.byName, last.act, legalTime(last.at), legalDay(at));
  return problem('assignment-changed', '', said);
}

export const legalDay = (at: Date): string => legalTime(at).date;
