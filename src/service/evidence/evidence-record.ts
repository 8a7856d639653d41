/** What is recorded about an exchange, and how an export of evidence gets it. */
import type { Readable } from 'node:stream';
import type { Purpose } from '../../domain/exchange/event-types.ts';
import type { Inspection } from '../../domain/exchange/inspection.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { Problem } from '../../kernel/problems.ts';
import type { Correspondent, Identifier } from '../../model/segnatura.ts';
import type { Documents } from '../documents/documents.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { MailRecipe } from '../register/mail-recipe.ts';

/** The mail of a recipe: the same recipe gives the bytes that were sent. */
export type ComposeMail = (recipe: MailRecipe, documents: Documents) => Readable;

export interface EvidenceOffice {
  readonly aoo: AooId;
  readonly name: string;
  readonly address: string;
}

export interface EvidenceExchange {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: string;
  readonly generation: string;
  readonly peerAddress: string;
  readonly peer: Correspondent | null;
  readonly subject: string;
  readonly peerIdentifier: Identifier | null;
  readonly content: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EvidenceRegistration extends RegistrationKey {
  readonly direction: 'incoming' | 'outgoing';
  readonly registeredAt: string;
  readonly date: string;
  readonly time: string;
  readonly subject: string;
  readonly sender: Correspondent;
  readonly recipients: readonly Correspondent[];
  readonly flags: readonly Problem[];
  readonly documents: readonly {
    readonly role: string;
    readonly name: string;
    readonly mediaType: string;
    readonly sha256: string;
    readonly size: number;
  }[];
  readonly annulment: {
    readonly at: string;
    readonly reason: string;
    readonly provision: string;
    readonly by: string;
  } | null;
  readonly changes: readonly {
    readonly at: string;
    readonly field: string;
    readonly oldValue: string | null;
    readonly newValue: string | null;
    readonly by: string;
  }[];
}

export interface EvidenceEvent {
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly mailId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A mail of the exchange. `sha256` is empty if its bytes were never fetched. */
export interface EvidenceMail {
  readonly mailId: string;
  readonly mailbox: string;
  readonly sha256: Sha256 | '';
  readonly size: number;
  readonly arrivedAt: string;
  readonly keptAt: string;
  readonly settledAt: string | null;
  readonly kind: string | null;
  readonly subject: string | null;
  readonly sender: string | null;
  readonly messageId: string | null;
  readonly note: string | null;
  readonly inspection: Inspection | null;
}

export interface EvidenceSent {
  readonly purpose: Purpose;
  readonly recipient: string;
  readonly recipe: MailRecipe;
  readonly state: 'queued' | 'sent' | 'given-up';
  readonly attempts: number;
  readonly queuedAt: string;
  readonly sentAt: string | null;
  readonly lastError: string | null;
}

/** `hash` is the SHA-256 of `previousHash` followed by `content`. */
export interface EvidenceAudit {
  readonly seq: number;
  readonly previousHash: string;
  readonly content: string;
  readonly hash: string;
}

/** Everything recorded about one exchange, read at one moment. */
export interface EvidenceRecord {
  readonly office: EvidenceOffice;
  readonly exchange: EvidenceExchange;
  readonly registration: EvidenceRegistration | null;
  readonly events: readonly EvidenceEvent[];
  readonly mails: readonly EvidenceMail[];
  /** How many mails exceed the limit of one export. */
  readonly mailsLeftOut: number;
  readonly sent: readonly EvidenceSent[];
  readonly audit: readonly EvidenceAudit[];
}

export interface EvidenceRecords {
  exchange(aoo: AooId, exchangeId: string): Promise<EvidenceRecord | null>;
  /** The exchanges of a registration, in a fixed order. */
  exchangesOf(aoo: AooId, registration: RegistrationKey): Promise<readonly string[]>;
}
