/** What `index.json` says: read by programs, so its names are English like those of the API. */
import type { Sha256 } from '../../kernel/ids.ts';
import type { FileState } from './labels.ts';
import type { EvidenceEvent, EvidenceExchange, EvidenceOffice, EvidenceRegistration } from './ports.ts';

export interface EvidenceFile {
  readonly name: string;
  /** Italian. */
  readonly about: string;
  readonly state: FileState;
  /** Null where there are no bytes in the ZIP. */
  readonly sha256: Sha256 | null;
  readonly size: number;
  /** The digest recorded when the bytes were kept; null for what was made now. */
  readonly expected: string | null;
  readonly mailId?: string;
  readonly messageId?: string;
  /** The file it was taken out of. */
  readonly from?: string;
  /** What happened to a mail of ours, and when. */
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
  /** Italian sentences: what does not hold any more. Empty: everything does. */
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

/** As text for a file: what plays with the direction of writing or ends a line unseen stands there as an escape. */
export const jsonText = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}\n`;
