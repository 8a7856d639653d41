import type { MailAddress, Sha256 } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/result.ts';
import type { Classification, Correspondent, Generation } from '../../model/segnatura.ts';
import type { FrozenRecipient } from '../index/resolve-recipient.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { ExternalNumber } from '../register/unit-of-work.ts';
import type { MessageDetails } from './message-details.ts';

export interface SendRequest {
  readonly subject: string;
  /** The generation for recipients without one of their own. */
  readonly generation: Generation;
  readonly confirmationRequested: boolean;
  readonly classifications: readonly Classification[];
  readonly recipients: readonly {
    readonly address: MailAddress;
    readonly correspondent: Correspondent;
    readonly generation?: Generation;
    /**
     * A firm or citizen, who reads no segnatura: the mail has none and bears the number in its text, no confirmation is asked
     * for, and its life ends with the delivery.
     */
    readonly plain?: boolean;
    /** For information only (`perConoscenza`). */
    readonly copy?: boolean;
    /** What the index said of it, kept with the exchange; absent if it was not asked. */
    readonly frozen?: FrozenRecipient;
  }[];
  /** The first one is the primary document. Documents that are in the document store already are named by digest. */
  readonly documents: readonly SentDocument[];
  /** The number the office's own protocol system gave; absent where this register numbers. */
  readonly given?: Omit<ExternalNumber, 'year'>;
  readonly details?: MessageDetails;
  /** The person who sends it from the desk, what it answers, and whether it is reserved: kept beside the registration. */
  readonly desk?: {
    readonly person: { readonly personId: string; readonly name: string };
    readonly precedent: RegistrationKey | null;
    /** From its first moment, seen by whoever sends it and those who may. */
    readonly reserved: boolean;
  };
}

export type SentDocument = { readonly name: string; readonly mediaType: string } & (
  | { readonly bytes: Buffer }
  | {
      readonly sha256: Sha256;
      readonly size: number;
      /** Moves it into the document store; called last, when nothing else can refuse the message. */
      readonly keep?: () => Promise<Result<null>>;
    }
);
