/** What the protocol system of one office reads, besides the lists. */
import type { AooId } from '../../kernel/ids.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { ExchangeView, RegistrationDetail, RegistrationView } from './views.ts';

/** An incoming message, with its place in the order of arrival. */
export interface InboxItem extends ExchangeView {
  /** `seq` of the event that opened the exchange. Never changes. */
  readonly position: number;
  readonly message: string | null;
  /** It had no segnatura. */
  readonly plain: boolean;
}

export interface DailyRegister {
  readonly registrations: readonly RegistrationView[];
  /** Annulled on that day, on whatever day they were registered. */
  readonly annulled: readonly {
    readonly id: string;
    readonly at: string;
    readonly reason: string;
    readonly provision: string;
    readonly by: string;
  }[];
}

export interface OfficeViews {
  /** Incoming messages with `position` > `after`, ascending. */
  inbox(aoo: AooId, after: number, limit: number): Promise<readonly InboxItem[]>;
  inboxItem(aoo: AooId, exchangeId: string): Promise<InboxItem | null>;
  /** An outgoing message and its state at each recipient, all read at one moment. */
  outgoingMessage(
    aoo: AooId,
    registration: RegistrationKey,
  ): Promise<{ readonly registration: RegistrationDetail; readonly recipients: readonly ExchangeView[] } | null>;
  /** The register of one legal day in Rome, in the order of the numbers. */
  dailyRegister(aoo: AooId, date: string): Promise<DailyRegister>;
}
