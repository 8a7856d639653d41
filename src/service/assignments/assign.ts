/** Giving a registration to somebody for the first time: for competence to one, for information to many. */
import { type Assignment, type Holder, isSameHolder, stepOf } from '../../domain/assignments/assignment.ts';
import { ASSIGNMENT_SENTENCES } from '../../kernel/assignment-words.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { type AssignmentActor, isHeadOfIt, isHolder, maySee, readerFor } from './actor.ts';
import { type KnownHolders, knownHolders } from './holders.ts';
import { changedMeanwhile, keep, legalDay } from './record-passage.ts';

export interface AssignRequest {
  readonly registration: RegistrationKey;
  /** Who is to act; null: that stays as it is. */
  readonly competence: Holder | null;
  /** Who may read; those that may already are left as they are. */
  readonly information: readonly Holder[];
  readonly note: string;
  /** Of the assignment for competence, as the caller has seen it; 0: there was none. Null: any. */
  readonly version: number | null;
}

export interface Assigned {
  /** Names of those it was given to now. */
  readonly competence: string | null;
  readonly information: readonly string[];
}

/** What is free, was given back or withdrawn can be assigned; what somebody has in hand is reassigned. */
export async function assign(
  office: Office,
  request: AssignRequest,
  actor: AssignmentActor,
  call: Call,
  deps: CommandDeps,
): Promise<Result<Assigned>> {
  const { registration: key, competence, information } = request;
  const faulty = faultOfRequest(request);
  if (faulty !== null) return refuse(faulty);
  return runCommand(office, call, deps, async (tx, work) => {
    const present = await tx.assignments.ofRegistration(key);
    const refused = await mayAssign(tx, request, present, actor, legalDay(work.at));
    if (refused !== null) return refuse(refused);
    const wanted = [...(competence === null ? [] : [competence]), ...information];
    const holders = await knownHolders(tx, [...wanted, ...present]);
    for (const holder of wanted) {
      const fault = holders.fault(holder, legalDay(work.at));
      if (fault !== null) return refuse(fault);
    }
    const doing: Doing = { tx, work, actor, call, holders, key, note: request.note.trim() };
    const given = competence === null ? ok(null) : await giveCompetence(doing, competence, present, request.version);
    if (!given.ok) return given;
    return ok({ competence: given.value, information: inform(doing, information, present) });
  });
}

function faultOfRequest({ competence, information, note }: AssignRequest): Problem | null {
  if (competence === null && information.length === 0) return problem('assignment-target-missing');
  if (information.length > LIMITS.assignmentTargets)
    return problem('assignment-too-many', '', String(LIMITS.assignmentTargets));
  if (note.length > LIMITS.assignmentNote)
    return problem('assignment-text-too-long', '', String(LIMITS.assignmentNote));
  return null;
}

/** Competence is given by the desk; information also by who has the registration in hand, and the head of their unit. */
async function mayAssign(
  tx: OfficeTransaction,
  { registration: key, competence }: AssignRequest,
  present: readonly Assignment[],
  actor: AssignmentActor,
  day: string,
): Promise<Problem | null> {
  const standsInFor = await tx.assignments.standsInFor(actor.personId, day);
  const isSeen = actor.seesAll
    ? await tx.assignments.isSeen(key, readerFor(actor))
    : present.some((one) => maySee(actor, one, standsInFor));
  if (!isSeen || (await tx.registrations.find(key)) === null) return problem('not-found');
  if ((await tx.registrations.annulment(key)) !== null) return problem('registration-annulled');
  if (actor.isDesk) return null;
  const inHand = present.find(({ kind }) => kind === 'competence');
  const isTheirs = inHand !== undefined && (isHolder(actor, inHand, standsInFor) || isHeadOfIt(actor, inHand));
  return competence === null && isTheirs ? null : problem('assignment-not-yours', '', ASSIGNMENT_SENTENCES.ofTheDesk);
}

interface Doing {
  readonly tx: OfficeTransaction;
  readonly work: UnitOfWork;
  readonly actor: AssignmentActor;
  readonly call: Call;
  readonly holders: KnownHolders;
  readonly key: RegistrationKey;
  readonly note: string;
}

async function giveCompetence(
  doing: Doing,
  holder: Holder,
  present: readonly Assignment[],
  version: number | null,
): Promise<Result<string>> {
  const { holders, tx, work } = doing;
  const before = present.find(({ kind }) => kind === 'competence') ?? null;
  if (version !== null && version !== (before?.version ?? 0))
    return refuse(before === null ? problem('assignment-changed') : await changedMeanwhile(tx, before, work.at));
  if (before?.state === 'assigned' || before?.state === 'taken')
    return refuse(problem('assignment-held', '', holders.named(before).name));
  const to = holders.named(holder);
  const fresh = before ?? newAssignment(doing, 'competence', holder);
  const state = before === null ? 'assigned' : (stepOf(before, 'reassign') ?? 'assigned');
  const next = { ...fresh, ...holder, state, assignedBy: doing.actor.personId, since: work.at };
  keep(doing, next, { act: before === null ? 'assigned' : 'reassigned', from: before && holders.named(before), to });
  return ok(to.name);
}

function inform(doing: Doing, wanted: readonly Holder[], present: readonly Assignment[]): readonly string[] {
  const known = present.filter(({ kind }) => kind === 'information');
  const told: Holder[] = [];
  const names: string[] = [];
  for (const holder of wanted) {
    const before = known.find((one) => isSameHolder(one, holder));
    if (told.some((one) => isSameHolder(one, holder)) || (before !== undefined && before.state !== 'withdrawn'))
      continue;
    told.push(holder);
    const to = doing.holders.named(holder);
    const fresh = before ?? newAssignment(doing, 'information', holder);
    keep(
      doing,
      { ...fresh, state: 'unread', assignedBy: doing.actor.personId, since: doing.work.at },
      { act: 'assigned', from: null, to },
    );
    names.push(to.name);
  }
  return names;
}

const newAssignment = ({ work, key }: Doing, kind: Assignment['kind'], holder: Holder): Assignment => ({
  assignmentId: uuidv7(work.at),
  register: key.register,
  year: key.year,
  number: key.number,
  kind,
  ...holder,
  state: kind === 'competence' ? 'assigned' : 'unread',
  assignedBy: null,
  since: work.at,
  version: 0,
});
