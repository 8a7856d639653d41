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
