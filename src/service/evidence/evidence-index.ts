/** The content of `index.json`. Programs read it, so its names are English like those of the API. */
import type { Sha256 } from '../../kernel/ids.ts';
import type { EvidenceEvent, EvidenceExchange, EvidenceOffice, EvidenceRegistration } from './evidence-record.ts';
import type { FileState } from './labels.ts';

export interface EvidenceFile {
  readonly name: string;
  /** In Italian. */
  readonly about: string;
  readonly state: FileState;
  /** Null: the ZIP does not contain the bytes. */
  readonly sha256: Sha256 | null;
  readonly size: number;
  /** The digest recorded when the bytes were kept; null: they were made now. */
  readonly expected: string | null;
  readonly mailId?: string;
  readonly messageId?: string;
  /** The file it is a part of. */
  readonly from?: string;
  /** For a mail we sent. */
  readonly sending?: { readonly state: string; readonly sentAt: string | null; readonly recipient: string };
}

export interface IndexedEvent extends EvidenceEvent {
  /** The files that prove it. */
  readonly proof: readonly string[];
}

export interface EvidenceIndex {
  readonly format: 'interpro-evidence/1';
  readonly verifiedAt: string;
  readonly office: EvidenceOffice;
  readonly exchange: EvidenceExchange;
  readonly registration: EvidenceRegistration | null;
  readonly events: readonly IndexedEvent[];
  readonly files: readonly EvidenceFile[];
  readonly audit: { readonly file: string; readonly records: number; readonly brokenAt: readonly number[] };
  /** Italian sentences on what is missing or altered. Empty: nothing is. */
  readonly problems: readonly string[];
}

export interface RegistrationIndex {
  readonly format: 'interpro-evidence-registration/1';
  readonly verifiedAt: string;
  readonly office: EvidenceOffice;
  readonly registration: EvidenceRegistration | null;
  readonly exchanges: readonly {
    readonly folder: string;
    readonly exchange: string;
    readonly peerAddress: string;
    readonly state: string;
    readonly problems: number;
    /** SHA-256 of the folder's own index.json. */
    readonly index: Sha256;
  }[];
  readonly problems: readonly string[];
}

/** JSON for a file. Characters that turn the writing direction or are invisible are escaped. */
export const jsonText = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}\n`;
