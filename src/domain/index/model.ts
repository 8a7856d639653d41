/** The index as values: bodies, AOOs, offices, and what the region adds. */

export type EntryKind = 'body' | 'aoo' | 'office' | 'pec' | 'category';

/** `pec` and `sercq` (qualified delivery) are certified; `other` is ordinary mail. */
export type MailKind = 'pec' | 'sercq' | 'other';

export interface IndexMail {
  /** Lower case. */
  readonly address: string;
  readonly kind: MailKind;
}

/** One row of the index, whatever the layout it came in. Absent facts are null; dates are `yyyy-mm-dd`. */
export interface IndexEntry {
  readonly kind: EntryKind;
  /** Identity within the kind; see `keyOf`. */
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

/** Whether a date was said by the source, or is the day on which we saw it. */
export type Basis = 'observed' | 'declared';

export interface EntryVersion extends IndexEntry {
  readonly version: number;
  readonly source: string;
  readonly validFrom: string;
  readonly fromBasis: Basis;
  /** The first day on which it no longer held; null: it holds. */
  readonly validTo: string | null;
  readonly toBasis: Basis | null;
  readonly previous: number | null;
  readonly importId: number;
  readonly closedBy: number | null;
  /** Key of the row that goes on for it, where known. */
  readonly successor: string | null;
}

export interface Place {
  readonly cadastral: string;
  readonly istat: string | null;
  readonly name: string;
  readonly province: string | null;
  readonly region: string | null;
}

/** `Codice_uni_aoo` and `Codice_uni_uo` are unique in the nation; an AOO without one is known by its code within its body. */
export function keyOf(entry: Pick<IndexEntry, 'kind' | 'body' | 'code' | 'uniCode'>): string {
  switch (entry.kind) {
    case 'body':
      return entry.code.toLowerCase();
    case 'aoo':
      return entry.uniCode === null ? aooKey(entry.body, entry.code) : entry.uniCode.toUpperCase();
    case 'office':
    case 'category':
      return entry.code.toUpperCase();
    case 'pec':
      return `${entry.body}/${entry.code}`.toLowerCase();
  }
}

/** Key of an AOO whose Codice_uni_aoo is not known. */
export const aooKey = (body: string, code: string): string => `${body}/${code}`.toLowerCase();

/** The first certified address; null when the row has none. */
export const mailboxOf = ({ mails }: Pick<IndexEntry, 'mails'>): string | null =>
  mails.find(({ kind }) => kind !== 'other')?.address ?? null;

/** Fields that the regional layer may add or override. */
export const LAYER_FIELDS = [
  'name',
  'mailbox',
  'endpoint',
  'generation',
  'carrier',
  'network',
  'contact',
  'established',
  'ceased',
  'successor',
] as const;
export type LayerField = (typeof LAYER_FIELDS)[number];

/** One addition or override of the region, with who says so and why. */
export interface LayerRow {
  readonly layerId: string;
  /** IPA code, lower case. */
  readonly body: string;
  /** Code within the body or Codice_uni_aoo, lower case; empty: the body itself. */
  readonly aoo: string;
  readonly field: LayerField;
  /** Null withdraws what was said before: the national index shows again. */
  readonly value: string | boolean | null;
  readonly source: string;
  readonly author: string;
  readonly reason: string;
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly recordedAt: Date;
  /** The update message it came by. */
  readonly messageId: string | null;
}

/** What traffic taught about an AOO. */
export interface Observation {
  readonly body: string;
  readonly aoo: string;
  /** `confirms-2013`, `never-answers`, `mailbox-bounces`, … */
  readonly what: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface LayerChange {
  readonly field: LayerField;
  readonly value: string | boolean | null;
  readonly validFrom: string;
  readonly validTo: string | null;
}

/** An AOO announces a change to its region's node. */
export interface UpdateMessage {
  readonly messageId: string;
  /** The node it was given to first. */
  readonly node: string;
  readonly body: string;
  readonly aoo: string;
  readonly changes: readonly LayerChange[];
  readonly author: string;
  readonly reason: string;
  readonly receivedAt: Date;
  readonly state: 'received' | 'accepted' | 'refused';
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  /** Why it was accepted or refused. */
  readonly decision: string | null;
}
