import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../src/adapters/postgres/index/entries.ts';
import { indexImports } from '../../src/adapters/postgres/index/imports.ts';
import { indexLayer } from '../../src/adapters/postgres/index/layer.ts';
import { importIndex } from '../../src/service/index/import-index.ts';
import type { FindAsked } from '../../src/service/index/look-up.ts';
import { type AooIndex, openIndex } from '../../src/service/index/open-index.ts';
import { createDatabase } from './postgres.ts';

export const BODIES = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Tipologia,Codice_Categoria,Acronimo,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Mail1,Tipo_Mail1,Sito_istituzionale,Data_aggiornamento
c_e001,Comune di Esemponi,00000000001,Pubbliche Amministrazioni,L6,,046001,E001,55012,Piazza 1,protocollo@pec.esemponi.example.it,Pec,,2026-01-07
c_e002,Comune di Esemponi Terme,00000000002,Pubbliche Amministrazioni,L6,,046002,E002,55013,Piazza 2,protocollo@pec.terme.example.it,Pec,,2026-01-07
c_e003,Comune di Sant'Angelo in Prova,00000000003,Pubbliche Amministrazioni,L6,,048003,E003,50003,Piazza 3,protocollo@pec.santangelo.example.it,Pec,,2026-01-07
asl_prova,AZIENDA USL DI PROVARIA,00000000004,Pubbliche Amministrazioni,L7,AUSL PROVARIA,048004,E004,50004,Viale 4,protocollo@pec.asl.example.it,Pec,,2026-01-07
c_e004,Comune di Provaria,00000000005,Pubbliche Amministrazioni,L6,,048004,E004,50004,Piazza 4,protocollo@pec.provaria.example.it,Pec,,2026-01-07
`;
export const AOOS = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Mail2,Tipo_Mail2,Data_aggiornamento,cod_aoo
c_e001,Comune di Esemponi,00000000001,AESE001,Ufficio protocollo,2010-01-01,046001,E001,55012,Piazza 1,0,protocollo@pec.esemponi.example.it,Pec,,,2026-01-07,AOO1
c_e002,Comune di Esemponi Terme,00000000002,AESE002,Ufficio protocollo,2010-01-01,046002,E002,55013,Piazza 2,0,protocollo@pec.terme.example.it,Pec,,,2026-01-07,AOO1
c_e003,Comune di Sant'Angelo in Prova,00000000003,AESE003,Protocollo,2010-01-01,048003,E003,50003,Piazza 3,0,info@santangelo.example.it,Altro,,,2026-01-07,01
asl_prova,AZIENDA USL DI PROVARIA,00000000004,AASL001,Protocollo generale,2010-01-01,048004,E004,50004,Viale 4,0,protocollo@pec.asl.example.it,Pec,,,2026-01-07,DG
asl_prova,AZIENDA USL DI PROVARIA,00000000004,AASL002,Dipartimento di prevenzione,2010-01-01,048004,E004,50004,Viale 4,0,prevenzione@pec.asl.example.it,Pec,,,2026-01-07,PREV
c_e004,Comune di Provaria,00000000005,AESE004,Ufficio protocollo,2010-01-01,048004,E004,50004,Piazza 4,0,protocollo@pec.provaria.example.it,Pec,,,2026-01-07,AOO1
`;
export const OFFICES = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_uo,Codice_uni_aoo,Codice_uni_uo_padre,Descrizione_uo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Data_aggiornamento,Url
c_e001,Comune di Esemponi,00000000001,UESE01,AESE001,,Ufficio Anagrafe,2010-01-01,046001,E001,55012,Piazza 1,0,anagrafe@pec.esemponi.example.it,Pec,2026-01-07,
`;

export const NOW = new Date('2026-09-20T10:00:00Z');

export interface IndexHouse {
  readonly url: string;
  readonly index: AooIndex;
  bring(file: string | AsyncIterable<Uint8Array> | Buffer, asOf: string): Promise<void>;
  close(): Promise<void>;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A database with a small index of fictitious offices; `bring` imports another day of it. */
export async function openIndexHouse(
  files: readonly string[] = [BODIES, AOOS, OFFICES],
  node = 'toscana',
): Promise<IndexHouse> {
  const database = await createDatabase();
  const pool = openPool(database.url, 'interpro test index', 6);
  const clock = { now: () => NOW };
  const bring: IndexHouse['bring'] = async (file, asOf) => {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      if (typeof file === 'string') yield Buffer.from(file);
      else if (Buffer.isBuffer(file)) yield file;
      else yield* file;
    }
    const deps = { index: indexImports(pool), clock };
    const done = await importIndex({ origin: 'test', bytes: bytes(), asOf, shrinkLimit: 1 }, deps);
    if (!done.ok || done.value.outcome === 'refused') throw new Error(JSON.stringify(done));
  };
  for (const file of files) await bring(file, '2026-09-01');
  const parts = { entries: indexEntries(pool), layer: indexLayer(pool) };
  const index = await openIndex({ ...parts, clock, log: silent, node, eager: false });
  return {
    url: database.url,
    index,
    bring,
    async close() {
      await index.stop();
      await pool.end();
      await database.drop();
    },
  };
}

export const asking = (change: Partial<FindAsked>): FindAsked => ({
  kinds: null,
  day: null,
  text: null,
  ceased: false,
  cursor: null,
  limit: 20,
  ...change,
});
