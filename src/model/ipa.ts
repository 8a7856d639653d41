/** A row of the national index as a value, in whatever layout it came. */
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
  /** As written. By kind: IPA code, code of the AOO within its body, Codice_uni_uo, address, code of the category. */
  readonly code: string;
  /** Codice_uni_aoo: an AOO's own, or that of the AOO an office belongs to. */
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
  /** All other cells, by the name of their column in lower case. */
  readonly more: Readonly<Record<string, string>>;
}

/** Fields that come from one cell. */
export type TextField = Exclude<keyof IndexEntry, 'kind' | 'key' | 'mails' | 'more'>;
/** Fields that a layout may have. */
export type CarriedField = TextField | 'mails';

export type LayoutName =
  | 'enti'
  | 'aoo'
  | 'uo'
  | 'pec-ente'
  | 'categorie'
  | 'aoo-txt'
  | 'ou-txt'
  | 'pec-txt'
  | 'amministrazioni'
  | 'aoo-ldif'
  | 'istat-variazioni';

export interface ReadEntry {
  readonly line: number;
  readonly entry: IndexEntry;
  /** The day on which the row ended, by the source itself. */
  readonly ceased: string | null;
}

/** Why one row is not taken, or not taken whole. `key`: the row of the index it would have been, where it can be read. */
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
  /** Fields that this file has; about others it says nothing. */
  readonly carried: readonly CarriedField[];
  /** Names in `more` that this file has a column for. */
  readonly carriedMore: readonly string[];
  /** Throws `IndexFileError` as soon as the file turns out not to be one of the index. */
  readonly batches: AsyncIterable<Batch>;
}
