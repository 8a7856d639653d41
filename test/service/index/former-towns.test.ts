/** Municipalities that are no more are found by their name, with the day and who goes on; never another one instead. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, type IndexHouse, openIndexHouse } from '../../support/index-house.ts';
import { csv, ENTI_HEAD, entiRow } from '../../support/ipa-files.ts';
import { sharedFolder } from '../../support/shared.ts';

/** As ISTAT writes it: windows-1252, CRLF, line ends inside quotes. */
const HEAD =
  'Anno;Tipo variazione;Codice Regione;Codice Unità territoriale sovracomunale;Codice Comune formato alfanumerico;Denominazione Comune;Codice Regione associato alla variazione;Codice Unità territoriale sovracomunale associato alla variazione;Codice del Comune associato alla variazione o nuovo codice Istat del Comune ;Denominazione Comune associata alla variazione o nuova denominazione;Provvedimento e Documento;Contenuto del provvedimento;Data decorrenza validità amministrativa;Flag_note';
const variation = (type: string, day: string, from: readonly [string, string], to: readonly [string, string]): string =>
  `${day.slice(-4)};${type};05;025;${from[0]};${from[1]};05;025;${to[0]};${to[1]};"Legge Regionale; B.U.R.,\r\nn. 1";Soppresso così;${day};`;
const VARIATIONS = [
  HEAD,
  variation('CS', '22/01/2024', ['025075', 'Setteville'], ['025002', 'Alano di Piave']),
  variation('ES', '22/01/2024', ['025002', 'Alano di Piave'], ['025075', 'Setteville']),
  variation('ES', '22/01/2024', ['025064', 'Quero Vas'], ['025075', 'Setteville']),
  variation('ES', '28/12/2013', ['025042', 'Quero'], ['025064', 'Quero Vas']),
  variation('CD', '17/01/2023', ['005056', 'Provella'], ['005056', 'Provella Monferrato']),
  variation('AQ', '18/04/2024', ['025001', 'Provaterra'], ['025003', 'Altraterra']),
  variation('ES', '01/01/2019', ['038023', 'Mai Vista'], ['038099', 'Chissà Dove']),
  '1991;CD;02;007;007064;Senza Giorno;02;007;007064;Col Giorno;x;y;;',
  '',
].join('\r\n');

describe('with the variations of ISTAT', () => {
  let house: IndexHouse;
  beforeAll(async () => {
    house = await openIndexHouse([
      csv(ENTI_HEAD, [
        entiRow('RHARNICS', 'Comune di Setteville', 'setteville@pec.example.it').with(7, '025075').with(8, 'M428'),
        entiRow('c_x001', "Comune di Rive D'Arcano", 'rive@pec.example.it').with(7, '030095').with(8, 'H347'),
        entiRow('c_x002', 'Comune di Quarona', 'quarona@pec.example.it').with(7, '002107').with(8, 'H108'),
        entiRow('c_x003', 'Comune di Provella Monferrato', 'provella@pec.example.it').with(7, '005056').with(8, 'E134'),
      ]),
    ]);
    await house.bring(Buffer.from(VARIATIONS, 'latin1'), '2026-09-01');
  });
  afterAll(() => house.close());

  const found = async (text: string) =>
    (await house.index.lookUp.find(asking({ text, kinds: ['body'] }))).items.map(
      ({ entry, facts, similar, successor }) => [
        entry.name,
        facts.ceased?.value ?? null,
        successor?.name ?? null,
        similar,
      ],
    );

  it.each([
    ['Alano di Piave', 'Comune di Alano di Piave', '2024-01-22', 'Comune di Setteville'],
    ['comune di quero vas', 'Comune di Quero Vas', '2024-01-22', 'Comune di Setteville'],
    // Merged into one that was merged itself.
    ['Quero', 'Comune di Quero', '2013-12-28', 'Comune di Setteville'],
    ['mai vista', 'Comune di Mai Vista', '2019-01-01', null],
  ])('"%s" is the ceased one', async (text, name, day, successor) => {
    expect((await found(text))[0]).toEqual([name, day, successor, false]);
    expect((await found(text)).filter(([, ceased]) => ceased === null)).toEqual([]);
  });

  it('one that goes on under a longer name is found as it is now', async () => {
    expect((await found('provella monferrato'))[0]).toEqual(['Comune di Provella Monferrato', null, null, false]);
    expect(await found('provella')).toContainEqual([
      'Comune di Provella',
      '2023-01-17',
      'Comune di Provella Monferrato',
      false,
    ]);
  });

  it('changes of territory are no end, and a change without a day is listed as not taken', async () => {
    expect(await found('provaterra')).toEqual([]);
    expect(await found('senza giorno')).toEqual([]);
  });

  it('suggestions for a recipient have none that has ended', async () => {
    expect(await house.index.lookUp.suggest('alano di piave', ['body', 'aoo'], 5)).toEqual([]);
  });
});

describe('without them', () => {
  it('a body that vanished is found with its day; its successor by tax code or address, or not known', async () => {
    const row = (code: string, name: string, pec: string, tax: string) => entiRow(code, name, pec, { tax });
    const house = await openIndexHouse([
      csv(ENTI_HEAD, [
        row('c_y001', 'Comune di Vecchiaprova', 'vecchia@pec.example.it', '00000000011'),
        row('c_y002', 'Comune di Perduta', 'perduta@pec.example.it', '00000000012'),
        row('c_y003', 'Comune di Perdita', 'perdita@pec.example.it', '00000000013'),
      ]),
    ]);
    try {
      await house.bring(
        csv(ENTI_HEAD, [
          row('NUOVA001', 'Comune di Nuovaprova', 'vecchia@pec.example.it', '00000000011'),
          row('c_y003', 'Comune di Perdita', 'perdita@pec.example.it', '00000000013'),
        ]),
        '2026-09-10',
      );
      const find = async (text: string) =>
        (await house.index.lookUp.find(asking({ text, kinds: ['body'] }))).items.map(({ entry, facts, successor }) => [
          entry.key,
          facts.ceased?.value ?? null,
          successor?.key ?? null,
        ]);
      expect(await find('vecchiaprova')).toEqual([['c_y001', '2026-09-10', 'nuova001']]);
      expect(await find('comune di perduta')).toEqual([['c_y002', '2026-09-10', null]]);
      // The one that is there is not hidden by the one that is no more.
      expect((await find('perdita'))[0]).toEqual(['c_y003', null, null]);
    } finally {
      await house.close();
    }
  });
});

const samples = sharedFolder();
describe.skipIf(samples === null)('among the real municipalities', () => {
  it('Alano di Piave is no other town, and is Setteville where ISTAT says so', async () => {
    const house = await openIndexHouse([]);
    try {
      await house.bring(
        createReadStream(join(samples ?? '', 'data/ipa/amministrazioni_comuni_2026-08-18.tsv')),
        '2026-08-18',
      );
      const find = async () =>
        (await house.index.lookUp.find(asking({ text: 'Alano di Piave', kinds: ['body'] }))).items.map(
          ({ entry, successor }) => [entry.name, successor?.body ?? null],
        );
      expect(await find()).toEqual([]);
      await house.bring(Buffer.from(VARIATIONS, 'latin1'), '2026-09-01');
      await expect.poll(find, { timeout: 20_000 }).toEqual([['Comune di Alano di Piave', 'RHARNICS']]);
    } finally {
      await house.close();
    }
  });
});
