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
  readonly reserved: boolean;
}

/** A mail that belongs to no exchange, such as an answer to nothing. */
export interface LoneMail {
  readonly mail: MessageDetail;
  readonly tasks: readonly TaskView[];
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
  keptMail(aoo: AooId, id: string, reader: Reader): Promise<MessageDetail | null>;
  /** May this reader see the registration; null: no. */
  registration(aoo: AooId, key: RegistrationKey, reader: Reader): Promise<RegisteredAs | null>;
  /** The oldest thing that waits for a person, besides this one. */
  nextOpen(aoo: AooId, besides: string, reader: Reader): Promise<NextOpen | null>;
}
