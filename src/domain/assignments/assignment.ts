/**
 * Who has a registration in hand.
 *
 * For competence, one unit or person has to act. It is `assigned` until somebody takes it in hand (`taken`), and ends as
 * `done`. Whoever has it may give it back with a reason: `returned`, it is with the protocol desk and with whoever assigned
 * it, until it is assigned again. Before anybody has taken it, it may be withdrawn. It can be assigned anew from any state.
 *
 * For information, any number may read. It is `unread` until one of them has read it (`read`), and may be withdrawn.
 *
 * When the registration is annulled, nothing of it remains to be done: what is open ends, and from then on there are only notes.
 */

export type AssignmentKind = 'competence' | 'information';
export type AssignmentState = 'assigned' | 'taken' | 'returned' | 'done' | 'unread' | 'read' | 'withdrawn';

/** What can be done to an assignment that is there. */
export type AssignmentAct = 'accept' | 'return' | 'reassign' | 'delegate' | 'note' | 'close' | 'read' | 'withdraw';

/** A unit, a person of a unit, or a person alone. */
export interface Holder {
  readonly unitId: string | null;
  readonly personId: string | null;
}

export interface Assignment extends Holder {
  readonly assignmentId: string;
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly kind: AssignmentKind;
  readonly state: AssignmentState;
  /** Null: by rule. */
  readonly assignedBy: string | null;
  /** Since when it is in this state, with this holder. */
  readonly since: Date;
  /** The number of its changes; notes are none. */
  readonly version: number;
}

/** What the history records. */
export type AssignmentEventType =
  | 'assigned'
  | 'accepted'
  | 'returned'
  | 'reassigned'
  | 'delegated'
  | 'noted'
  | 'closed'
  | 'read'
  | 'withdrawn';

type Steps = Readonly<Partial<Record<AssignmentState, AssignmentState>>>;

const STEPS: Readonly<Record<AssignmentKind, Readonly<Partial<Record<AssignmentAct, Steps>>>>> = {
  competence: {
    accept: { assigned: 'taken' },
    return: { assigned: 'returned', taken: 'returned' },
    reassign: {
      assigned: 'assigned',
      taken: 'assigned',
      returned: 'assigned',
      done: 'assigned',
      withdrawn: 'assigned',
    },
    delegate: { assigned: 'assigned', taken: 'assigned' },
    note: { assigned: 'assigned', taken: 'taken', returned: 'returned', done: 'done' },
    close: { taken: 'done' },
    withdraw: { assigned: 'withdrawn', returned: 'withdrawn' },
  },
  information: {
    note: { unread: 'unread', read: 'read' },
    read: { unread: 'read' },
    reassign: { withdrawn: 'unread' },
    withdraw: { unread: 'withdrawn', read: 'withdrawn' },
  },
};

/** Null: not allowed in this state. */
export const stepOf = (
  { kind, state }: Pick<Assignment, 'kind' | 'state'>,
  act: AssignmentAct,
): AssignmentState | null => STEPS[kind][act]?.[state] ?? null;

/** What whoever looks at it may be offered. */
export const actsIn = (assignment: Pick<Assignment, 'kind' | 'state'>): readonly AssignmentAct[] =>
  (Object.keys(STEPS[assignment.kind]) as AssignmentAct[]).filter((act) => stepOf(assignment, act) !== null);

/** How the annulment of the registration leaves it; null: as it is. Whoever had it in hand or was told of it goes on seeing what became of it. */
export function afterAnnulment({ state }: Pick<Assignment, 'state'>): AssignmentState | null {
  switch (state) {
    case 'assigned':
    case 'taken':
      return 'done';
    case 'returned':
      return 'withdrawn';
    default:
      return null;
  }
}

/** What is still possible once the registration is annulled. */
export const isActAfterAnnulment = (act: AssignmentAct): boolean => act === 'note';

export const isSameHolder = (a: Holder, b: Holder): boolean => a.unitId === b.unitId && a.personId === b.personId;
