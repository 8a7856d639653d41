/** What an office's own protocol system reads besides the lists: always of one office, never acting. */
import type { AooId } from '../../kernel/ids.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { ExchangeView, RegistrationDetail, RegistrationView } from './views.ts';

/** A message that arrived, at its place in the order of arrival. */
export interface InboxItem extends ExchangeView {
  /** `seq` of the event that opened it: grows, never changes. */
  readonly position: number;
  readonly message: string | null;
  /** It bore no segnatura. */
  readonly plain: boolean;
}

export interface DailyRegister {
  readonly registrations: readonly RegistrationView[];
  /** Annulled on that day, whenever they were registered. */
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
  /** An outgoing message and what became of it at each recipient, as it all stood at one moment. */
  outgoingMessage(
    aoo: AooId,
    registration: RegistrationKey,
  ): Promise<{ readonly registration: RegistrationDetail; readonly recipients: readonly ExchangeView[] } | null>;
  /** Of one day, legal date in Rome, in the order of their numbers. */
  dailyRegister(aoo: AooId, date: string): Promise<DailyRegister>;
}
