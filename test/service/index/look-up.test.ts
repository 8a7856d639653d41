import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../../src/adapters/postgres/index/entries.ts';
import { indexImports } from '../../../src/adapters/postgres/index/imports.ts';
import { importIndex } from '../../../src/service/index/import-index.ts';
import { buildSearcher } from '../../../src/service/index/search-engine.ts';
import { AOOS, asking, type IndexHouse, NOW, openIndexHouse } from '../../support/index-house.ts';
import { createDatabase } from '../../support/postgres.ts';
import { sharedFolder } from '../../support/shared.ts';

describe('the search in the index', () => {
  let house: IndexHouse;
  beforeAll(async () => {
    house = await openIndexHouse();
  });
  afterAll(() => house?.close());

  const keys = async (change: Parameters<typeof asking>[0]) =>
    (await house.index.lookUp.find(asking(change))).items.map(({ entry }) => entry.key);
  const first = async (text: string, kind: 'body' | 'aoo' | 'office' = 'aoo') =>
    (await keys({ text, kinds: [kind] }))[0];

  it.each([
    ['com esemponi', 'AESE001'],
    ['comune di esenponi', 'AESE001'],
    ['esmponi terme', 'AESE002'],
    ['terme esemponi com.', 'AESE002'],
    ['comune di sant angelo', 'AESE003'],
    ['S. Angelo in Prova', 'AESE003'],
    ['santangelo prova', 'AESE003'],
    ['asl provaria protocollo', 'AASL001'],
    ['provaria ausl prevenzion', 'AASL002'],
    ['uff prot provaria', 'AESE004'],
  ])('finds "%s"', async (text, key) => {
    expect(await first(text)).toBe(key);
  });

  it('finds an office by words of its name and its body', async () => {
    expect(await first('anagrafe esemponni', 'office')).toBe('UESE01');
    expect(await first('anagrafe esemponni', 'aoo')).not.toBe('UESE01');
  });

  it('finds nothing if nothing matches', async () => {
    expect(await keys({ text: 'xyzzy qwerty' })).toEqual([]);
    expect(await keys({ text: "'; -- \\ \u0000" })).toEqual([]);
  });

  it.each([
    [{ body: 'C_E001' }, ['c_e001', 'AESE001']],
    [{ uniCode: 'aasl002' }, ['AASL002']],
    [{ body: 'asl_prova', code: 'prev' }, ['AASL002']],
    [{ taxCode: '00000000003', kinds: ['body'] }, ['c_e003']],
    [{ address: 'PROTOCOLLO@pec.terme.example.it' }, ['c_e002', 'AESE002']],
    [{ municipality: 'provaria', kinds: ['body'] }, ['asl_prova', 'c_e004']],
    [{ istat: '048003' }, ['c_e003', 'AESE003']],
    [{ cadastral: 'e002' }, ['c_e002', 'AESE002']],
    [{ province: 'lu', kinds: ['body'] }, ['c_e001', 'c_e002']],
    [{ region: 'toscana', category: 'l7' }, ['asl_prova', 'AASL001', 'AASL002']],
    [{ text: 'protocollo', province: 'FI' }, ['AESE003', 'AASL001', 'AESE004']],
    [{ address: 'anagrafe@pec.esemponi.example.it' }, ['UESE01']],
    [{ address: 'anagrafe@pec.esemponi.example.it', kinds: ['body', 'aoo'] }, []],
    [{ address: 'protocollo@pec.terme.example.it', kinds: ['aoo'] }, ['AESE002']],
    [{ address: 'protocollo@pec.terme.example.it', province: 'FI' }, []],
    [{ address: 'protocollo@pec.terme.example.it', body: 'c_e001' }, []],
    [{ text: 'protocollo', body: 'asl_prova' }, ['AASL001']],
    [{ text: 'protocollo', body: 'asl_prova', day: '2026-09-02' }, ['AASL001']],
    [{ text: 'protocollo', municipality: 'provaria', kinds: ['aoo'] }, ['AASL001', 'AESE004']],
    [{ text: 'provaria', code: 'prev' }, ['AASL002']],
    [{ text: 'provaria', address: 'prevenzione@pec.asl.example.it' }, ['AASL002']],
    [{ text: 'provaria', taxCode: '00000000005', kinds: ['body'] }, ['c_e004']],
    [{ text: 'AASL002', province: 'LU' }, []],
    [{ text: 'AASL002', province: 'FI' }, ['AASL002']],
    [{ text: 'c_e003', kinds: ['aoo'] }, []],
    [{ text: 'comune', region: 'Liguria', day: '2026-09-02' }, []],
  ] as const)('answers %j', async (change, wanted) => {
    expect((await keys(change)).toSorted()).toEqual([...wanted].toSorted());
  });

  it('accepts a code, a tax code or an address as text', async () => {
    expect((await keys({ text: 'c_e003' }))[0]).toBe('c_e003');
    expect((await keys({ text: 'AASL002' }))[0]).toBe('AASL002');
    expect((await keys({ text: '00000000002' }))[0]).toBe('c_e002');
    expect((await keys({ text: 'asl_prova/PREV' }))[0]).toBe('AASL002');
    expect(await keys({ text: 'prevenzione@pec.asl.example.it' })).toContain('AASL002');
  });

  it('loses and repeats nothing from page to page', async () => {
    for (const change of [{ text: 'comune' }, { region: 'Toscana' }]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await house.index.lookUp.find(asking({ ...change, cursor, limit: 2 }));
        seen.push(...page.items.map(({ entry }) => entry.key));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.toSorted()).toEqual((await keys({ ...change, limit: 100 })).toSorted());
      expect(seen.length).toBeGreaterThan(4);
    }
  });

  it('suggests while a person types', async () => {
    const suggested = await house.index.lookUp.suggest('comune di esemp', ['body'], 5);
    expect(suggested.slice(0, 2).map(({ key }) => key)).toEqual(['c_e001', 'c_e002']);
  });

  it('says whose an address is', async () => {
    const owners = await house.index.lookUp.whose('anagrafe@pec.esemponi.example.it', null);
    expect(owners.map(({ entry }) => [entry.kind, entry.key])).toEqual([['office', 'UESE01']]);
  });

  it('looks up a thousand keys at once, in their order', async () => {
    const asked = ['AESE001', 'nobody', 'c_e002/AOO1', '00000000003', 'c_e001', ...Array(995).fill('AASL001')];
    const found = await house.index.lookUp.bulk(asked, null);
    expect(found.map(({ key }) => key)).toEqual(asked);
    expect(found.slice(0, 6).map(({ items }) => items.map(({ entry }) => entry.key))).toEqual([
      ['AESE001'],
      [],
      ['AESE002'],
      ['c_e003'],
      ['c_e001'],
      ['AASL001'],
    ]);
  });

  it('answers for a past day, and finds what has ceased', async () => {
    const later = AOOS.replace('prevenzione@pec.asl', 'nuova@pec.asl').replace(/^c_e002.*\n/m, '');
    await house.bring(later, '2026-09-10');
    const mailbox = async (day: string | null) =>
      (await house.index.lookUp.show('aoo', 'AASL002', day))?.facts.mailbox?.value;
    expect(await mailbox('2026-09-05')).toBe('prevenzione@pec.asl.example.it');
    expect(await mailbox(null)).toBe('nuova@pec.asl.example.it');
    expect(await mailbox('2020-01-01')).toBeUndefined();

    const gone = await house.index.lookUp.show('aoo', 'c_e002/AOO1', null);
    expect(gone).toMatchObject({ entry: { validTo: '2026-09-10' }, facts: { ceased: { value: '2026-09-10' } } });
    expect(await keys({ uniCode: 'AESE002' })).toEqual([]);
    expect(await keys({ uniCode: 'AESE002', day: '2026-09-09' })).toEqual(['AESE002']);
    expect(await keys({ uniCode: 'AESE002', ceased: true })).toEqual(['AESE002']);
    expect(await keys({ body: 'asl_prova', kinds: ['aoo'], ceased: true })).toEqual(['AASL001', 'AASL002']);
    // The index in memory follows the import.
    await expect
      .poll(() => keys({ text: 'esemponi terme', kinds: ['aoo'] }), { timeout: 10_000 })
      .not.toContain('AESE002');
    expect(await keys({ text: 'esemponi terme', kinds: ['aoo'], ceased: true })).toContain('AESE002');
    const terme = { text: 'terme', kinds: ['aoo'], body: 'c_e002' } as const;
    expect(await keys(terme)).toEqual([]);
    expect(await keys({ ...terme, ceased: true })).toEqual(['AESE002']);
    // A query for a day shows what held then, whatever the row says now.
    const asl = { text: 'prevenzione', address: 'prevenzione@pec.asl.example.it' };
    expect(await keys(asl)).toEqual([]);
    expect(await keys({ ...asl, day: '2026-09-05' })).toEqual(['AASL002']);
  });
});

describe('the real municipalities', () => {
  const samples = sharedFolder();
  it.skipIf(samples === null)('are found with a mistake in the name', async () => {
    const database = await createDatabase();
    const pool = openPool(database.url, 'interpro test municipalities', 3);
    try {
      const bytes = createReadStream(join(samples ?? '', 'data/ipa/amministrazioni_comuni_2026-08-18.tsv'));
      const deps = { index: indexImports(pool), clock: { now: () => NOW } };
      const done = await importIndex({ origin: 'shared', bytes, asOf: '2026-08-18' }, deps);
      expect(done).toMatchObject({ ok: true, value: { outcome: 'applied' } });
      const entries = indexEntries(pool);
      const searcher = await buildSearcher(entries, new AbortController().signal);
      const best = async (text: string): Promise<string | undefined> => {
        const asked = {
          text,
          kinds: ['body'],
          facets: {},
          versions: null,
          ceased: false,
          limit: 1,
          typing: false,
        } as const;
        const [hit] = searcher.find(asked);
        return hit && (await entries.byVersions([hit.version]))[0]?.municipality?.toLowerCase();
      };
      for (const [text, name] of [
        ['com capanori', 'capannori'],
        ['comune di firenz', 'firenze'],
        ['reggio nelemilia', "reggio nell'emilia"],
        ['castelsantangelo sul nera', 'castelsantangelo sul nera'],
        ['s angelo lodigiano', "sant'angelo lodigiano"],
      ] as const) {
        expect(await best(text), text).toBe(name);
      }
    } finally {
      await pool.end();
      await database.drop();
    }
  });
});
