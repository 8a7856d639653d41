/** Reading messages, registrations, exchanges, tasks and the state of the service. Reading changes nothing. */
import type { Inspection } from '../../domain/exchange/inspection.ts';
import type { Awaited } from '../../domain/exchange/step.ts';
import type { RegistrationDirection } from '../../domain/register/registration.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { Reader } from '../people/rights.ts';
import type { FoundText, HitPage, RegisterFilter } from './register-views.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null at the end. */
  readonly cursor: string | null;
  /** The cursor in the query did not come from this list. */
  readonly forged?: true;
}

/** Conditions on a list; absent ones do not restrict it. */
export interface ListFilter {
  readonly direction?: RegistrationDirection;
  /** State of an exchange or of a mail. */
  readonly state?: string;
  /** Legal dates, `yyyy-mm-dd`, both included: of registration; of a mail's arrival; on which an exchange or a task began. */
  readonly from?: string;
  readonly to?: string;
  /** A part of the subject, in any case. */
  readonly subject?: string;
  /** Beginnings of words of the subject or of who it is with. */
  readonly text?: string;
}

export interface ListQuery {
  readonly filter?: ListFilter;
  /** Null: all offices. */
  readonly aoo: AooId | null;
  /** Only what this person may see; absent: everything, as for protocol systems and the command line. */
  readonly reader?: Reader;
  readonly cursor: string | null;
  readonly limit: number;
}

/** The search of the register, as the desk has it. */
export interface RegistrationsQuery extends Omit<ListQuery, 'filter'> {
  readonly filter?: RegisterFilter;
}

export interface FoundRegistration extends RegistrationView {
  readonly foundTexts: readonly FoundText[];
}

export type FoundRegistrations = Omit<HitPage<FoundRegistration>, 'total'>;

export interface MessageView {
  readonly id: string;
  readonly aoo: string;
  readonly mailbox: string;
  readonly arrivedAt: string;
  readonly state: 'kept' | 'settled' | 'failed';
  readonly kind: string | null;
  readonly action: string | null;
  readonly sender: string | null;
  readonly subject: string | null;
  readonly exchange: string | null;
  /** For a person, in Italian. */
  readonly note: string | null;
}

export interface RegistrationView {
  readonly id: string;
  readonly aoo: string;
  readonly register: string;
  readonly year: number;
  readonly number: string;
  readonly date: string;
  readonly time: string;
  readonly direction: RegistrationDirection;
  readonly annulled: boolean;
  readonly subject: string;
  readonly correspondent: string;
  /** Of an outgoing one, all recipients by name, the correspondent first. */
  readonly recipients: readonly string[];
  /** Of an incoming one: the certified sender, which nobody can fake, whatever name the segnatura gives; null: not certified. */
  readonly certifiedAddress: string | null;
  /** The other office's number, if known. */
  readonly peerNumber: string | null;
  readonly flags: readonly string[];
}

export interface ExchangeView {
  readonly id: string;
  readonly aoo: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: string;
  readonly peer: string;
  readonly subject: string;
  /** Our number and theirs, `0000001/2026`, if known. */
  readonly ourNumber: string | null;
  readonly peerNumber: string | null;
  /** The number of its events, and the `ETag` of its state. */
  readonly version: number;
  /** What it waits for, and until when. */
  readonly awaits: Awaited | null;
  readonly dueAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface MessageDetail extends MessageView {
  readonly sha256: string;
  readonly size: number;
  readonly inspection: Inspection | null;
}

export interface ExchangeDetail extends ExchangeView {
  /** Null: there is no segnatura. */
  readonly generation: string | null;
  readonly registration: string | null;
  /** Open and closed. */
  readonly tasks: readonly TaskView[];
  readonly events: readonly {
    readonly version: number;
    readonly type: string;
    readonly at: string;
    readonly message: string | null;
    readonly data: unknown;
  }[];
  readonly outbox: readonly {
    readonly purpose: string;
    readonly messageId: string;
    readonly recipient: string;
    readonly state: string;
    readonly attempts: number;
    readonly sentAt: string | null;
    readonly lastError: string | null;
  }[];
}

export interface RegistrationDetail extends RegistrationView {
  readonly documents: readonly {
    readonly role: string;
    readonly name: string;
    readonly mediaType: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  readonly message: string | null;
  readonly annulment: {
    readonly at: string;
    readonly reason: string;
    readonly provision: string;
    readonly by: string;
  } | null;
  /** The current assignment; `changes` tells how it came about. */
  readonly office: string | null;
  readonly classification: string | null;
  /** Oldest first. */
  readonly changes: readonly {
    readonly at: string;
    readonly field: 'office' | 'classification';
    readonly oldValue: string | null;
    readonly newValue: string | null;
    readonly by: string;
  }[];
}

/** Something a person has to see to: why, and what to do. */
export interface TaskView {
  readonly id: string;
  readonly aoo: string;
  readonly code: TaskCode;
  /** In Italian. */
  readonly sentence: string;
  readonly advice: string;
  readonly exchange: string | null;
  readonly message: string | null;
  readonly webhook: string | null;
  /** Whom it is about: the name it gives itself beside its address. */
  readonly peer: string | null;
  /** Of its exchange, as there; a mail that belongs to none has a subject alone. */
  readonly subject: string | null;
  readonly ourNumber: string | null;
  readonly peerNumber: string | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly outcome: string | null;
}

export interface MailboxStatus {
  readonly aoo: string;
  readonly mailbox: string;
  readonly lastSuccess: string | null;
  readonly failures: number;
  readonly lastError: string | null;
}

export interface OutboxFailing {
  readonly aoo: string;
  readonly queued: number;
  readonly oldestSeconds: number;
  readonly lastError: string;
}

export interface ServiceStatus {
  readonly mailboxes: readonly MailboxStatus[];
  readonly outbox: {
    readonly queued: number;
    readonly oldestSeconds: number;
    readonly lastError: string | null;
    /** At most 200 offices whose mail was tried and still waits, with the last error of the oldest. */
    readonly failing: readonly OutboxFailing[];
  };
  readonly messages: { readonly waiting: number; readonly failed: number; readonly forAPerson: number };
  /** Offices whose database is behind what has left the machine. */
  readonly stopped: readonly { readonly aoo: string; readonly because: string }[];
  /** How far this process's clock is ahead of the database's; negative: behind. */
  readonly clockAheadSeconds: number;
}

export interface AuditVerdict {
  readonly aoo: string;
  readonly records: number;
  /** The first record that does not fit; null: the chain is whole. */
  readonly brokenAt: number | null;
  /** Registrations that are there. */
  readonly registrations: number;
  /** Up to which record an interrupted audit had compared the rows that were not written since; null: all were compared now. */
  readonly resumedFrom: number | null;
  /** Rows of the register that the chain covers. */
  readonly covered: number;
  /** Rows that were there before rows were covered: nobody can say whether they are as they were. */
  readonly notCovered: number;
  /** Mails that are not settled, and not covered yet. */
  readonly waiting: number;
  /** What is not as the chain says: how much, and the first of it. */
  readonly found: number;
  readonly findings: readonly AuditFinding[];
}

/** A row that was altered, that is gone, or that no record speaks of. */
export interface AuditFinding {
  readonly table: string;
  readonly key: string;
  readonly what: 'altered' | 'missing' | 'unrecorded';
  readonly columns: readonly string[];
}

export type AuditProgress = (progress: { readonly aoo: string; readonly records: number; readonly of: number }) => void;

/** How far an audit came that was interrupted, and as of which transaction. */
export interface AuditPoint {
  readonly seq: number;
  readonly hash: string;
  readonly transaction: string;
  readonly database: string;
}

/** Keeps how far audits came, so that one that was interrupted goes on. */
export interface AuditMemory {
  /** Null: there is nothing, or nothing that can be relied upon. */
  recall(aoo: string): Promise<AuditPoint | null>;
  keep(aoo: string, point: AuditPoint): Promise<void>;
  forget(aoo: string): Promise<void>;
}

export interface Views {
  messages(query: ListQuery): Promise<Page<MessageView>>;
  registrations(query: RegistrationsQuery): Promise<FoundRegistrations>;
  exchanges(query: ListQuery): Promise<Page<ExchangeView>>;
  /** Open ones only. */
  tasks(query: ListQuery): Promise<Page<TaskView>>;
  /** Null: there is none, or not for this reader. */
  message(id: string, reader?: Reader): Promise<MessageDetail | null>;
  registration(id: string, reader?: Reader): Promise<RegistrationDetail | null>;
  exchange(id: string, reader?: Reader): Promise<ExchangeDetail | null>;
  task(id: string, reader?: Reader): Promise<TaskView | null>;
  status(): Promise<ServiceStatus>;
  /** Walks the audit chain of every office, and holds the rows of its register against it. */
  verifyAudit(onProgress?: AuditProgress, memory?: AuditMemory | null): Promise<readonly AuditVerdict[]>;
}
