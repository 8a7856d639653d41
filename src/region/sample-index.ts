/** A small index for the region on one machine: fictitious bodies, among them its three councils. */

import { openPool } from '../adapters/postgres/database/pool.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { importIndex } from '../service/index/import-index.ts';

/** A source of its own: an import of the national index ends none of these rows. */
const SOURCE = 'esempio';
/** The date of its rows, earlier than that of anything imported. */
const DAY = '2026-01-07';

const BODIES = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Tipologia,Codice_Categoria,Acronimo,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Mail1,Tipo_Mail1,Sito_istituzionale,Data_aggiornamento
c_esempio,Comune di Esempio,00000000001,Pubbliche Amministrazioni,L6,,999001,Z901,00001,Piazza del Municipio 1,protocollo@pec.esempio.example.it,Pec,https://www.esempio.example.it,2026-01-07
c_provaria,Comune di Provaria,00000000002,Pubbliche Amministrazioni,L6,,999002,Z902,00002,"Via dell'Esempio, 2",protocollo@pec.provaria.example.it,Pec,https://www.provaria.example.it,2026-01-07
c_santangelo,Comune di Sant'Angelo in Prova,00000000003,Pubbliche Amministrazioni,L6,,999003,Z903,00003,Largo San Michele 3,protocollo@pec.santangelo.example.it,Pec,https://www.santangelo.example.it,2026-01-07
p_esempio,Provincia di Esempio,00000000004,Pubbliche Amministrazioni,L5,,999001,Z901,00001,Via Roma 4,protocollo@pec.provincia.esempio.example.it,Pec,https://www.provincia.esempio.example.it,2026-01-07
asl_prova,Azienda Sanitaria Locale di Prova,00000000005,Pubbliche Amministrazioni,L7,ASL PROVA,999002,Z902,00002,"Viale della Salute, 5",protocollo@pec.asl.example.it,Pec,https://www.asl.example.it,2026-01-07
uc_esempio,Unione dei Comuni di Esempio e Provaria,00000000006,Pubbliche Amministrazioni,L18,,999001,Z901,00001,Piazza del Municipio 1,unione@pec.unione.example.it,Pec,https://www.unione.example.it,2026-01-07
istsc_esempio,Istituto Comprensivo Niccolò Esempio,00000000007,Pubbliche Amministrazioni,L33,,999001,Z901,00001,Via della Scuola 7,istituto@pec.scuola.example.it,Pec,https://www.scuola.example.it,2026-01-07
`;

const AOOS = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Protocollo_informatico,Data_aggiornamento,cod_aoo
c_esempio,Comune di Esempio,00000000001,AESEMP1,Protocollo generale,2010-01-01,999001,Z901,00001,Piazza del Municipio 1,000 000001,protocollo@pec.esempio.example.it,Pec,InterPro,2026-01-07,AESEMP1
c_provaria,Comune di Provaria,00000000002,APROVA1,Protocollo generale,2010-01-01,999002,Z902,00002,"Via dell'Esempio, 2",000 000002,protocollo@pec.provaria.example.it,Pec,InterPro,2026-01-07,APROVA1
c_santangelo,Comune di Sant'Angelo in Prova,00000000003,ASANTA1,Ufficio protocollo,2012-05-01,999003,Z903,00003,Largo San Michele 3,000 000003,protocollo@pec.santangelo.example.it,Pec,,2026-01-07,AOO1
p_esempio,Provincia di Esempio,00000000004,APROVI1,Ufficio protocollo,2008-03-01,999001,Z901,00001,Via Roma 4,000 000004,protocollo@pec.provincia.esempio.example.it,Pec,,2026-01-07,01
asl_prova,Azienda Sanitaria Locale di Prova,00000000005,AASLPR1,Direzione generale - Protocollo,2009-09-01,999002,Z902,00002,"Viale della Salute, 5",000 000005,protocollo@pec.asl.example.it,Pec,,2026-01-07,DG
asl_prova,Azienda Sanitaria Locale di Prova,00000000005,AASLPR2,Dipartimento di Prevenzione,2013-04-05,999001,Z901,00001,"Via dei Prati, 9",000 000006,prevenzione@pec.asl.example.it,Pec,,2026-01-07,DIP-Prevenzione
uc_esempio,Unione dei Comuni di Esempio e Provaria,00000000006,AUNION1,Protocollo unico,2015-01-01,999001,Z901,00001,Piazza del Municipio 1,000 000007,unione@pec.unione.example.it,Pec,,2026-01-07,AOO1
istsc_esempio,Istituto Comprensivo Niccolò Esempio,00000000007,AISTSC1,Ufficio Protocollo,2014-02-01,999001,Z901,00001,Via della Scuola 7,000 000008,istituto@pec.scuola.example.it,Pec,,2026-01-07,AOO1
`;

const OFFICES = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_uo,Codice_uni_aoo,Codice_uni_uo_padre,Descrizione_uo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Data_aggiornamento,Url
c_esempio,Comune di Esempio,00000000001,UESE01,AESEMP1,,Ufficio Anagrafe,2010-01-01,999001,Z901,00001,Piazza del Municipio 1,000 000011,anagrafe@pec.esempio.example.it,Pec,2026-01-07,
c_esempio,Comune di Esempio,00000000001,UESE02,AESEMP1,,Ufficio Tecnico,2010-01-01,999001,Z901,00001,Piazza del Municipio 1,000 000012,tecnico@pec.esempio.example.it,Pec,2026-01-07,
c_provaria,Comune di Provaria,00000000002,UPRO01,APROVA1,,Uff_eFatturaPA,2014-06-06,999002,Z902,00002,"Via dell'Esempio, 2",000 000013,fatture@pec.provaria.example.it,Pec,2026-01-07,
`;

const CATEGORIES = `Codice_categoria,Nome_categoria,Tipologia_categoria
L5,Province e loro Consorzi e Associazioni,Pubbliche Amministrazioni
L6,Comuni e loro Consorzi e Associazioni,Pubbliche Amministrazioni
L7,Aziende Sanitarie Locali,Pubbliche Amministrazioni
L18,Unioni di Comuni,Pubbliche Amministrazioni
L33,Istituti di Istruzione Statale di Ogni Ordine e Grado,Pubbliche Amministrazioni
`;

async function* piece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Imports the sample, unless that was done before. Resolves with the number of rows. */
export async function importSampleIndex(databaseUrl: string): Promise<number> {
  const pool = openPool(databaseUrl, 'interpro sample index', 1);
  try {
    const index = indexImports(pool);
    const known = await index.imports(1_000);
    let rows = known.reduce(
      (sum, { source, outcome, added }) => sum + (source === SOURCE && outcome === 'applied' ? added : 0),
      0,
    );
    if (rows > 0) return rows;
    for (const text of [CATEGORIES, BODIES, AOOS, OFFICES]) {
      const request = { origin: 'sample', bytes: piece(text), source: SOURCE, asOf: DAY };
      const imported = await importIndex(request, { index, clock: { now: () => new Date() } });
      // If another process is importing at this moment, the region starts all the same.
      if (imported.ok) rows += imported.value.rows;
    }
    return rows;
  } finally {
    await pool.end();
  }
}
