/** One row of the national index as a value, whatever the layout it came in. */
import type { EntryKind } from '../kernel/index-keys.ts';

/** `pec` and `sercq` (qualified delivery) are certified; `other` is ordinary mail. */
export type MailKind = 'pec' | 'sercq' | 'other';

export interface IndexMail {
  /** Lower case. */
  readonly address: string;
  readonly kind: MailKind;
}

/** Absent facts are null; dates are `yyyy-mm-dd`. */
export interface IndexEntry {
  readonly kind: EntryKind;
  /** Identity within the kind; see `indexKeyOf`. */
  readonly key: string;
  /** IPA code of the body as it is written; empty for a category. */
  readonly body: string;
  /** As it is written: IPA code, code of the AOO within its body, Codice_uni_uo, address, code of the category. */
  readonly code: string;
  /** Codice_uni_aoo: of an AOO its own, of an office that of its AOO. */
  readonly uniCode: string | null;
  /** Of an office: Codice_uni_uo of the one above. */
  readonly parent: string | null;
  readonly name: string;
  readonly bodyName: string | null;
  readonly taxCode: string | null;
  readonly category: string | null;
  readonly type: string | null;
  readonly istat: string | null;
  readonly cadastral: string | null;
  readonly municipality: string | null;
  /** Two letters. */
  readonly province: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly street: string | null;
  readonly phone: string | null;
  readonly fax: string | null;
  readonly site: string | null;
  /** In the order of the file. */
  readonly mails: readonly IndexMail[];
  readonly established: string | null;
  /** The source's own date of its last change. */
  readonly updated: string | null;
  /** What else the row says, by the name of its column in lower case. */
  readonly more: Readonly<Record<string, string>>;
}

/** Facts that are one cell of a row. */
export type TextField = Exclude<keyof IndexEntry, 'kind' | 'key' | 'mails' | 'more'>;
/** What a layout can carry: a column of the index. */
export type CarriedField = TextField | 'mails';

export type LayoutName = 'enti' | 'aoo' | 'uo' | 'pec-ente' | 'categorie' | 'aoo-txt' | 'amministrazioni' | 'aoo-ldif';

export interface ReadEntry {
  readonly line: number;
  readonly entry: IndexEntry;
  /** Day on which the source itself says that the row ended. */
  readonly ceased: string | null;
}

/** What is wrong with one row. `key`: which row of the index it would have been, where that can be read. */
export interface RowFault {
  readonly line: number;
  readonly reason: string;
  readonly key: string | null;
}

export interface Batch {
  readonly entries: readonly ReadEntry[];
  readonly faults: readonly RowFault[];
}

export interface IndexFile {
  readonly layout: LayoutName;
  readonly kind: EntryKind;
  /** What this file says about a row; about other fields it is silent. */
  readonly carried: readonly CarriedField[];
  /** Names in `more` that this file says something about. */
  readonly carriedMore: readonly string[];
  /** Ends by throwing `IndexFileError` when the file turns out to be none. */
  readonly batches: AsyncIterable<Batch>;
}
