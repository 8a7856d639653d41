import { describe, expect, it } from 'vitest';
import { dayOf } from '../../../src/formats/ipa/to-entry.ts';
import {
  AOO_HEAD,
  AOO_TXT_HEAD,
  aooRow,
  aooTxtRow,
  csv,
  ENTI_HEAD,
  entiRow,
  readAll,
  tsv,
  UO_HEAD,
} from '../../support/ipa-files.ts';
import { xlsx } from '../../support/xlsx-writer.ts';

const enti = [
  entiRow('c_esempio', 'Comune di Esempio', 'PROTOCOLLO@pec.esempio.example.it', {
    tax: '00000000001',
    updated: '2026-01-07',
  }),
  entiRow('c_provaria', 'Comune di "Provaria", già Prova', 'protocollo@pec.provaria.example.it'),
];
const first = {
  kind: 'body',
  key: 'c_esempio',
  body: 'c_esempio',
  name: 'Comune di Esempio',
  taxCode: '00000000001',
  category: 'L6',
  istat: '048017',
  cadastral: 'D612',
  postalCode: '50100',
  street: 'Via di Prova, 1',
  mails: [{ address: 'protocollo@pec.esempio.example.it', kind: 'pec' }],
  updated: '2026-01-07',
};

describe('enti, the same from every container', () => {
  const objects = enti.map((row) =>
    Object.fromEntries(ENTI_HEAD.map((name, column) => [name, row[column] === '' ? null : row[column]])),
  );
  const fields = ENTI_HEAD.map((id) => ({ type: 'text', id }));
  it.each([
    ['CSV', csv(ENTI_HEAD, enti)],
    ['CSV with BOM and CRLF', `\uFEFF${csv(ENTI_HEAD, enti).replaceAll('\n', '\r\n')}`],
    [
      'CSV with names in another case and order',
      csv(
        ENTI_HEAD.toReversed().map((name) => name.toUpperCase()),
        enti.map((row) => row.toReversed()),
      ),
    ],
    ['CSV without the end of its last line', csv(ENTI_HEAD, enti).trimEnd()],
    [
      'TSV as the data store writes it',
      csv(ENTI_HEAD, enti)
        .split('\n')
        .map((line) => line.replace(/("(?:[^"]|"")*")|,/g, (_, text) => text ?? '\t'))
        .join('\n'),
    ],
    ['JSON, an array', JSON.stringify(objects)],
    ['JSON, an array over many lines', JSON.stringify(objects, null, 2)],
    [
      'JSON, fields and records',
      JSON.stringify({ fields, records: enti.map((row) => row.map((cell) => (cell === '' ? null : cell))) }),
    ],
    [
      'JSON, an answer of the search',
      JSON.stringify({ help: 'records', success: true, result: { fields, records: objects, total: 2 } }),
    ],
    ['XLSX with shared strings', xlsx([ENTI_HEAD, ...enti])],
    ['XLSX with strings inside', xlsx([ENTI_HEAD, ...enti], { inline: true })],
  ])('%s', async (_, content) => {
    for (const size of [1, 61, 100_000]) {
      const { layout, entries, faults } = await readAll(content, size);
      expect(layout).toBe('enti');
      expect(faults).toEqual([]);
      expect(entries.map(({ entry }) => entry.name)).toEqual(['Comune di Esempio', 'Comune di "Provaria", già Prova']);
      expect(entries[0]?.entry).toMatchObject(first);
      expect(entries[1]?.entry).toMatchObject({ taxCode: null, updated: null });
    }
  });

  it('gives the line on which a row begins, also after quoted line ends', async () => {
    const rows = [entiRow('a', 'Uno\ndue\ntre', 'a@pec.example.it'), entiRow('b', 'Quattro', 'b@pec.example.it')];
    const { entries } = await readAll(csv(ENTI_HEAD, rows));
    expect(entries.map(({ line }) => line)).toEqual([2, 5]);
    const windows = await readAll(csv(ENTI_HEAD, rows).replaceAll('\n', '\r\n'));
    expect(windows.entries).toEqual(entries);
  });

  it('keeps unknown columns under their own name, and drops the number of the row', async () => {
    const { entries, carriedMore } = await readAll(csv([...ENTI_HEAD, 'Nuova_colonna'], [[...(enti[0] ?? []), 'x']]));
    expect(entries[0]?.entry.more).toEqual({ nuova_colonna: 'x' });
    expect(carriedMore).toEqual(['acronimo', 'nuova_colonna']);
  });
});

describe('the other layouts', () => {
  it('AOO: Codice_uni_aoo is the key, cod_aoo the code', async () => {
    const row = aooRow({
      body: 'c_esempio',
      uni: 'aesemp1',
      code: '01',
      pec: 'p@pec.example.it',
      updated: '2026-02-03',
    });
    const { layout, entries } = await readAll(
      csv(AOO_HEAD, [row, aooRow({ body: 'c_x', uni: 'AAAAAA1', code: '', pec: '' })]),
    );
    expect(layout).toBe('aoo');
    expect(entries[0]?.entry).toMatchObject({
      kind: 'aoo',
      key: 'AESEMP1',
      body: 'c_esempio',
      code: '01',
      uniCode: 'aesemp1',
      established: '2010-01-01',
      updated: '2026-02-03',
    });
    expect(entries[1]?.entry).toMatchObject({ key: 'AAAAAA1', code: 'AAAAAA1', mails: [] });
  });

  it('offices, with the kinds of their addresses', async () => {
    const rows = ['Pec', 'Altro', 'Sercq'].map((kind, index) => [
      '1',
      'c_esempio',
      'Comune',
      `U0000${index}`,
      'AESEMP1',
      '',
      'Ufficio',
      '',
      `u${index}@example.it`,
      kind,
      '',
      'https://www.example.it',
    ]);
    const { layout, entries } = await readAll(csv(UO_HEAD, rows));
    expect(layout).toBe('uo');
    expect(entries.map(({ entry }) => entry.mails[0]?.kind)).toEqual(['pec', 'other', 'sercq']);
    expect(entries[0]?.entry).toMatchObject({
      kind: 'office',
      key: 'U00000',
      uniCode: 'AESEMP1',
      site: 'https://www.example.it',
    });
  });

  it('pec-ente: one row per certified address', async () => {
    const { layout, entries } = await readAll(
      csv(['Codice_IPA', 'Denominazione_ente', 'Mail'], [['c_Esempio', 'Comune', 'Altra@pec.example.it']]),
    );
    expect(layout).toBe('pec-ente');
    expect(entries[0]?.entry).toMatchObject({
      kind: 'pec',
      key: 'c_esempio/altra@pec.example.it',
      name: 'Comune',
      mails: [{ kind: 'pec' }],
    });
  });

  it('categories', async () => {
    const { layout, entries } = await readAll(
      '_id,Codice_categoria,Nome_categoria,Tipologia_categoria,SFE\n1,L6,Comuni ,PA,P\n',
    );
    expect(layout).toBe('categorie');
    expect(entries[0]?.entry).toMatchObject({
      kind: 'category',
      key: 'L6',
      name: 'Comuni',
      type: 'PA',
      more: { sfe: 'P' },
    });
  });

  it('the older AOO, with places by name and `null` for no address', async () => {
    const { layout, entries } = await readAll(
      tsv(AOO_TXT_HEAD, [aooTxtRow('c_Esempio', 'DIP-Prova', 'Dipartimento', 'P@pec.example.it')]),
    );
    expect(layout).toBe('aoo-txt');
    expect(entries[0]?.entry).toMatchObject({
      kind: 'aoo',
      key: 'c_esempio/dip-prova',
      uniCode: null,
      municipality: 'Esempio',
      province: 'FI',
      region: 'Toscana',
      mails: [{ address: 'p@pec.example.it', kind: 'pec' }],
    });
  });

  it('the older bodies', async () => {
    const head = [
      'cod_amm',
      'des_amm',
      'Comune',
      'nome_resp',
      'Provincia',
      'Regione',
      'cf_validato',
      'cf',
      'mail1',
      'tipo_mail1',
    ];
    const { layout, entries } = await readAll(
      tsv(head, [
        ['c_a001', 'Comune di Esempio', 'Esempio', 'Ada', 'EX', 'Toscana', 'S', '1', 'p@pec.example.it', 'Pec'],
      ]),
    );
    expect(layout).toBe('amministrazioni');
    expect(entries[0]?.entry).toMatchObject({
      kind: 'body',
      key: 'c_a001',
      taxCode: '1',
      more: { nome_responsabile: 'Ada', cf_validato: 'S' },
    });
  });

  it('LDIF with folded lines, base64, several addresses, suppression and entries of other classes', async () => {
    const ldif = [
      'version: 1',
      '# un commento',
      'dn: o=c_esempio,c=it',
      'objectClass: amministrazione',
      'o: c_esempio',
      '',
      'dn: aoo=A01,o=c_esempio,c=it',
      'objectClass: top',
      'objectClass: aoo',
      'aoo: A01',
      `description:: ${Buffer.from('Ufficio città').toString('base64')}`,
      'dataIstituzione: 20080310',
      'dataSoppressione: 2015-06-30',
      'mail: primo@pec.example.it',
      'mail: secondo@pec.exam',
      ' ple.it',
      'provincia: EX',
      '',
      '',
    ].join('\r\n');
    const { layout, entries, faults } = await readAll(ldif);
    expect(layout).toBe('aoo-ldif');
    expect(faults).toEqual([]);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      line: 7,
      ceased: '2015-06-30',
      entry: {
        key: 'c_esempio/a01',
        name: 'Ufficio città',
        established: '2008-03-10',
        mails: [{ address: 'primo@pec.example.it' }, { address: 'secondo@pec.example.it' }],
      },
    });
  });

  it('leading zeros are put back to codes that a spreadsheet took for numbers, and to no others', async () => {
    const place = (tax: string, istat: string, cap: string) =>
      entiRow('c_esempio', 'Comune di Esempio', 'p@pec.example.it', { tax }).with(7, istat).with(9, cap);
    const read = async (row: readonly string[]) => {
      const { entries } = await readAll(xlsx([ENTI_HEAD, row]));
      return [entries[0]?.entry.taxCode, entries[0]?.entry.istat, entries[0]?.entry.postalCode];
    };
    expect(await read(place('123456789', '1001', '123'))).toEqual(['00123456789', '001001', '00123']);
    expect(await read(place('RSSMRA80', '48017', 'ND'))).toEqual(['RSSMRA80', '048017', 'ND']);
    expect(await read(place('12345', '999', '501234'))).toEqual(['12345', '999', '501234']);
  });

  it('XLSX: a date may be a number', async () => {
    const { entries } = await readAll(
      xlsx([AOO_HEAD, aooRow({ body: 'c_x', uni: 'AAAAAA1', code: '1', pec: 'p@pec.example.it', updated: '44258' })]),
    );
    expect(entries[0]?.entry.updated).toBe('2021-03-03');
  });
});

describe('days', () => {
  it.each([
    ['2021-03-03', '2021-03-03'],
    ['2021-03-03T10:11:12', '2021-03-03'],
    ['03/03/2021', '2021-03-03'],
    ['20210303101112Z', '2021-03-03'],
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', null],
    ['2021-13-01', null],
    ['2021-3-3', null],
    ['ieri', null],
  ])('%s', (text, day) => expect(dayOf(text)).toBe(day));
});
