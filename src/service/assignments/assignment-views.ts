/** Reading who has what: of one registration, and the lists of the desk. */
import type { AssignmentEventType, AssignmentKind, AssignmentState } from '../../domain/assignments/assignment.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';
import type { RegistrationKey } from '../register/changes.ts';

export interface AssignmentView {
  readonly assignmentId: string;
  readonly kind: AssignmentKind;
  readonly state: AssignmentState;
  readonly version: number;
  readonly since: Date;
  readonly unitId: string | null;
  readonly unit: string | null;
  /** The unit is no more; its successor, if it has one. */
  readonly ceased: { readonly successorId: string | null; readonly successor: string | null } | null;
  readonly personId: string | null;
  readonly person: string | null;
  readonly assignedByName: string | null;
  /** Null: by rule. */
  readonly assignedBy: string | null;
  /** Who did the last thing to it, and what they wrote. */
  readonly lastBy: string | null;
  readonly lastNote: string;
}

/** Who has a registration. */
export interface Holding {
  readonly competence: AssignmentView | null;
  readonly information: readonly AssignmentView[];
  /** What a rule or a protocol system wrote as the office, and the unit of that name or code, if there is one now. */
  readonly byRule: { readonly office: string; readonly unitId: string | null; readonly unit: string | null } | null;
}

export interface AssignmentPassage {
  readonly eventId: string;
  readonly assignmentId: string;
  readonly kind: AssignmentKind;
  readonly act: AssignmentEventType;
  readonly at: Date;
  readonly by: string;
  readonly onBehalfOf: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string;
}

export interface AssignedRegistration extends RegistrationKey {
  readonly direction: string;
  readonly date: string;
  readonly subject: string;
  readonly correspondent: string;
  readonly isAnnulled: boolean;
}

/** One row of a list. */
export interface AssignedItem extends AssignmentView, AssignedRegistration {}

/**
 * `to-take`: assigned, nobody has taken it. `mine`: taken by the reader. `of-unit`: all that a unit has to do. `returned`:
 * given back, to the desk and to who had assigned it. `unread`: for information, not read yet.
 */
export type AssignmentListName = 'to-take' | 'mine' | 'of-unit' | 'returned' | 'unread';

export interface AssignmentQuery {
  readonly aoo: AooId;
  readonly list: AssignmentListName;
  /** `office`: of everybody, for readers who see all. `of-unit` needs `unitId`. */
  readonly scope: 'own' | 'office';
  readonly unitId?: string;
  readonly cursor: string | null;
  readonly limit: number;
}

export interface AssignmentPage {
  readonly items: readonly AssignedItem[];
  readonly cursor: string | null;
}

/** What lies unread or untaken with a unit. */
export interface UnitBacklog {
  readonly unitId: string;
  readonly unit: string;
  readonly toTake: number;
  readonly unread: number;
  /** Since when the oldest of both waits. */
  readonly oldest: Date;
}

export interface UnitChoice {
  readonly unitId: string;
  readonly name: string;
  readonly code: string;
  readonly persons: readonly { readonly personId: string; readonly name: string; readonly isAbsent: boolean }[];
}

/** Counting ends there: beyond it a number helps nobody, and costs. */
export const MOST_COUNTED = 100;

export interface AssignmentViews {
  /** What it is about; null: it is not there, or not for this reader to see. */
  about(reader: Reader, aoo: AooId, key: RegistrationKey): Promise<AssignedRegistration | null>;
  /** Of which registration an assignment is. */
  registrationOf(aoo: AooId, assignmentId: string): Promise<RegistrationKey | null>;
  /** For whom this person stands in on this day (`yyyy-mm-dd`). */
  standsInFor(aoo: AooId, personId: string, day: string): Promise<readonly string[]>;
  holding(aoo: AooId, key: RegistrationKey): Promise<Holding>;
  /** Oldest first. */
  history(aoo: AooId, key: RegistrationKey): Promise<readonly AssignmentPassage[]>;
  /** Longest waiting first. Null: the cursor is not of this list. */
  list(reader: Reader, query: AssignmentQuery): Promise<AssignmentPage | null>;
  /** Up to `MOST_COUNTED`. */
  count(reader: Reader, query: Omit<AssignmentQuery, 'cursor' | 'limit'>): Promise<number>;
  /** Of the whole office, the longest waiting first. */
  backlog(reader: Reader, aoo: AooId): Promise<readonly UnitBacklog[]>;
  /** Whom something can be given to on this day (`yyyy-mm-dd`). */
  choices(aoo: AooId, day: string): Promise<readonly UnitChoice[]>;
}
