import type { Exchange } from '../../domain/exchange/exchange.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { QueuedMail } from './changes.ts';
import type { KeptMail } from './kept-mail.ts';
import type { OfficeTransaction } from './office-transaction.ts';

export interface OutboxItem extends QueuedMail {
  readonly aoo: AooId;
  readonly attempts: number;
  readonly queuedAt: Date;
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

/** What a use case asks of the database; decisions about one office go through `inOffice`. */
export interface Store extends MailboxStore, MailboxWatchStore, OutboxStore {
  declareOffices(offices: readonly OfficeRow[], mailboxes: readonly { aoo: AooId; mailbox: string }[]): Promise<void>;
  /** One transaction under the office's lock; `work` rejects: nothing was written. */
  inOffice<T>(aoo: AooId, work: (tx: OfficeTransaction) => Promise<T>): Promise<T>;
  exchangeOf(aoo: AooId, exchangeId: string): Promise<Exchange | null>;
  /** Those of the given offices in which a deadline has passed, and when the next one will. */
  overdueOffices(
    aoos: readonly AooId[],
    now: Date,
  ): Promise<{ readonly aoos: readonly AooId[]; readonly next: Date | null }>;
}

/** Mailboxes, each read by one process at a time, and the mails kept from them. */
export interface MailboxStore {
  /** Null when another process holds the mailbox. */
  leaseMailbox(aoo: AooId, mailbox: string, owner: string, seconds: number): Promise<MailboxLease | null>;
  releaseMailbox(aoo: AooId, mailbox: string, owner: string): Promise<void>;
  /** `failure`: why the mailbox cannot be read, Italian; null: it was read. */
  reportMailbox(aoo: AooId, mailbox: string, failure: string | null): Promise<void>;
  /**
   * Records mails whose bytes are durable and moves the mailbox's checkpoint, in one transaction; a mail recorded before is
   * not recorded again. False when the lease has been lost: nothing was written.
   */
  keepMails(
    aoo: AooId,
    mailbox: string,
    owner: string,
    uidValidity: bigint,
    lastUid: number,
    mails: readonly KeptMail[],
  ): Promise<boolean>;
  /** Mails kept but not settled yet, in the order of their UIDs. */
  mailsToSettle(aoo: AooId, mailbox: string, limit: number): Promise<readonly KeptMail[]>;
  failMail(aoo: AooId, mailId: string, note: string): Promise<void>;
  mailOf(aoo: AooId, mailId: string): Promise<KeptMail | null>;
}

/** A mailbox that cannot be read. */
export interface UnreadMailbox {
  readonly aoo: AooId;
  readonly mailbox: string;
  readonly since: Date;
  /** Why, Italian. */
  readonly lastError: string;
}

export type MailboxName = Pick<UnreadMailbox, 'aoo' | 'mailbox'>;

/** What becomes of mailboxes that cannot be read: whom it was said to. */
export interface MailboxWatchStore {
  /** Those of `mailboxes` that cannot be read for `seconds`, and no task has said so since. */
  untold(mailboxes: readonly MailboxName[], seconds: number): Promise<readonly UnreadMailbox[]>;
  /** Those of which no e-mail has told since; from now on one has. Two processes never get the same. */
  claimAlerts(mailboxes: readonly MailboxName[], seconds: number): Promise<readonly UnreadMailbox[]>;
  /** Those of which an e-mail told and that can be read again; from now on this has been told too. */
  claimEnds(mailboxes: readonly MailboxName[]): Promise<readonly (MailboxName & { readonly alertedAt: Date })[]>;
  /** Nobody reads these mailboxes any more: their tasks are closed, and nobody is told of their troubles. */
  leaveMailboxes(mailboxes: readonly MailboxName[]): Promise<void>;
  /** The e-mail could not be sent: it will be tried again. `alertedAt`: when an earlier one told of it; null: none did. */
  unclaim(mailbox: MailboxName, alertedAt: Date | null): Promise<void>;
}

/** Mails of ours on their way out, each leased by one process at a time. */
export interface OutboxStore {
  /** Queued mails of these offices that are due, leased to `owner` for `seconds`. */
  leaseOutbox(owner: string, offices: readonly AooId[], limit: number, seconds: number): Promise<readonly OutboxItem[]>;
  /** Only what `owner` still holds. */
  renewOutbox(aoo: AooId, owner: string, outboxIds: readonly string[], seconds: number): Promise<void>;
  /** Gives back what `owner` still holds, due at `dueAt`, without counting a try. `why` is shown unless it is null. */
  setAside(aoo: AooId, owner: string, outboxIds: readonly string[], why: string | null, dueAt: Date): Promise<void>;
  /** What of these offices waits for another try is due now: their accounts have been mended. */
  sendSooner(offices: readonly AooId[]): Promise<void>;
  /** Calls back when any process has queued something. Resolves with the way to end it. */
  onQueued(listener: () => void): Promise<() => Promise<void>>;
}
