/** Who decides about assignments, and which are theirs to decide. */
import type { Assignment, Holder } from '../../domain/assignments/assignment.ts';

export interface AssignmentActor {
  readonly personId: string;
  readonly name: string;
  /** Protocol desk or head of document management: decides about everybody's. */
  readonly isDesk: boolean;
  /** Sees all of the office. */
  readonly seesAll: boolean;
  /** Units they belong to or stand in for, and those they are head of. */
  readonly units: readonly string[];
  readonly headOf: readonly string[];
}

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
export const maySee = (actor: AssignmentActor, assignment: Assignment, standsInFor: readonly string[]): boolean => {
  if (actor.seesAll) return true;
  if (assignment.state === 'returned' || assignment.state === 'withdrawn')
    return assignment.assignedBy === actor.personId;
  return (
    isHolder(actor, assignment, standsInFor) || (assignment.unitId !== null && actor.units.includes(assignment.unitId))
  );
};
