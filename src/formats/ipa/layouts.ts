/**
 * The layouts of the national index: which columns each has, and what they mean. Names are compared without regard to case.
 * Columns that are not listed here are kept under their own name.
 */
import type { EntryKind } from '../../kernel/index-keys.ts';
import type { LayoutName, TextField } from '../../model/ipa.ts';

/** What a column holds: a field of the row, a mail or its kind by position, the declared end, or a value kept by name. */
export type ColumnMeaning =
  | { readonly as: 'field'; readonly field: TextField }
  | { readonly as: 'mail' | 'mail-kind'; readonly position: number }
  | { readonly as: 'ceased' | 'ignored' }
  | { readonly as: 'more'; readonly name: string };

export interface Layout {
  readonly name: LayoutName;
  readonly kind: EntryKind;
  /** Columns that this layout always has. */
  readonly required: readonly string[];
  /** Columns that this layout never has. */
  readonly without: readonly string[];
  readonly columns: Readonly<Record<string, TextField | 'ceased' | `more:${string}`>>;
  /** Mails in columns without a number. */
  readonly plainMails: Readonly<Record<string, number>>;
  /** An empty cell may be the text `null`. */
  readonly nulls?: true;
}

const MAIL_COLUMNS = ['mail1', 'tipo_mail1'] as const;

const address = {
  codice_comune_istat: 'istat',
  codice_catastale_comune: 'cadastral',
  cap: 'postalCode',
  indirizzo: 'street',
  telefono: 'phone',
  fax: 'fax',
} as const;
const ofBody = { codice_ipa: 'body', denominazione_ente: 'bodyName', codice_fiscale_ente: 'taxCode' } as const;
/** Older names of columns that newer layouts call otherwise. */
const responsible = {
  nome_resp: 'more:nome_responsabile',
  cogn_resp: 'more:cognome_responsabile',
  titolo_resp: 'more:titolo_responsabile',
  mail_resp: 'more:mail_responsabile',
  tel_resp: 'more:telefono_responsabile',
} as const;
const olderAddress = {
  comune: 'municipality',
  cap: 'postalCode',
  provincia: 'province',
  regione: 'region',
  indirizzo: 'street',
} as const;

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'aoo',
    kind: 'aoo',
    required: ['codice_ipa', 'codice_uni_aoo', 'denominazione_aoo', ...MAIL_COLUMNS],
    without: ['codice_uni_uo'],
    columns: {
      ...ofBody,
      ...address,
      codice_uni_aoo: 'uniCode',
      cod_aoo: 'code',
      denominazione_aoo: 'name',
      data_istituzione: 'established',
      data_aggiornamento: 'updated',
    },
    plainMails: {},
  },
  {
    name: 'uo',
    kind: 'office',
    required: ['codice_ipa', 'codice_uni_uo', 'descrizione_uo', ...MAIL_COLUMNS],
    without: [],
    columns: {
      ...ofBody,
      ...address,
      codice_uni_uo: 'code',
      codice_uni_aoo: 'uniCode',
      codice_uni_uo_padre: 'parent',
      descrizione_uo: 'name',
      data_istituzione: 'established',
      data_aggiornamento: 'updated',
      url: 'site',
    },
    plainMails: {},
  },
  {
    name: 'enti',
    kind: 'body',
    required: ['codice_ipa', 'denominazione_ente', 'codice_categoria', ...MAIL_COLUMNS],
    without: ['codice_uni_aoo', 'codice_uni_uo'],
    columns: {
      codice_ipa: 'code',
      denominazione_ente: 'name',
      codice_fiscale_ente: 'taxCode',
      tipologia: 'type',
      codice_categoria: 'category',
      ...address,
      sito_istituzionale: 'site',
      data_aggiornamento: 'updated',
    },
    plainMails: {},
  },
  {
    name: 'categorie',
    kind: 'category',
    required: ['codice_categoria', 'nome_categoria'],
    without: ['codice_ipa'],
    columns: { codice_categoria: 'code', nome_categoria: 'name', tipologia_categoria: 'type' },
    plainMails: {},
  },
  {
    name: 'aoo-txt',
    kind: 'aoo',
    required: ['cod_amm', 'cod_aoo', 'des_aoo', ...MAIL_COLUMNS],
    without: [],
    columns: {
      cod_amm: 'body',
      cod_aoo: 'code',
      des_aoo: 'name',
      dat_istituz: 'established',
      ...olderAddress,
      ...responsible,
      tel: 'phone',
      fax: 'fax',
    },
    plainMails: {},
  },
  {
    name: 'ou-txt',
    kind: 'office',
    required: ['cod_amm', 'cod_uni_ou', 'des_ou', ...MAIL_COLUMNS],
    without: [],
    columns: {
      cod_amm: 'body',
      cod_uni_ou: 'code',
      des_ou: 'name',
      ...olderAddress,
      ...responsible,
      tel: 'phone',
      fax: 'fax',
    },
    plainMails: {},
    nulls: true,
  },
  {
    // One row for each address of a body, its AOOs and its offices; `tipo` says whose it is.
    name: 'pec-txt',
    kind: 'pec',
    required: ['cod_amm', 'descrizione', 'tipo', 'mail', 'tipo_mail'],
    without: ['cod_aoo', 'cod_uni_ou', 'des_amm'],
    columns: {
      cod_amm: 'body',
      descrizione: 'bodyName',
      comune: 'municipality',
      provincia: 'province',
      regione: 'region',
    },
    plainMails: { mail: 1 },
    nulls: true,
  },
  {
    name: 'amministrazioni',
    kind: 'body',
    required: ['cod_amm', 'des_amm', ...MAIL_COLUMNS],
    without: ['cod_aoo'],
    columns: {
      cod_amm: 'code',
      des_amm: 'name',
      cf: 'taxCode',
      tipologia_amm: 'type',
      sito_istituzionale: 'site',
      ...olderAddress,
      ...responsible,
    },
    plainMails: {},
  },
  {
    name: 'aoo-ldif',
    kind: 'aoo',
    required: ['o', 'aoo', 'description', 'datasoppressione'],
    without: [],
    columns: {
      o: 'body',
      aoo: 'code',
      description: 'name',
      dataistituzione: 'established',
      datasoppressione: 'ceased',
      l: 'municipality',
      provincia: 'province',
      regione: 'region',
      street: 'street',
      postalcode: 'postalCode',
      telephonenumber: 'phone',
      facsimiletelephonenumber: 'fax',
      nomeresp: 'more:nome_responsabile',
      cognomeresp: 'more:cognome_responsabile',
      telefonoresp: 'more:telefono_responsabile',
    },
    plainMails: { mail1: 1, mail2: 2, mail3: 3, mail4: 4, mail5: 5 },
  },
];

/** The data set `pec-ente`, whose columns are not documented: a code of the body and one address. */
const ADDRESS_NAMES = ['mail', 'pec', 'mail_pec', 'indirizzo_pec', 'email', 'mail1'];

export const pecEnte = (names: ReadonlySet<string>): Layout | null => {
  const mail = ADDRESS_NAMES.find((name) => names.has(name));
  if (mail === undefined || !names.has('codice_ipa') || names.has('codice_uni_uo')) return null;
  return {
    name: 'pec-ente',
    kind: 'pec',
    required: ['codice_ipa', mail],
    without: [],
    columns: {
      codice_ipa: 'body',
      denominazione_ente: 'bodyName',
      codice_fiscale_ente: 'taxCode',
      codice_fiscale: 'taxCode',
      codice_uni_aoo: 'uniCode',
      data_aggiornamento: 'updated',
    },
    plainMails: { [mail]: 1 },
  };
};

const MAIL = /^mail([1-9])$/;
const MAIL_KIND = /^tipo_mail([1-9]?)$/;

export function meaningOf(layout: Layout, column: string): ColumnMeaning {
  const plain = layout.plainMails[column];
  if (plain !== undefined) return { as: 'mail', position: plain };
  const mail = MAIL.exec(column);
  if (mail) return { as: 'mail', position: Number(mail[1]) };
  const kind = MAIL_KIND.exec(column);
  if (kind) return { as: 'mail-kind', position: Number(kind[1] || '1') };
  // The data store numbers its rows anew in every dump.
  if (column === '_id') return { as: 'ignored' };
  const known = layout.columns[column];
  if (known === undefined) return { as: 'more', name: column };
  if (known === 'ceased') return { as: 'ceased' };
  return known.startsWith('more:')
    ? { as: 'more', name: known.slice('more:'.length) }
    : { as: 'field', field: known as TextField };
}
