/** The register as people search, open and print it: each query shows a reader what they may see. */

import type { AooId } from '../../kernel/ids.ts';
import type { TextReason } from '../../model/document-text.ts';
import type { Reader } from '../people/rights.ts';

export type RegisterDirection = 'incoming' | 'outgoing' | 'internal';

/** What may be asked of the state of a registration. */
export const REGISTER_STATES = [
  'valid',
  'annulled',
  'annulment-asked',
  'undelivered',
  'waiting',
  'confirmed',
  'to-take',
  'returned',
] as const;
export type RegisterState = (typeof REGISTER_STATES)[number];

export interface RegisterFilter {
  /**
   * Words in any order, of the subject, of correspondents, notes, names and texts of documents; or a number, the SHA-256 of a
   * document, an address, a tax code.
   */
  readonly text?: string;
  /** A part of the subject, in any case. */
  readonly subject?: string;
  /** Names of those it is with, also with a slip in each word; or the whole address or tax code. */
  readonly correspondent?: string;
  /** Ours, with or without zeros. */
  readonly number?: number;
  readonly numberFrom?: number;
  readonly numberTo?: number;
  readonly year?: number;
  /** Legal dates, `yyyy-mm-dd`, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly direction?: RegisterDirection;
  /** The unit that has it in hand. */
  readonly unit?: string;
  /** A class, and all below it. */
  readonly classification?: string;
  readonly state?: RegisterState;
  /** Something was wrong with the message. */
  readonly flagged?: true;
  /** This was wrong with it: a code of the problem table. */
  readonly flag?: string;
  readonly carrier?: string;
}

export interface RegisterQuery {
  readonly aoo: AooId;
  readonly reader: Reader;
  readonly filter: RegisterFilter;
  readonly cursor: string | null;
  readonly limit: number;
  /** Whether to count them; absent: yes. */
  readonly counted?: boolean;
}

/** A piece of a document's text around what was found, cut where the hits begin and end. */
export interface FoundText {
  readonly document: string;
  readonly pieces: readonly { readonly text: string; readonly isHit: boolean }[];
}

/** Who has it now. */
export interface HeldBy {
  readonly unit: string | null;
  readonly person: string | null;
  readonly state: 'assigned' | 'taken' | 'returned' | 'done';
}

/** A line of the register. */
export interface RegisterRow {
  readonly register: string;
  readonly year: number;
  readonly number: string;
  readonly date: string;
  readonly time: string;
  readonly direction: RegisterDirection;
  readonly subject: string;
  readonly correspondent: string;
  /** How many recipients there are besides the correspondent. */
  readonly others: number;
  /** Recipients and documents beside them that the text was found in. */
  readonly foundRecipients: readonly string[];
  readonly foundDocuments: readonly string[];
  readonly peerNumber: string | null;
  readonly classification: string | null;
  readonly heldBy: HeldBy | null;
  readonly annulment: RegisterAnnulment | null;
  readonly annulmentAsked: boolean;
  readonly flagged: boolean;
  readonly reserved: boolean;
  readonly carrier: string | null;
  /** Its number on the emergency register, as `12/2026`; null: it was not registered there. */
  readonly emergency: string | null;
  readonly exchanges: ExchangeCounts;
}

/** One that was found by words: also where in the text of its documents, the first place of the first two. */
export interface RegisterHit extends RegisterRow {
  readonly foundTexts: readonly FoundText[];
}

export interface RegisterAnnulment {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly provision: string;
}

/** Of the recipients of an outgoing one, or of the message an incoming one came by. */
export interface ExchangeCounts {
  readonly all: number;
  /** Not delivered; of an incoming one, our answer. */
  readonly failed: number;
  readonly refused: number;
  /** On its way. */
  readonly underWay: number;
  /** Delivered, and a confirmation is still to come. */
  readonly unconfirmed: number;
  readonly confirmed: number;
}

/** A page of a list (`Page`), and what is to be said of a search. */
export interface HitPage<Row> {
  readonly items: readonly Row[];
  readonly cursor: string | null;
  readonly forged?: true;
  /** How many there are in all, counted up to `MOST_FOUND`; null: counting them would take too long, or nobody asked. */
  readonly total: number | null;
  /** So many are found that they cannot be put in order in time: the search must be narrower. */
  readonly tooMany?: true;
  /** All that was typed are words such as "di" and "per", which stand everywhere. */
  readonly tooCommon?: true;
  /** Nothing has these words; these have words that differ by one letter. */
  readonly similar?: true;
}
export type RegisterPage = HitPage<RegisterHit>;

/** Beyond it, there are simply more. */
export const MOST_FOUND = 1_000;

/** A line of the register of a day; what the reader may not see keeps number, date and direction. */
export type DayRow =
  | (RegisterRow & { readonly masked: null })
  | (Pick<RegisterRow, 'register' | 'year' | 'number' | 'date' | 'time' | 'direction'> & {
      readonly masked: 'reserved' | 'elsewhere';
      readonly isAnnulled: boolean;
    });

export interface RegisterDay {
  /** In the order of the numbers. */
  readonly rows: readonly DayRow[];
  /** Annulled in these days, on whatever day they were registered. */
  readonly annulled: readonly (RegisterAnnulment & {
    readonly register: string;
    readonly year: number;
    readonly number: string;
    readonly date: string;
    /** The reader may not see which document it is about. */
    readonly masked: boolean;
  })[];
  /** There are more than are shown. */
  readonly isCut: boolean;
}

/** A reserve was set or lifted; one that came with the registration has no reason. */
export interface ReserveStep {
  readonly act: 'set' | 'lifted';
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
}

/** A registration with all that belongs to it. */
export interface RegistrationSheet extends RegisterRow {
  /** Oldest first. */
  readonly reserves: readonly ReserveStep[];
  /** How often the reserve was changed. */
  readonly reserveVersion: number;
  readonly registeredAt: string;
  readonly sender: string;
  /** At most `MOST_RECIPIENTS`; `others` says how many there are. */
  readonly recipients: readonly string[];
  readonly certifiedAddress: string | null;
  readonly peerDate: string | null;
  /** What was wrong with the message, in words. */
  readonly flags: readonly string[];
  readonly message: { readonly id: string; readonly mailbox: string; readonly arrivedAt: string } | null;
  readonly arrival: {
    readonly carrier: string;
    readonly receivedAt: string | null;
    readonly deferral: { readonly provision: string; readonly reason: string } | null;
    readonly by: string;
  } | null;
  readonly file: string | null;
  readonly documents: readonly {
    readonly position: number;
    readonly role: 'primary' | 'attachment' | 'undeclared';
    readonly name: string;
    readonly mediaType: string;
    readonly size: number;
    readonly sha256: string;
    /** Why the search does not, or not wholly, see its text; null: it does, or nobody has looked yet. */
    readonly textReason: TextReason | null;
  }[];
  readonly links: readonly {
    readonly direction: 'to' | 'from';
    readonly kind: 'precedent' | 'related';
    readonly year: number;
    readonly number: string;
    readonly date: string;
    readonly subject: string;
  }[];
  /** The lives of the message, at most `MOST_RECIPIENTS`. */
  readonly lives: readonly ExchangeLife[];
  readonly notes: readonly { readonly at: string; readonly by: string; readonly text: string }[];
  readonly changes: readonly {
    readonly at: string;
    readonly by: string;
    readonly field: 'office' | 'classification';
    readonly oldValue: string | null;
    readonly newValue: string | null;
  }[];
  readonly filings: readonly { readonly at: string; readonly by: string; readonly file: string | null }[];
  readonly requests: readonly {
    readonly requestId: string;
    readonly at: string;
    readonly by: string;
    readonly reason: string;
    readonly decision: {
      readonly at: string;
      readonly by: string;
      readonly outcome: 'accepted' | 'refused';
      readonly answer: string;
    } | null;
  }[];
}

/** The exchange with one office, and what happened in it. */
export interface ExchangeLife {
  readonly exchangeId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: string;
  readonly peer: string;
  readonly peerNumber: string | null;
  readonly answerWanted: boolean;
  readonly plain: boolean;
  /** The person who had the message that came registered; null: none did. */
  readonly decidedBy: string | null;
  readonly events: readonly { readonly type: string; readonly at: string; readonly message: string | null }[];
}
export const MOST_RECIPIENTS = 50;

export interface FoundMail {
  readonly id: string;
  readonly subject: string;
  readonly sender: string;
  readonly arrivedAt: string;
}

export interface RegisterViews {
  /** Null: there is none, or the reader may not see it. */
  sheet(
    aoo: AooId,
    reader: Reader,
    key: { readonly year: number; readonly number: number },
  ): Promise<RegistrationSheet | null>;
  search(query: RegisterQuery): Promise<RegisterPage>;
  /** From one legal date to another, both included. */
  days(aoo: AooId, reader: Reader, from: string, to: string): Promise<RegisterDay>;
  /** The last day before, and the first after, on which something was registered. */
  neighbours(aoo: AooId, date: string): Promise<{ readonly before: string | null; readonly after: string | null }>;
  /** The registrations with this number, newest first, at most twenty. */
  byNumber(
    aoo: AooId,
    reader: Reader,
    number: number,
    year: number | null,
  ): Promise<readonly { readonly register: string; readonly year: number; readonly number: string }[]>;
  /** Mails with these words that are no registration, newest first: what is registered is found in the register. */
  mails(aoo: AooId, text: string, limit: number): Promise<readonly FoundMail[]>;
  /** Undecided requests for annulment, counted up to 100. */
  countAnnulmentRequests(aoo: AooId, reader: Reader): Promise<number>;
}
