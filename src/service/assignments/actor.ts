/** Who decides about assignments, and which are theirs to decide. */
import {
  type Assignment,
  type AssignmentAct,
  actsIn,
  type Holder,
  isActAfterAnnulment,
} from '../../domain/assignments/assignment.ts';
import type { DeskCaller } from '../people/caller.ts';
import type { Reader } from '../people/rights.ts';

export interface AssignmentActor {
  readonly personId: string;
  readonly name: string;
  /** Protocol desk or head of document management: decides about everybody's. */
  readonly isDesk: boolean;
  /** Sees all of the office. */
  readonly seesAll: boolean;
  /** The reserved ones, too. */
  readonly seesReserved: boolean;
  /** Units they belong to or stand in for, and those they are head of. */
  readonly units: readonly string[];
  readonly headOf: readonly string[];
}

export const assignmentActor = ({ personId, name, roles, units, headOf }: DeskCaller): AssignmentActor => {
  const isDesk = roles.has('protocol') || roles.has('head');
  return {
    personId,
    name,
    isDesk,
    seesAll: isDesk || roles.has('auditor'),
    seesReserved: roles.has('head'),
    units,
    headOf,
  };
};

/** Whose registrations they are, for the database. */
export const readerFor = ({ personId, seesAll, seesReserved, units }: AssignmentActor): Reader => ({
  all: seesAll,
  reserved: seesReserved,
  personId,
  units,
});

/** What of an assignment decides who may do what. */
export type HeldAssignment = Holder & Pick<Assignment, 'kind' | 'state' | 'assignedBy'>;

/** `standsInFor`: persons whose work the actor does today. */
export const isHolder = (
  actor: AssignmentActor,
  { unitId, personId }: Holder,
  standsInFor: readonly string[],
): boolean =>
  personId === null
    ? unitId !== null && actor.units.includes(unitId)
    : personId === actor.personId || standsInFor.includes(personId);

export const isHeadOfIt = ({ headOf }: AssignmentActor, { unitId }: Holder): boolean =>
  unitId !== null && headOf.includes(unitId);

/** Of what somebody else holds one is told nothing, unless it was theirs to give away and came back. */
export const maySee = (actor: AssignmentActor, assignment: HeldAssignment, standsInFor: readonly string[]): boolean => {
  if (actor.seesAll) return true;
  if (assignment.state === 'returned' || assignment.state === 'withdrawn')
    return assignment.assignedBy === actor.personId;
  return (
    isHolder(actor, assignment, standsInFor) || (assignment.unitId !== null && actor.units.includes(assignment.unitId))
  );
};

/** Whether it is for this person to do, whatever state it is in: of its holder, of the head of their unit, of the desk. */
export function isTheirAct(
  act: AssignmentAct,
  actor: AssignmentActor,
  assignment: HeldAssignment,
  standsInFor: readonly string[],
): boolean {
  const isTheirs = isHolder(actor, assignment, standsInFor);
  const isAbove = isTheirs || isHeadOfIt(actor, assignment);
  switch (act) {
    case 'accept':
    case 'read':
      return isTheirs;
    case 'return':
    case 'close':
      return isAbove;
    case 'reassign':
    case 'delegate':
    case 'note':
      return isAbove || actor.isDesk;
    case 'withdraw':
      return actor.isDesk || assignment.assignedBy === actor.personId;
  }
}

/** What this person may do to it now. */
export const offeredActs = (
  actor: AssignmentActor,
  assignment: HeldAssignment,
  standsInFor: readonly string[],
  isAnnulled: boolean,
): readonly AssignmentAct[] =>
  maySee(actor, assignment, standsInFor)
    ? actsIn(assignment).filter(
        (act) => isTheirAct(act, actor, assignment, standsInFor) && (!isAnnulled || isActAfterAnnulment(act)),
      )
    : [];
