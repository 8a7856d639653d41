/** Names of towns as people write them, and towns that are no more: never another town in their place. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SearchIndexBuilder, type SearchRow } from '../../../src/domain/index/search-index.ts';
import { Searcher, type SearchQuestion } from '../../../src/domain/index/search-query.ts';
import { secondNames } from '../../../src/domain/index/second-names.ts';
import { readIndexFile } from '../../../src/formats/ipa/read-index.ts';
import { sharedFolder } from '../../support/shared.ts';

function searcherOf(rows: readonly SearchRow[]): Searcher {
  const builder = new SearchIndexBuilder();
  for (const row of rows) builder.add(row);
  const finishing = builder.finish();
  for (;;) {
    const { done, value } = finishing.next();
    if (done) return new Searcher(value);
  }
}

const bodyRow = (version: number, change: Partial<SearchRow> & Pick<SearchRow, 'bodyKey' | 'name'>): SearchRow => ({
  version,
  kind: 'body',
  acronym: null,
  municipality: null,
  province: null,
  region: null,
  category: null,
  istat: null,
  cadastral: null,
  ceased: false,
  ...change,
});

const asked = (text: string, change: Partial<SearchQuestion> = {}): SearchQuestion => ({
  text,
  kinds: ['body'],
  facets: {},
  versions: null,
  ceased: false,
  limit: 10,
  typing: false,
  ...change,
});

const samples = sharedFolder();
async function realTowns(): Promise<readonly SearchRow[]> {
  const file = join(samples ?? '', 'data/ipa/amministrazioni_comuni_2026-08-18.tsv');
  const { batches } = await readIndexFile(createReadStream(file), 'amministrazioni');
  const rows: SearchRow[] = [];
  for await (const { entries } of batches) {
    for (const { entry } of entries) {
      const { name, municipality, province, region } = entry;
      rows.push(bodyRow(rows.length + 1, { bodyKey: entry.key, name, municipality, province, region }));
    }
  }
  return rows;
}

describe.skipIf(samples === null)('the real municipalities', async () => {
  const towns = samples === null ? [] : await realTowns();
  const all = searcherOf(towns);
  const found = (searcher: Searcher, text: string) =>
    searcher.find(asked(text)).map(({ version, similar }) => ({ name: towns[version - 1]?.municipality, similar }));
  const names = (text: string) => found(all, text).map(({ name }) => name);

  it.each([
    ['San Giuliano T.', ['San Giuliano Terme']],
    ['S. Giuliano T.', ['San Giuliano Terme']],
    ['s.giuliano t.me', ['San Giuliano Terme']],
    ['San Giuliano M.se', ['San Giuliano Milanese']],
    ['Castelnuovo G.na', ['Castelnuovo di Garfagnana']],
    ['castelnuovo di g.na', ['Castelnuovo di Garfagnana']],
    ['San Donà di P.', ['San Donà di Piave']],
    ['comune di Reggio E.', ["Reggio nell'Emilia"]],
    ['Reggio C.', ['Reggio di Calabria']],
    // Both that it may be.
    ['Castelfranco V.', ['Castelfranco Veneto']],
    ['Serravalle S.', ['Serravalle Scrivia', 'Serravalle Sesia']],
    ['Bozen', ['Bolzano']],
    ['gemeinde meran', ['Merano']],
    ['Meran', ['Merano']],
    ['Brixen', ['Bressanone']],
    ['Sterzing', ['Vipiteno']],
    ['Aoste', ['Aosta']],
    ['Trst', ['Trieste']],
    ['Nabrežina', ['Duino Aurisina']],
    ['Lana', ['Lana', 'Livinallongo del Col di Lana']],
  ])('"%s" is %j and nothing else', (text, meant) => {
    expect(names(text).sort()).toEqual([...meant].sort());
  });

  it.each([
    'Alano di Piave',
    'comune di alano di piave',
    'Quero Vas',
    'Nova Gorica',
    'asp',
    'ats',
    'arpa',
    'asl',
    'usl',
  ])('no town is called "%s", and none is given', (text) => {
    expect(names(text)).toEqual([]);
  });

  it('a town is found whatever else was typed with it', () => {
    expect(names('comune di firenze via roma 3')).toContain('Firenze');
    expect(found(all, 'ufficio tributi comune di capannori')[0]).toEqual({ name: 'Capannori', similar: true });
    expect(found(all, 'comune di capannori')[0]).toEqual({ name: 'Capannori', similar: false });
  });

  it('a town that is not in the index is no other one: what is only similar says so', () => {
    const missing = towns.filter((_, place) => place % 40 === 0);
    const gone = new Set(missing.map(({ version }) => version));
    const rest = searcherOf(towns.filter(({ version }) => !gone.has(version)));
    const words = (text: string | null | undefined) =>
      new Set(
        (text ?? '')
          .normalize('NFD')
          .replace(/[\u0300-\u036f]/g, '')
          .toLowerCase()
          .match(/[a-z]{5,}/g),
      );
    let answered = 0;
    for (const { municipality } of missing) {
      const hits = rest.find(asked(`comune di ${municipality}`));
      if (hits.length > 0) answered += 1;
      for (const { version, similar } of hits) {
        const town = towns[version - 1];
        const has = words(`${town?.municipality} ${town?.name} ${town?.province} ${town?.region}`);
        const isCalledSo = [...words(municipality)].every((word) => has.has(word));
        expect(similar || isCalledSo, `${municipality} gave ${town?.municipality}`).toBe(true);
      }
    }
    process.stdout.write(
      `\n${missing.length} towns left out: ${answered} had answers, each marked as similar or called so\n`,
    );
    expect(missing.length).toBeGreaterThan(150);
  });

  it('the second names are of towns that are there', () => {
    const named = towns.filter(
      ({ municipality, province }) => secondNames(municipality ?? '', province ?? '').length > 0,
    );
    expect(named.length).toBeGreaterThan(125);
    const bolzano = towns.filter(({ province }) => province === 'BZ');
    const without = bolzano.filter(
      ({ municipality, province }) => secondNames(municipality ?? '', province ?? '').length === 0,
    );
    expect(without.map(({ municipality }) => municipality)).toEqual([]);
  });
});
