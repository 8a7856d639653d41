/** What one transaction of an office writes, as values. */
import type { Assignment, AssignmentEventType, Holder } from '../../domain/assignments/assignment.ts';
import type { HistoryEventType, Purpose } from '../../domain/exchange/event-types.ts';
import type { Exchange } from '../../domain/exchange/exchange.ts';
import type { Inspection } from '../../domain/exchange/inspection.ts';
import type { Registration } from '../../domain/register/registration.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { ByHandWrites } from './by-hand-writes.ts';
import type { KeptMail } from './kept-mail.ts';
import type { MailRecipe } from './mail-recipe.ts';
import type { RegisterClosing } from './register-closing.ts';

/** What the history of an exchange records. */
export interface HistoryEvent {
  readonly exchangeId: string;
  readonly version: number;
  readonly type: HistoryEventType;
  /** Two events of one exchange with the same value are the same event. */
  readonly once: string;
  readonly mailId: string | null;
  readonly data: Record<string, unknown>;
}

/** Something a person has to look at. */
export interface NewTask {
  readonly taskId: string;
  readonly code: TaskCode;
  readonly detail: string;
  readonly exchangeId: string | null;
  readonly mailId: string | null;
  /** Only where it is about a webhook. */
  readonly webhookId?: string;
  /** Only where it is about one of the office's mailboxes. */
  readonly mailbox?: string;
}

export interface ClosedTask {
  readonly taskId: string;
  readonly by: string;
  readonly outcome: string;
}

/** DPR 445/2000 art. 54: the registration stays readable, with who annulled it, when, why and by which provision. */
export interface RegistrationAnnulment {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly reason: string;
  readonly provision: string;
  readonly by: string;
}

/** Art. 54: internal assignment and classification alone can be changed, old and new value visible. */
export interface RegistrationChange {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  /** 1 is the first change of the registration. */
  readonly version: number;
  readonly field: 'office' | 'classification';
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly by: string;
}

/** One passage of an assignment: how it is afterwards, and what its history records. */
export interface AssignmentChange {
  readonly assignment: Assignment;
  readonly event: {
    readonly eventId: string;
    readonly act: AssignmentEventType;
    /** Null: by rule. */
    readonly byPerson: string | null;
    readonly byName: string;
    /** For whom they stood in. */
    readonly onBehalfOf: string | null;
    readonly from: NamedHolder | null;
    readonly to: NamedHolder | null;
    readonly note: string;
  };
}

/** With the names of that moment. */
export interface NamedHolder extends Holder {
  readonly name: string;
}

/** A mail that belongs to no exchange: a person has looked at it. */
export interface MailAside {
  readonly mailId: string;
  readonly by: string;
  readonly reason: string;
}

/** A clerk asks for an annulment; the head decides. */
export interface AnnulmentRequest extends RegistrationKey {
  readonly requestId: string;
  readonly by: string;
  /** Null: a program. */
  readonly person: string | null;
  readonly reason: string;
}

export interface AnnulmentDecision {
  readonly requestId: string;
  readonly by: string;
  readonly person: string | null;
  readonly outcome: 'accepted' | 'refused';
  /** Why it was refused; of an accepted one, the provision. */
  readonly answer: string;
}

/** Stands beside a registration, with its author and time. */
export interface RegistrationNote extends RegistrationKey {
  readonly noteId: string;
  readonly by: string;
  readonly person: string | null;
  readonly text: string;
}

export interface RegistrationKey {
  readonly register: string;
  readonly year: number;
  readonly number: number;
}

/** What a command was answered, kept under the caller's key: the same command again gets the same answer. */
export interface CommandAnswer {
  readonly client: string;
  readonly key: string;
  readonly digest: Sha256;
  readonly answer: unknown;
}

export interface QueuedMail {
  readonly outboxId: string;
  readonly exchangeId: string;
  readonly purpose: Purpose;
  readonly recipient: string;
  readonly recipe: MailRecipe;
}

export interface Settlement {
  readonly kept: KeptMail;
  readonly inspection: Inspection;
  readonly subject: string;
  readonly sender: string | null;
  readonly messageId: string | null;
  readonly exchangeId: string | null;
  /** Of a receipt: what ties it to a mail of ours. */
  readonly receipt: ReceiptTies | null;
  /** What a person should know beyond the inspection. */
  readonly note: string | null;
}

/** A receipt's own ties: our Message-ID it speaks of, and the provider's `identificativo` of the whole transaction. */
export interface ReceiptTies {
  readonly reference: string | null;
  readonly identifier: string | null;
}

export interface AuditEntry {
  readonly action: string;
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

/** Everything one transaction writes. */
export interface Changes {
  readonly at: Date;
  readonly exchanges: readonly Exchange[];
  readonly events: readonly HistoryEvent[];
  readonly registrations: readonly Registration[];
  readonly queued: readonly QueuedMail[];
  /** Outbox rows to send once more. */
  readonly requeued: readonly string[];
  readonly handed: readonly Handed[];
  readonly settled: readonly Settlement[];
  /** A task that is open already for its exchange or webhook stays as it is. */
  readonly tasks: readonly NewTask[];
  readonly closedTasks: readonly ClosedTask[];
  /** Exchanges that have moved on: what was to be done until then is done. */
  readonly moved: readonly string[];
  readonly annulments: readonly RegistrationAnnulment[];
  readonly registrationChanges: readonly RegistrationChange[];
  readonly assignments: readonly AssignmentChange[];
  readonly byHand: ByHandWrites;
  readonly mailsAside: readonly MailAside[];
  readonly annulmentRequests: readonly AnnulmentRequest[];
  readonly annulmentDecisions: readonly AnnulmentDecision[];
  readonly notes: readonly RegistrationNote[];
  readonly closings: readonly RegisterClosing[];
  readonly answer: CommandAnswer | null;
  readonly audit: readonly AuditEntry[];
  readonly counters: ReadonlyMap<string, number>;
}

/** What became of one attempt to send. */
export interface Handed {
  readonly outboxId: string;
  readonly state: 'sent' | 'queued' | 'given-up';
  readonly response: string;
  readonly dueAt: Date;
}
