/** What needs a person of an office, the most urgent first: the desk's list. */
import type { AooId } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { Reader } from '../people/rights.ts';

/** The kinds a clerk knows, in the order of the list beside the desk. */
export const WORK_KINDS = [
  'flagged',
  'without-segnatura',
  'undelivered',
  'overdue',
  'excepted',
  'unmatched',
  'sick',
  'failed-mail',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

const HOUR = 3_600;
const DAY = 24 * HOUR;

/**
 * By the code of a task: its kind, and after how many seconds it should have been seen to. Certified mail is taken in hand
 * within 24 hours; what has failed on its way out is more urgent than what is merely odd.
 */
export const WORK_OF_TASK: Readonly<Record<TaskCode, readonly [kind: WorkKind, seconds: number]>> = {
  decide: ['flagged', DAY],
  'taking-late': ['flagged', 0],
  'answers-too-many': ['flagged', DAY],
  'annulled-by-sender': ['flagged', 3 * DAY],
  'annulled-unregistered': ['flagged', 3 * DAY],
  contradiction: ['flagged', DAY],
  'not-sent': ['undelivered', 4 * HOUR],
  'not-accepted': ['undelivered', 4 * HOUR],
  'not-delivered': ['undelivered', 4 * HOUR],
  'mailbox-full': ['undelivered', 4 * HOUR],
  'delivery-notice': ['undelivered', DAY],
  'answer-failed': ['undelivered', 4 * HOUR],
  'notice-failed': ['undelivered', DAY],
  'acceptance-late': ['overdue', 0],
  'delivery-late': ['overdue', 0],
  'confirmation-late': ['overdue', 0],
  'answer-delivery-late': ['overdue', 0],
  excepted: ['excepted', 2 * DAY],
  'exception-open': ['excepted', 0],
  'annulled-by-recipient': ['excepted', 2 * DAY],
  'recipient-differs': ['unmatched', 5 * DAY],
  'receipt-of-another': ['unmatched', 5 * DAY],
  'answer-unmatched': ['unmatched', 5 * DAY],
  'answer-of-another': ['unmatched', 2 * DAY],
  'answer-too-early': ['unmatched', 2 * DAY],
  'envelope-for-others': ['unmatched', 2 * DAY],
  'register-behind': ['sick', 0],
  'register-not-closed': ['sick', 0],
  'mailbox-unread': ['sick', 0],
  'webhook-paused': ['sick', DAY],
  'webhook-dead': ['sick', DAY],
};

export interface WorkItem {
  readonly id: string;
  readonly kind: WorkKind;
  /** Null: a mail that no task speaks of. */
  readonly code: TaskCode | null;
  /** What the finder adds to the sentence of the task; of a mail, its note. */
  readonly detail: string;
  readonly subject: string | null;
  /** Whom it is with: a name, else an address. */
  readonly peer: string | null;
  readonly since: string;
  /** When it should have been seen to. */
  readonly actBy: string;
  readonly exchange: string | null;
  readonly message: string | null;
  readonly direction: 'incoming' | 'outgoing' | null;
  readonly state: string | null;
  readonly version: number | null;
  readonly registration: { readonly year: number; readonly number: number } | null;
  readonly peerNumber: string | null;
  readonly mailbox: string | null;
}

export interface WorkQuery {
  readonly aoo: AooId;
  readonly reader: Reader;
  readonly kind: WorkKind | null;
  /** Words of the subject or of whom it is with, each as the beginning of one; null: all. */
  readonly text: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

export interface WorkCounts {
  readonly total: number;
  readonly byKind: Readonly<Record<WorkKind, number>>;
}

export interface Worklist {
  items(query: WorkQuery): Promise<{ readonly items: readonly WorkItem[]; readonly cursor: string | null }>;
  /** From the same rows as `items`, so that list and counters never differ. */
  counts(aoo: AooId, reader: Reader): Promise<WorkCounts>;
  /** Null: seen to, or never there. */
  item(aoo: AooId, reader: Reader, id: string): Promise<WorkItem | null>;
}
