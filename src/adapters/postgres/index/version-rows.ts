/** Columns of `index_entry` that come from a file, beside the fields they hold. */
import type { EntryVersion } from '../../../domain/index/model.ts';
import type { CarriedField, IndexEntry, IndexMail, TextField } from '../../../model/ipa.ts';

export const COLUMNS: Readonly<Record<TextField, string>> = {
  body: 'body',
  code: 'code',
  uniCode: 'uni_code',
  parent: 'parent',
  name: 'name',
  bodyName: 'body_name',
  taxCode: 'tax_code',
  category: 'category',
  type: 'type',
  istat: 'istat',
  cadastral: 'cadastral',
  municipality: 'municipality',
  province: 'province',
  region: 'region',
  postalCode: 'postal_code',
  street: 'street',
  phone: 'phone',
  fax: 'fax',
  site: 'site',
  established: 'established',
  updated: 'updated',
};

export const TEXT_FIELDS = Object.keys(COLUMNS) as readonly TextField[];

export const columnOf = (field: CarriedField): string => (field === 'mails' ? 'mails' : COLUMNS[field]);

/** A version as a row; `to_json` of it would do as well, but dates and numbers would be texts. */
export interface VersionRow {
  version: number;
  kind: IndexEntry['kind'];
  key: string;
  source: string;
  body: string;
  code: string;
  uni_code: string | null;
  parent: string | null;
  name: string;
  body_name: string | null;
  tax_code: string | null;
  category: string | null;
  type: string | null;
  istat: string | null;
  cadastral: string | null;
  municipality: string | null;
  province: string | null;
  region: string | null;
  postal_code: string | null;
  street: string | null;
  phone: string | null;
  fax: string | null;
  site: string | null;
  mails: IndexMail[];
  established: string | null;
  updated: string | null;
  more: Record<string, string>;
  valid_from: string;
  from_basis: EntryVersion['fromBasis'];
  valid_to: string | null;
  to_basis: EntryVersion['toBasis'];
  previous: number | null;
  import_id: number;
  closed_by: number | null;
  successor: string | null;
}

/** For `select`, with the table's alias. */
export const versionColumns = (alias = 'e'): string =>
  [
    'version',
    'kind',
    'key',
    'source',
    ...Object.values(COLUMNS),
    'mails',
    'more',
    'valid_from',
    'from_basis',
    'valid_to',
    'to_basis',
    'previous',
    'import_id',
    'closed_by',
    'successor',
  ]
    .map((column) => `${alias}.${column}`)
    .join(', ');

/** A cell of a file may hold line ends and tabs; what is shown, sent and written into other documents is one line. */
export const inOneLine = (text: string): string =>
  /[\t\n\v\f\r\u2028\u2029]/.test(text) ? text.replace(/\s+/g, ' ') : text;
const maybeInOneLine = (text: string | null): string | null => text && inOneLine(text);

/** As it is used. */
export const toVersion = (row: VersionRow): EntryVersion => ({
  ...toRawVersion(row),
  name: inOneLine(row.name),
  bodyName: maybeInOneLine(row.body_name),
  type: maybeInOneLine(row.type),
  municipality: maybeInOneLine(row.municipality),
  region: maybeInOneLine(row.region),
  street: maybeInOneLine(row.street),
  phone: maybeInOneLine(row.phone),
  fax: maybeInOneLine(row.fax),
  site: maybeInOneLine(row.site),
});

/** As the file has it. */
export const toRawVersion = (row: VersionRow): EntryVersion => ({
  version: row.version,
  kind: row.kind,
  key: row.key,
  source: row.source,
  body: row.body,
  code: row.code,
  uniCode: row.uni_code,
  parent: row.parent,
  name: row.name,
  bodyName: row.body_name,
  taxCode: row.tax_code,
  category: row.category,
  type: row.type,
  istat: row.istat,
  cadastral: row.cadastral,
  municipality: row.municipality,
  province: row.province,
  region: row.region,
  postalCode: row.postal_code,
  street: row.street,
  phone: row.phone,
  fax: row.fax,
  site: row.site,
  mails: row.mails,
  established: row.established,
  updated: row.updated,
  more: row.more,
  validFrom: row.valid_from,
  fromBasis: row.from_basis,
  validTo: row.valid_to,
  toBasis: row.to_basis,
  previous: row.previous,
  importId: row.import_id,
  closedBy: row.closed_by,
  successor: row.successor,
});
