import type { IncomingState } from '../../domain/exchange/incoming.ts';
import type { Inspection } from '../../domain/exchange/inspection.ts';
import type { OutgoingState } from '../../domain/exchange/outgoing.ts';
import type { Awaited } from '../../domain/exchange/step.ts';
import type { Registration } from '../../domain/register/registration.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { Correspondent, Generation, Identifier } from '../../model/segnatura.ts';
import type { Deed, Purpose } from './event-types.ts';
import type { MailRecipe } from './mail-recipe.ts';

/** A mail whose raw bytes are durable; one row per place on the server. */
export interface KeptMail {
  readonly mailId: string;
  readonly mailbox: string;
  readonly uidValidity: bigint;
  readonly uid: number;
  readonly sha256: Sha256;
  readonly size: number;
  readonly arrivedAt: Date;
  /** Why its bytes were not taken over (too large); null for every other mail. */
  readonly refusal: string | null;
}

export type ExchangeState = IncomingState | OutgoingState;

export interface Exchange {
  readonly exchangeId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly identity: string;
  /** Digest of what was exchanged (segnatura and documents): tells a repeat from another message of the same identity. */
  readonly content: Sha256;
  readonly state: ExchangeState;
  readonly version: number;
  readonly generation: Generation;
  readonly peerAddress: string;
  readonly peer: Correspondent | null;
  readonly subject: string;
  /** Our registration, once there is one. */
  readonly registered: { readonly register: string; readonly year: number; readonly number: number } | null;
  /** The peer's registration. */
  readonly peerIdentifier: Identifier | null;
  /** A confirmation was asked for: of us where it is incoming, by us where it is outgoing. */
  readonly answerWanted: boolean;
  /** Bore no segnatura (InterPRO's comunicazione non conforme); `generation` is then the one we would answer in. */
  readonly plain: boolean;
  /** The kept mail an incoming one came by. */
  readonly mailId: string | null;
  /** What it waits for and when that is late; null: nothing, or a person was told already. */
  readonly awaits: Awaited | null;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ExchangeEvent {
  readonly exchangeId: string;
  readonly version: number;
  readonly type: Deed;
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
  readonly field: 'office' | 'classification';
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly by: string;
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

/** A mail of ours, as a receipt speaks of it; an exchange may have had another recipient since. */
export interface OwnMail {
  readonly exchangeId: string;
  readonly purpose: Purpose;
  readonly recipient: string;
}

/** An answer in the outbox. `waiting`: it has not been handed over. */
export interface QueuedAnswer {
  readonly outboxId: string;
  readonly purpose: Purpose;
  readonly waiting: boolean;
}

export interface Settlement {
  readonly mailId: string;
  readonly inspection: Inspection;
  readonly subject: string;
  readonly sender: string | null;
  readonly messageId: string | null;
  readonly exchangeId: string | null;
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
  readonly events: readonly ExchangeEvent[];
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

export interface OutboxItem extends QueuedMail {
  readonly aoo: AooId;
  readonly attempts: number;
  readonly queuedAt: Date;
}

/** A transaction that holds one office's lock: nobody else numbers, registers or audits for it meanwhile. */
export interface OfficeTransaction {
  /** Those of the mails that wait to be settled, with the exchange a mail had opened when it was settled before; usually null. */
  unsettled(mailIds: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Which of these mails were read before under another UIDVALIDITY of their mailbox, with the exchange they belong to. */
  seenBefore(mails: readonly KeptMail[]): Promise<ReadonlyMap<string, { readonly exchangeId: string | null }>>;
  incomingByIdentity(identities: readonly string[]): Promise<readonly Exchange[]>;
  outgoingByRegistration(
    keys: readonly { readonly register: string | null; readonly year: number; readonly number: number }[],
  ): Promise<readonly Exchange[]>;
  /** Exchanges by the peer's registration, as `identityOf` names it, where their identity is another. */
  byPeer(identities: readonly string[]): Promise<readonly Exchange[]>;
  /** Exchanges in either direction by the peer's registration, whatever its register; `number` without zeros in front. */
  exchangesByPeerNumber(
    keys: readonly { readonly administration: string; readonly aoo: string; readonly number: string }[],
  ): Promise<readonly Exchange[]>;
  exchangesById(ids: readonly string[]): Promise<readonly Exchange[]>;
  /** Exchanges of one registration: all its recipients, or the message it came by. */
  exchangesOf(registration: RegistrationKey): Promise<readonly Exchange[]>;
  outboxByMessageId(messageIds: readonly string[]): Promise<ReadonlyMap<string, OwnMail>>;
  /** Exchanges by the provider's `identificativo` of receipts that found theirs. */
  exchangesByProviderId(identifiers: readonly string[]): Promise<ReadonlyMap<string, OwnMail>>;
  /** Receipts that belonged to nothing and speak of these mails or transactions are to be settled again. */
  adopt(ties: readonly ReceiptTies[]): Promise<number>;
  /** The mail queued for an exchange with this purpose, the latest. */
  queuedFor(
    exchangeId: string,
    purpose: Purpose,
  ): Promise<{ readonly outboxId: string; readonly waiting: boolean } | null>;
  /** Takes the message of an exchange out of the queue; false when it is being handed over, or was. */
  cancelQueued(exchangeId: string): Promise<boolean>;
  /** Annulments of these senders that belonged to nothing are to be settled again, and nobody has to look at them meanwhile. */
  adoptAnnulments(senders: readonly string[], at: Date): Promise<void>;
  /** The latest answer queued for each exchange. */
  answers(exchangeIds: readonly string[]): Promise<ReadonlyMap<string, QueuedAnswer>>;
  /** The events of these exchanges, each as `<exchangeId> <once>`. */
  eventsSeen(exchangeIds: readonly string[]): Promise<ReadonlySet<string>>;
  lastNumber(register: string, year: number): Promise<number>;
  registration(key: RegistrationKey): Promise<Registration | null>;
  annulment(key: RegistrationKey): Promise<RegistrationAnnulment | null>;
  /** The present value of what can be changed. */
  registrationFields(key: RegistrationKey): Promise<Readonly<Record<RegistrationChange['field'], string | null>>>;
  openTask(taskId: string): Promise<NewTask | null>;
  /** Exchanges whose deadline has passed, the oldest first. */
  overdue(now: Date, limit: number): Promise<readonly Exchange[]>;
  commandAnswer(client: string, key: string): Promise<CommandAnswer | null>;
  /**
   * Mails that failed, and those that wait for a person because nobody vouched for their envelope, wait to be settled again
   * where their bytes are kept; gives those that were. All of the office where `mailIds` is null.
   */
  unsettle(mailIds: readonly string[] | null): Promise<readonly string[]>;
  save(changes: Changes): Promise<void>;
}

export interface OfficeRow {
  readonly aoo: AooId;
  readonly administration: string;
  readonly code: string;
  readonly register: string;
  readonly name: string;
  readonly address: string;
}

export interface MailboxLease {
  readonly uidValidity: bigint | null;
  readonly lastUid: number;
}

export interface Store {
  declareOffices(offices: readonly OfficeRow[], mailboxes: readonly { aoo: AooId; mailbox: string }[]): Promise<void>;
  inOffice<T>(aoo: AooId, work: (tx: OfficeTransaction) => Promise<T>): Promise<T>;
  /** Null when another process holds the mailbox. */
  leaseMailbox(aoo: AooId, mailbox: string, owner: string, seconds: number): Promise<MailboxLease | null>;
  releaseMailbox(aoo: AooId, mailbox: string, owner: string): Promise<void>;
  reportMailbox(aoo: AooId, mailbox: string, failure: string | null): Promise<void>;
  /**
   * Records mails whose bytes are durable and moves the mailbox's checkpoint, in one transaction; a mail recorded
   * before is not recorded again. False when the lease has been lost: nothing was written.
   */
  keepMails(
    aoo: AooId,
    mailbox: string,
    owner: string,
    uidValidity: bigint,
    lastUid: number,
    mails: readonly KeptMail[],
  ): Promise<boolean>;
  /** Mails of a mailbox that were kept but not judged before the process ended. */
  mailsToSettle(aoo: AooId, mailbox: string, limit: number): Promise<readonly KeptMail[]>;
  failMail(aoo: AooId, mailId: string, note: string): Promise<void>;
  /** Offices, of those given, in which a deadline has passed; and when the next one will. */
  overdueOffices(
    aoos: readonly AooId[],
    now: Date,
  ): Promise<{ readonly aoos: readonly AooId[]; readonly next: Date | null }>;
  exchangeOf(aoo: AooId, exchangeId: string): Promise<Exchange | null>;
  mailOf(aoo: AooId, mailId: string): Promise<KeptMail | null>;
  /** Queued mails of these offices that are due, leased to `owner` for `seconds`. */
  leaseOutbox(owner: string, offices: readonly AooId[], limit: number, seconds: number): Promise<readonly OutboxItem[]>;
  /** Only what `owner` still holds. */
  renewOutbox(aoo: AooId, owner: string, outboxIds: readonly string[], seconds: number): Promise<void>;
  /**
   * Gives back what `owner` still holds, due at `dueAt`, without counting a try; `why` is shown where it is not null.
   */
  setAside(aoo: AooId, owner: string, outboxIds: readonly string[], why: string | null, dueAt: Date): Promise<void>;
  /** Calls back when another process (or this one) has queued something. */
  onQueued(listener: () => void): Promise<() => Promise<void>>;
}
