/**
 * What the audit chain covers, row by row. Whatever is written of these tables is digested in memory and stands in one more
 * record of the same transaction; each row names that record. `interpro audit` reads the rows back and digests them again.
 */
import { sha256 } from '../../../kernel/digest.ts';
import type { Sha256 } from '../../../kernel/ids.ts';
import { cleanText } from '../database/json.ts';

/** The record that covers rows, and the one that says how many there were before rows were covered. */
export const COVERS = 'covers-rows';
export const NOT_COVERED = 'rows-not-covered';

export type CoveredTable =
  | 'registration'
  | 'registration_arrival'
  | 'registration_annulment'
  | 'registration_change'
  | 'daily_register'
  | 'registration_link'
  | 'registration_note'
  | 'registration_reserved'
  | 'registration_reserve_history'
  | 'registration_file_history'
  | 'assignment'
  | 'assignment_event'
  | 'annulment_request'
  | 'annulment_decision'
  | 'deferral'
  | 'emergency_register'
  | 'emergency_extension'
  | 'emergency_closing'
  | 'registration_emergency'
  | 'file'
  | 'mail_set_aside'
  | 'exchange'
  | 'mail';

interface Coverage {
  /** The first columns are the row's key, with the AOO in front. */
  readonly key: number;
  readonly columns: readonly string[];
  /** The table where it has another name, as the second half of a row that is written in two steps. */
  readonly table?: string;
  /** The column that names the record; `audit_seq` where left out. */
  readonly seq?: string;
  /** Which rows there are of it; all where left out. */
  readonly only?: string;
}

/** What one registration's rows begin with. */
const NUMBER = ['register', 'year', 'number'];

/**
 * The covered columns of each table: all that there are but for what changes lawfully, or follows from what is covered
 * (`verify-derived.ts`). `aoo` is covered as the chain's own, `audit_seq` by what it leads to.
 */
export const COVERED: Readonly<Record<CoveredTable, Coverage>> = {
  registration: {
    key: 3,
    columns: [
      ...[
        'register',
        'year',
        'number',
        'direction',
        'registered_at',
        'date',
        'time',
        'subject',
        'sender',
        'recipients',
      ],
      ...['peer_identifier', 'flags', 'mail_id'],
    ],
  },
  registration_arrival: {
    key: 3,
    columns: [
      ...['register', 'year', 'number', 'carrier', 'received_at', 'deferral', 'registered_by', 'registered_by_name'],
      ...['correspondent_id', 'template_id'],
    ],
  },
  registration_annulment: { key: 3, columns: [...NUMBER, 'at', 'reason', 'provision', 'by'] },
  registration_change: { key: 4, columns: [...NUMBER, 'version', 'at', 'field', 'old_value', 'new_value', 'by'] },
  registration_link: { key: 6, columns: [...NUMBER, 'to_register', 'to_year', 'to_number', 'kind', 'at', 'by'] },
  registration_note: { key: 4, columns: [...NUMBER, 'note_id', 'at', 'by', 'by_person', 'text'] },
  // Whether it was lifted follows from its history.
  registration_reserved: { key: 3, columns: [...NUMBER, 'registered_by', 'reserved_at', 'reserved_by'] },
  registration_reserve_history: {
    key: 4,
    columns: [...NUMBER, 'version', 'act', 'at', 'by', 'by_person', 'reason'],
  },
  daily_register: {
    key: 3,
    columns: [
      ...['register', 'kind', 'day', 'year', 'progressive', 'closed_at', 'closed_by', 'first_number', 'last_number'],
      ...['registrations', 'annulled', 'changes', 'after_seq', 'through_seq', 'head'],
      ...['xml_sha256', 'xml_size', 'pdf_sha256', 'pdf_size'],
    ],
  },
  // Which file it lies in now follows from this.
  registration_file_history: { key: 4, columns: [...NUMBER, 'version', 'file_id', 'at', 'by'] },
  assignment: {
    key: 1,
    columns: [
      ...['assignment_id', ...NUMBER, 'kind', 'unit_id', 'person_id', 'state', 'assigned_by', 'since', 'version'],
    ],
  },
  assignment_event: {
    key: 2,
    columns: [
      ...['assignment_id', 'event_id', 'version', 'act', 'at', 'by_person', 'by_name', 'on_behalf_of', 'from_unit'],
      ...['from_person', 'from_name', 'to_unit', 'to_person', 'to_name', 'note'],
    ],
  },
  annulment_request: {
    key: 1,
    columns: ['request_id', ...NUMBER, 'asked_at', 'asked_by', 'asked_by_person', 'reason'],
  },
  annulment_decision: {
    key: 1,
    columns: ['request_id', 'decided_at', 'decided_by', 'decided_by_person', 'outcome', 'answer'],
    ...{ table: 'annulment_request', seq: 'decided_audit_seq', only: 'outcome is not null' },
  },
  deferral: {
    key: 1,
    columns: [...['deferral_id', 'provision', 'reason', 'received_from', 'received_to', 'register_until', 'at', 'by']],
  },
  emergency_register: {
    key: 1,
    columns: ['emergency_id', 'cause', 'provision', 'started_at', 'opened_at', 'opened_by'],
  },
  emergency_extension: { key: 2, columns: ['emergency_id', 'position', 'ends_at', 'provision', 'at', 'by'] },
  emergency_closing: { key: 1, columns: ['emergency_id', 'ended_at', 'declaration', 'registrations', 'at', 'by'] },
  registration_emergency: {
    key: 3,
    columns: [
      ...[...NUMBER, 'emergency_id', 'emergency_year', 'emergency_number', 'emergency_date', 'emergency_time'],
      ...['operator', 'row_sha256'],
    ],
  },
  // Its number and who opened it. The rest goes on.
  file: { key: 1, columns: ['file_id', 'year', 'classification', 'number', 'opened_at', 'opened_by'] },
  mail_set_aside: { key: 1, columns: ['mail_id', 'at', 'by', 'reason'] },
  // The links between exchange, registration and mail. The rest is a state that goes on.
  exchange: { key: 1, columns: ['exchange_id', 'direction', 'register', 'year', 'number', 'mail_id'] },
  // What came, and what it belongs to. The rest is a judgement, and is made anew.
  mail: {
    key: 1,
    columns: ['mail_id', 'mailbox', 'uidvalidity', 'uid', 'sha256', 'size', 'arrived_at', 'exchange_id'],
  },
};

/** The table of the database that these rows lie in. */
export const tableOf = (covered: CoveredTable): string => COVERED[covered].table ?? covered;

/** The documents of a registration are digested with it, in their order. */
export const DOCUMENT_COLUMNS = ['position', 'role', 'name', 'media_type', 'sha256', 'size', 'source', 'part'] as const;

/** Values in the order of the columns; of a registration, those of its documents after its own. */
export interface RowValues {
  readonly row: readonly unknown[];
  readonly documents: readonly (readonly unknown[])[];
}

/** One row as the chain has it. `marks`: six digits a value, to say which one was altered. */
export type RowClaim = readonly [table: CoveredTable, key: readonly unknown[], digest: Sha256, marks: string];

export const claimOf = (table: CoveredTable, values: RowValues): RowClaim => {
  const texts = textsOf(values);
  const key = texts.slice(0, COVERED[table].key).map((text): unknown => JSON.parse(text));
  return [table, key, digestOf(texts), texts.map(markOf).join('')];
};

/** The columns in which a row differs from its claim; none: it is as it was written. */
export function differences(claim: RowClaim, values: RowValues): readonly string[] {
  const [table, , digest, marks] = claim;
  const texts = textsOf(values);
  if (digestOf(texts) === digest) return [];
  const { columns } = COVERED[table];
  const perDocument = DOCUMENT_COLUMNS.length;
  const documents = Math.floor((marks.length / MARK - columns.length) / perDocument);
  if (documents !== values.documents.length)
    return [`documents (${documents} were registered, ${values.documents.length} are there)`];
  const names = texts.flatMap((text, at) => {
    if (markOf(text) === markAt(claim, at)) return [];
    const place = at - columns.length;
    return place < 0
      ? (columns[at] ?? [])
      : `documents[${Math.floor(place / perDocument)}].${DOCUMENT_COLUMNS[place % perDocument]}`;
  });
  return names.length > 0 ? names : ['unknown column'];
}

const MARK = 6;
/** Proves nothing, so it may be cheap (FNV-1a): five times so many SHA-256 would be felt under the office's lock. */
export function markOf(text: string): string {
  let mark = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193);
  return (mark >>> 8).toString(16).padStart(MARK, '0');
}
/** What a claim says of one column. */
export const markAt = ([, , , marks]: RowClaim, at: number): string => marks.slice(at * MARK, (at + 1) * MARK);
const digestOf = (texts: readonly string[]): Sha256 => sha256(`[${texts.join(',')}]`);
const textsOf = ({ row, documents }: RowValues): readonly string[] => [...row, ...documents.flat()].map(canonical);

/** JSON with sorted keys, in the characters that PostgreSQL keeps. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cleanText(value));
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return JSON.stringify(value.toISOString().replace('Z', '000Z'));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(typeof value === 'bigint' ? Number(value) : value);
}
