/** What the desk shows of one message: the exchange with its history, the mail it came by, and of a sent one its recipients. */
import type { AooId } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { ExchangeDetail, MessageDetail, TaskView } from './views.ts';

export interface MessageSheet {
  readonly exchange: ExchangeDetail;
  /** The mail of an incoming one. */
  readonly mail: MessageDetail | null;
  /** It came without a segnatura. */
  readonly plain: boolean;
  readonly registration: RegisteredAs | null;
}

export interface RegisteredAs extends RegistrationKey {
  readonly at: string;
  readonly annulled: boolean;
  /** Each opening of it is logged. */
  readonly reserved: boolean;
}

/** A mail that belongs to no exchange, such as an answer to nothing. */
export interface LoneMail {
  readonly mail: MessageDetail;
  readonly tasks: readonly TaskView[];
}

/** One recipient of a sent message. */
export interface RecipientRow {
  readonly exchange: string;
  readonly name: string | null;
  readonly address: string;
  readonly state: string;
  readonly awaits: string | null;
  readonly dueAt: string | null;
  readonly peerNumber: string | null;
  /** When each kind of event came first, by its type, and the mail that brought it. */
  readonly events: Readonly<Record<string, { readonly at: string; readonly mail: string | null }>>;
}

export interface RecipientPage {
  readonly items: readonly RecipientRow[];
  /** Null: these are the last. */
  readonly cursor: string | null;
}

export interface NextOpen {
  /** What leads to its page: an exchange, or a mail that belongs to none. */
  readonly id: string;
}

export interface MessageSheets {
  /** Null: there is none that this reader may see. */
  exchange(aoo: AooId, id: string, reader: Reader): Promise<MessageSheet | null>;
  mail(aoo: AooId, id: string, reader: Reader): Promise<LoneMail | null>;
  /** Where the bytes of a kept mail are; null: not for this reader. */
  keptMail(aoo: AooId, id: string, reader: Reader): Promise<(MessageDetail & { readonly reserved: boolean }) | null>;
  /** May this reader see the registration; null: no. */
  registration(aoo: AooId, key: RegistrationKey, reader: Reader): Promise<RegisteredAs | null>;
  /** Trouble first, then what is waited for, then what is done. `cursor`: of the page before. */
  recipients(aoo: AooId, key: RegistrationKey, cursor: string | null, limit: number): Promise<RecipientPage>;
  /** How many recipients are in each state. */
  recipientStates(aoo: AooId, key: RegistrationKey): Promise<ReadonlyMap<string, number>>;
  /** The oldest thing that waits for a person, besides this one. */
  nextOpen(aoo: AooId, besides: string, reader: Reader): Promise<NextOpen | null>;
}
