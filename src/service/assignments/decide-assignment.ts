/** What becomes of an assignment: taken in hand, given back, passed on, closed, read, withdrawn. */
import {
  type Assignment,
  type AssignmentAct,
  type Holder,
  isActAfterAnnulment,
  isSameHolder,
  stepOf,
} from '../../domain/assignments/assignment.ts';
import { ASSIGNMENT_STATES } from '../../kernel/assignment-words.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { AssignmentChange, RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, type ExpectedVersion, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { type AssignmentActor, isHeadOfIt, isHolder, isTheirAct, maySee, readerFor } from './actor.ts';
import { type KnownHolders, knownHolders } from './holders.ts';
import { changedMeanwhile, keep, legalDay } from './record-passage.ts';

export interface AssignmentDecision extends ExpectedVersion {
  readonly assignmentId: string;
  readonly act: AssignmentAct;
  /** To whom it is passed on; of acts that pass nothing on, null. */
  readonly to: Holder | null;
  /** A reason or a note. */
  readonly note: string;
}

export interface AssignmentDecided {
  readonly assignmentId: string;
  readonly registration: RegistrationKey;
  readonly state: Assignment['state'];
  readonly version: number;
  /** With whom it is now; empty: with nobody. */
  readonly holder: string;
}

export async function decideAssignment(
  office: Office,
  request: AssignmentDecision,
  actor: AssignmentActor,
  call: Call,
  deps: CommandDeps,
): Promise<Result<AssignmentDecided>> {
  const faulty = faultOfRequest(request);
  if (faulty !== null) return refuse(faulty);
  return runCommand(office, call, deps, async (tx, work) => {
    const found = await assignmentFor(tx, work, request, actor);
    if (!found.ok) return found;
    const { assignment, standsInFor } = found.value;
    const self = { unitId: null, personId: actor.personId };
    const holders = await knownHolders(tx, [assignment, self, ...(request.to === null ? [] : [request.to])]);
    const refused = await whyNot(request, actor, assignment, { holders, standsInFor, tx, day: legalDay(work.at) });
    if (refused !== null) return refuse(refused);
    const state = stepOf(assignment, request.act);
    if (state === null) return refuse(problem('assignment-state', '', ASSIGNMENT_STATES[assignment.state]));
    const next = { ...after(request, actor, assignment, work.at), state };
    const onBehalfOf = isStandIn(actor, assignment, standsInFor) ? holders.named(assignment).name : null;
    const keeping = { work, actor, call, note: request.note.trim(), onBehalfOf };
    const isMoved = !isSameHolder(assignment, next);
    const passage = { from: holders.named(assignment), to: isMoved ? holders.named(next) : null };
    const { assignmentId, version } = keep(keeping, next, { act: EVENTS[request.act], ...passage });
    const isHeld = state !== 'returned' && state !== 'withdrawn';
    const { register, year, number } = assignment;
    const holder = isHeld ? holders.named(next).name : '';
    return ok({ assignmentId, registration: { register, year, number }, state, version, holder });
  });
}

const REASONED: readonly AssignmentAct[] = ['return', 'note'];
const PASSING: readonly AssignmentAct[] = ['reassign', 'delegate'];

function faultOfRequest({ act, note, to }: AssignmentDecision): Problem | null {
  if (note.length > LIMITS.assignmentNote)
    return problem('assignment-text-too-long', '', String(LIMITS.assignmentNote));
  if (REASONED.includes(act) && note.trim() === '') return problem('assignment-reason-missing');
  return PASSING.includes(act) && to === null ? problem('assignment-target-missing') : null;
}

/** The assignment as it stands under the lock, if the actor may know of it and has seen it as it is. */
async function assignmentFor(
  tx: OfficeTransaction,
  { at }: UnitOfWork,
  { assignmentId, version, act }: AssignmentDecision,
  actor: AssignmentActor,
): Promise<Result<{ readonly assignment: Assignment; readonly standsInFor: readonly string[] }>> {
  const assignment = await tx.assignments.find(assignmentId);
  if (assignment === null) return refuse(problem('not-found'));
  const standsInFor = await tx.assignments.standsInFor(actor.personId, legalDay(at));
  const isChanged = version !== null && version !== assignment.version && act !== 'note';
  const isSeen =
    maySee(actor, assignment, standsInFor) &&
    (!actor.seesAll || (await tx.assignments.isSeen(assignment, readerFor(actor))));
  if (isChanged && (isSeen || (await wasTheirs(tx, assignmentId, version, actor, standsInFor))))
    return refuse(await changedMeanwhile(tx, assignment, at));
  return isSeen ? ok({ assignment, standsInFor }) : refuse(problem('not-found'));
}

/** What was in one's hands as one saw it, and has gone to others meanwhile: one is told who took it away, not where it is. */
async function wasTheirs(
  tx: OfficeTransaction,
  assignmentId: string,
  version: number,
  actor: AssignmentActor,
  standsInFor: readonly string[],
): Promise<boolean> {
  const left = await tx.assignments.leftIn(assignmentId, version + 1);
  return left !== null && (isHolder(actor, left, standsInFor) || isHeadOfIt(actor, left));
}

interface Known {
  readonly holders: KnownHolders;
  readonly standsInFor: readonly string[];
  readonly tx: OfficeTransaction;
  readonly day: string;
}

/** Who may do what: its holder, the head of the unit it is with, the protocol desk. */
async function whyNot(
  { act, to }: AssignmentDecision,
  actor: AssignmentActor,
  assignment: Assignment,
  { holders, standsInFor, tx, day }: Known,
): Promise<Problem | null> {
  if (!isTheirAct(act, actor, assignment, standsInFor))
    return problem('assignment-not-yours', '', holders.named(assignment).name);
  if (!isActAfterAnnulment(act) && (await tx.registrations.annulment(assignment)) !== null)
    return problem('registration-annulled');
  if (!PASSING.includes(act) || to === null) return null;
  return holders.fault(to, day) ?? misdirected(act, assignment, to, holders);
}

function misdirected(act: AssignmentAct, assignment: Assignment, to: Holder, holders: KnownHolders): Problem | null {
  const isInside = to.personId !== null && to.unitId !== null && to.unitId === assignment.unitId;
  if (act === 'delegate' && !isInside) return problem('assignment-target-outside');
  const isOpen = assignment.state === 'assigned' || assignment.state === 'taken';
  return isOpen && isSameHolder(assignment, to) ? problem('assignment-target-same', '', holders.named(to).name) : null;
}

const isStandIn = (actor: AssignmentActor, { personId }: Holder, standsInFor: readonly string[]): boolean =>
  personId !== null && personId !== actor.personId && standsInFor.includes(personId);

/** Whoever takes what lay with their unit has it in person from then on. */
function after({ act, to }: AssignmentDecision, actor: AssignmentActor, assignment: Assignment, at: Date): Assignment {
  if (act === 'note') return assignment;
  if (act === 'accept') return { ...assignment, personId: assignment.personId ?? actor.personId, since: at };
  if (to !== null && PASSING.includes(act)) return { ...assignment, ...to, assignedBy: actor.personId, since: at };
  return { ...assignment, since: at };
}

const EVENTS: Readonly<Record<AssignmentAct, AssignmentChange['event']['act']>> = {
  accept: 'accepted',
  return: 'returned',
  reassign: 'reassigned',
  delegate: 'delegated',
  note: 'noted',
  close: 'closed',
  read: 'read',
  withdraw: 'withdrawn',
};
