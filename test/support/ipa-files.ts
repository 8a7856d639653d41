/** Small index files in every layout, about obviously fictitious bodies. */

import { IndexFileError } from '../../src/formats/ipa/index-file-error.ts';
import { readIndexFile } from '../../src/formats/ipa/read-index.ts';
import type { Batch, IndexFile, ReadEntry, RowFault } from '../../src/model/ipa.ts';

type Row = readonly string[];

export const ENTI_HEAD: Row = [
  '_id',
  'Codice_IPA',
  'Denominazione_ente',
  'Codice_fiscale_ente',
  'Tipologia',
  'Codice_Categoria',
  'Acronimo',
  'Codice_comune_ISTAT',
  'Codice_catastale_comune',
  'CAP',
  'Indirizzo',
  'Mail1',
  'Tipo_Mail1',
  'Mail2',
  'Tipo_Mail2',
  'Sito_istituzionale',
  'Data_aggiornamento',
];
export const AOO_HEAD: Row = [
  'Codice_IPA',
  'Denominazione_ente',
  'Codice_fiscale_ente',
  'Codice_uni_aoo',
  'Denominazione_aoo',
  'Data_istituzione',
  'Codice_comune_ISTAT',
  'Telefono',
  'Mail1',
  'Tipo_Mail1',
  'Mail2',
  'Tipo_Mail2',
  'Protocollo_informatico',
  'Data_aggiornamento',
  'cod_aoo',
];
export const UO_HEAD: Row = [
  '_id',
  'Codice_IPA',
  'Denominazione_ente',
  'Codice_uni_uo',
  'Codice_uni_aoo',
  'Codice_uni_uo_padre',
  'Descrizione_uo',
  'Data_istituzione',
  'Mail1',
  'Tipo_Mail1',
  'Data_aggiornamento',
  'Url',
];
export const AOO_TXT_HEAD: Row = [
  'cod_amm',
  'cod_aoo',
  'des_aoo',
  'dat_istituz',
  'Comune',
  'Cap',
  'Provincia',
  'Regione',
  'Indirizzo',
  'Tel',
  'nome_resp',
  'cogn_resp',
  'mail_resp',
  'tel_resp',
  'fax',
  'mail1',
  'tipo_mail1',
  'mail2',
  'tipo_mail2',
  'mail3',
  'tipo_mail3',
];

export interface AooFacts {
  readonly body: string;
  readonly uni: string;
  readonly code: string;
  readonly name?: string;
  readonly pec: string;
  readonly updated?: string;
}

export const aooRow = ({ body, uni, code, name = 'Protocollo', pec, updated = '' }: AooFacts): Row => [
  body,
  `Comune di ${body}`,
  '',
  uni,
  name,
  '2010-01-01',
  '048017',
  '',
  pec,
  'Pec',
  '',
  '',
  '',
  updated,
  code,
];
export const entiRow = (
  code: string,
  name: string,
  pec: string,
  more: { readonly tax?: string; readonly updated?: string } = {},
): Row => [
  '1',
  code,
  name,
  more.tax ?? '',
  'Pubbliche Amministrazioni',
  'L6',
  '',
  '048017',
  'D612',
  '50100',
  'Via di Prova, 1',
  pec,
  'Pec',
  '',
  '',
  '',
  more.updated ?? '',
];
export const aooTxtRow = (body: string, code: string, name: string, pec: string): Row => [
  body,
  code,
  name,
  '2010-01-01',
  'Esempio',
  '00001',
  'FI',
  'Toscana',
  'Via di Prova 1',
  '',
  '',
  '',
  '',
  '',
  '',
  pec,
  'Pec',
  'null',
  'null',
  'null',
  'null',
];

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
export const csv = (head: Row, rows: readonly Row[]): string =>
  [head, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
export const tsv = (head: Row, rows: readonly Row[]): string =>
  [head, ...rows].map((row) => `${row.join('\t')}\n`).join('');

/** The bytes in pieces whose ends match no line or field. */
export async function* pieces(content: string | Buffer, size = 61): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface Read extends Omit<IndexFile, 'batches'> {
  readonly entries: readonly ReadEntry[];
  readonly faults: readonly RowFault[];
}

export async function readAll(content: string | Buffer, size?: number): Promise<Read> {
  const { batches, ...file } = await readIndexFile(pieces(content, size));
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return { ...file, entries: all.flatMap(({ entries }) => entries), faults: all.flatMap(({ faults }) => faults) };
}

/** `[code, line, sentence]` of a file that is refused as a whole. */
export async function refusalOf(content: string | Buffer): Promise<readonly [string, number, string]> {
  try {
    await readAll(content);
  } catch (error) {
    if (error instanceof IndexFileError) return [error.code, error.line, error.message];
    throw error;
  }
  throw new Error('the file was read');
}
