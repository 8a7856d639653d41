import type pg from 'pg';
import { indexImports } from '../../src/adapters/postgres/index/imports.ts';
import { importIndex } from '../../src/service/index/import-index.ts';

const HEADER =
  'Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,' +
  'Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Data_aggiornamento,cod_aoo';

export interface AooRow {
  readonly administration: string;
  readonly code: string;
  readonly name: string;
  readonly address: string;
}

/** An AOO as the national index has it. */
export const aooRow = ({ administration, code, name, address }: AooRow): string =>
  `${administration},${name},00000000001,${code},Protocollo,2010-01-01,999001,Z901,00001,Piazza 1,0,${address},Pec,2020-01-07,${code}`;

/** Brings the AOOs of a day into the index of a council. */
export async function bringIndex(pool: pg.Pool, asOf: string, rows: readonly string[]): Promise<void> {
  async function* bytes() {
    yield Buffer.from(`${[HEADER, ...rows].join('\n')}\n`);
  }
  const deps = { index: indexImports(pool), clock: { now: () => new Date() } };
  const done = await importIndex({ origin: 'test', bytes: bytes(), asOf, shrinkLimit: 1 }, deps);
  if (!done.ok || done.value.outcome !== 'applied') throw new Error(JSON.stringify(done));
}
