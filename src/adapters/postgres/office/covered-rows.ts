/**
 * What the audit chain covers, row by row. Whatever is written of these tables is digested in memory and stands in one more
 * record of the same transaction; each row names that record. `interpro audit` reads the rows back and digests them again.
 */
import { sha256 } from '../../../kernel/digest.ts';
import type { Sha256 } from '../../../kernel/ids.ts';
import type { Changes } from '../../../service/register/changes.ts';
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
  | 'exchange'
  | 'mail';

/**
 * The covered columns of each table, all that there are except where `rest` names what changes lawfully. `aoo` is covered as
 * the chain's own, `audit_seq` by what it leads to. The first `key` columns are the row's key, with the AOO in front.
 */
export const COVERED: Readonly<Record<CoveredTable, { readonly key: number; readonly columns: readonly string[] }>> = {
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
  registration_annulment: { key: 3, columns: ['register', 'year', 'number', 'at', 'reason', 'provision', 'by'] },
  registration_change: {
    key: 4,
    columns: ['register', 'year', 'number', 'version', 'at', 'field', 'old_value', 'new_value', 'by'],
  },
  daily_register: {
    key: 3,
    columns: [
      ...['register', 'kind', 'day', 'year', 'progressive', 'closed_at', 'closed_by', 'first_number', 'last_number'],
      ...['registrations', 'annulled', 'changes', 'after_seq', 'through_seq', 'head'],
      ...['xml_sha256', 'xml_size', 'pdf_sha256', 'pdf_size'],
    ],
  },
  // The links between exchange, registration and mail. The rest is a state that goes on.
  exchange: { key: 1, columns: ['exchange_id', 'direction', 'register', 'year', 'number', 'mail_id'] },
  // What came, and what it belongs to. The rest is a judgement, and is made anew.
  mail: {
    key: 1,
    columns: ['mail_id', 'mailbox', 'uidvalidity', 'uid', 'sha256', 'size', 'arrived_at', 'exchange_id'],
  },
};

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

/** The claims of everything a transaction writes. */
export function claimsOf(changes: Changes): readonly RowClaim[] {
  const { at } = changes;
  const claim = (table: CoveredTable, row: readonly unknown[], documents: RowValues['documents'] = []): RowClaim =>
    claimOf(table, { row, documents });
  return [
    ...changes.registrations.map((one) =>
      claim(
        'registration',
        [
          ...[one.register, one.year, one.number, one.direction, one.registeredAt, one.date, one.time, one.subject],
          ...[one.sender, one.recipients, one.peerIdentifier, one.flags, one.mailId],
        ],
        one.documents.map(({ role, name, mediaType, sha256, size, source }, position) => [
          ...[position, role, name, mediaType, sha256, size, source?.sha256, source?.part],
        ]),
      ),
    ),
    ...changes.byHand.arrivals.map((one) =>
      claim('registration_arrival', [
        ...[one.register, one.year, one.number, one.carrier, one.receivedAt, one.deferral, one.registeredBy],
        ...[one.registeredByName, one.correspondentId, one.templateId],
      ]),
    ),
    ...changes.annulments.map(({ register, year, number, reason, provision, by }) =>
      claim('registration_annulment', [register, year, number, at, reason, provision, by]),
    ),
    ...changes.registrationChanges.map(({ register, year, number, version, field, oldValue, newValue, by }) =>
      claim('registration_change', [register, year, number, version, at, field, oldValue, newValue, by]),
    ),
    ...changes.closings.map(({ register, kind, day, counts, head, xml, pdf, ...one }) =>
      claim('daily_register', [
        ...[register, kind, day, one.year, one.progressive, one.closedAt, one.closedBy, one.first, one.last],
        ...[counts.registrations, counts.annulled, counts.changes, one.afterSeq, one.throughSeq, head],
        ...[xml.sha256, xml.size, pdf.sha256, pdf.size],
      ]),
    ),
    ...changes.exchanges.map(({ exchangeId, direction, registered, mailId }) =>
      claim('exchange', [exchangeId, direction, registered?.register, registered?.year, registered?.number, mailId]),
    ),
    ...changes.settled.map(({ kept, exchangeId }) => {
      const { mailId, mailbox, uidValidity, uid, sha256, size, arrivedAt } = kept;
      return claim('mail', [mailId, mailbox, uidValidity, uid, sha256, size, arrivedAt, exchangeId]);
    }),
  ];
}
