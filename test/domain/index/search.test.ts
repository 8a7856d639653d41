import { describe, expect, it } from 'vitest';
import { distance, fold, wordsOf } from '../../../src/domain/index/search.ts';
import { SearchIndexBuilder, type SearchRow } from '../../../src/domain/index/search-index.ts';
import { Searcher } from '../../../src/domain/index/search-query.ts';
import { below, chosenSeed, seededRandom } from '../../support/random.ts';

const row = (version: number, kind: SearchRow['kind'], bodyKey: string, name: string): SearchRow => ({
  version,
  kind,
  bodyKey,
  name,
  acronym: null,
  municipality: null,
  province: null,
  region: null,
  category: null,
  istat: null,
  cadastral: null,
  ceased: false,
});

function searcherOf(rows: readonly SearchRow[]): Searcher {
  const builder = new SearchIndexBuilder();
  for (const one of rows) builder.add(one);
  const finishing = builder.finish();
  for (;;) {
    const { done, value } = finishing.next();
    if (done) return new Searcher(value);
  }
}

describe('text as a search reads it', () => {
  it.each([
    ["Comune di Sant'Agata sul Santerno", ['comune', 'sant', 'agata', 'santerno']],
    ['A.S.L. n. 3', ['azienda', 'sanitaria', 'locale', 'n', '3']],
    ['COM. DI FORLÌ', ['comune', 'forli']],
    ['I.C. G. Marconi', ['istituto', 'comprensivo', 'g', 'marconi']],
    ['di della', ['di', 'della']],
    ['  ', []],
  ])('%s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('folds any text quickly, to a bounded length', () => {
    const started = performance.now();
    expect(fold('a.'.repeat(50_000)).length).toBeLessThanOrEqual(100_000);
    expect(fold(`${"'".repeat(100_000)}x`)).toBe('x');
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('the distance of two words', () => {
  /** By the definition, with the whole matrix. */
  const plainly = (a: string, b: string): number => {
    const d = Array.from({ length: a.length + 1 }, (_, i) =>
      Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
    );
    const at = (i: number, j: number): number => d[i]?.[j] ?? 0;
    for (let i = 1; i <= a.length; i += 1) {
      for (let j = 1; j <= b.length; j += 1) {
        let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
          cost = Math.min(cost, at(i - 2, j - 2) + 1);
        const line = d[i];
        if (line !== undefined) line[j] = cost;
      }
    }
    return at(a.length, b.length);
  };

  it('is that of the definition, capped at the given limit', () => {
    const seed = chosenSeed();
    const random = seededRandom(seed);
    const word = (): string => Array.from({ length: below(random, 9) }, () => 'abc'[below(random, 3)]).join('');
    for (let count = 0; count < 5_000; count += 1) {
      const [one, other, most] = [word(), word(), below(random, 4)];
      expect(distance(one, other, most), `seed ${seed}: ${one} ${other}`).toBe(Math.min(plainly(one, other), most + 1));
    }
  });
});

describe('the index in memory', () => {
  const searcher = searcherOf([
    row(1, 'body', 'a', 'Comune di Esemponi'),
    row(2, 'body', 'b', 'Comune di Castelprova'),
    row(3, 'aoo', 'a', 'Ufficio protocollo'),
    row(4, 'aoo', 'b', 'Ufficio protocollo'),
    row(5, 'aoo', 'nowhere', 'Ufficio orfano'),
    row(6, 'office', 'b', 'Ufficio tributi'),
  ]);
  const find = (text: string, kinds: readonly SearchRow['kind'][] = ['body', 'aoo', 'office']) =>
    searcher
      .find({ text, kinds, facets: {}, versions: null, ceased: false, limit: 10, typing: false })
      .map(({ version }) => version);

  it.each([
    ['castel prova', 2],
    ['comunedi esemponi', 1],
    ['protocollo castelprva', 4],
    ['tributi castlprova', 6],
    ['orfano', 5],
  ])('finds "%s" first', (text, version) => {
    expect(find(text)[0]).toBe(version);
  });

  describe('what a clerk expects first', () => {
    const town = (version: number, code: string, name: string, municipality: string): SearchRow => ({
      ...row(version, 'body', code, name),
      municipality,
      province: 'BZ',
      region: 'Trentino-Alto Adige',
    });
    const region = searcherOf([
      town(1, 'c_e901', 'Comune di Castello di Esempoli', 'Castello di Esempoli'),
      town(2, 'c_e900', 'ESEMPOLI CAPITALE', 'Esempoli'),
      town(3, 'serv', 'Esempoli Servizi S.p.A.', 'Esempoli'),
      town(4, 'c_e902', 'Comune di Bolzano', 'Bolzano'),
      { ...town(5, 'c_e903', 'Comune di Bore', 'Bore'), province: 'PR' },
      town(6, 'cm', "Comunita' Montana della Valprova", 'Bore'),
      town(7, 'c_e904', 'Comune di Barbera di Valprova', 'Barbera di Valprova'),
      town(8, 'uniesempoli', "Universita' di Esempoli", 'Esempoli'),
      town(9, 'scuola', 'Scuola Superiore di Studi Universitari di Esempoli', 'Esempoli'),
      ...Array.from({ length: 30 }, (_, index) =>
        town(300 + index, `uni${index}`, `Università degli Studi di Valle ${index}`, `Valle ${index}`),
      ),
      ...Array.from({ length: 200 }, (_, index) => ({
        ...town(10 + index, `x_${index}`, `Comune di Valle ${index}`, `Valle ${index}`),
        province: index < 20 ? 'BZ' : 'TN',
      })),
    ]);
    it.each([
      ['comune di esempoli', 2],
      ['esempoli', 2],
      ['esempoli capitale', 2],
      ['esempoli servizi', 3],
      ['castello esempoli', 1],
      // Many entries have the name of its province; an unknown word must not outweigh it.
      ['bolzano bozen', 4],
      ['c.m. valprova', 6],
      ['univ studi esempoli', 8],
      ['universta degli studi di esempoli', 8],
      ['scuola superiore esempoli', 9],
      ['studi universitari esempoli', 9],
      ['universita valle 7', 307],
    ])('"%s"', (text, version) => {
      const [first] = region.find({
        text,
        kinds: ['body', 'aoo'],
        facets: {},
        versions: null,
        ceased: false,
        limit: 3,
        typing: false,
      });
      expect(first?.version).toBe(version);
    });
  });

  it.each([
    ['comune ca', 2],
    ['comune es', 1],
    ['ca', 2],
  ])('while typing, the last word of "%s" is a beginning', (text, version) => {
    const question = { text, kinds: ['body'], facets: {}, versions: null, ceased: false, limit: 10 } as const;
    expect(searcher.find({ ...question, typing: true })[0]?.version).toBe(version);
    // A space ends the word.
    const scores = [text, `${text} `].map((typed) => {
      const hits = searcher.find({ ...question, text: typed, typing: true });
      return hits.find((hit) => hit.version === version)?.score ?? 0;
    });
    expect(scores[0]).toBeGreaterThan(scores[1] ?? 0);
  });

  it('finds bodies before AOOs before offices of the same name', () => {
    const alike = searcherOf([
      row(1, 'body', 'a', 'Anagrafe'),
      row(2, 'aoo', 'a', 'Anagrafe'),
      row(3, 'office', 'a', 'Anagrafe'),
    ]);
    const kinds = ['office', 'aoo', 'body'] as const;
    const hits = alike.find({
      text: 'anagrafe',
      kinds,
      facets: {},
      versions: null,
      ceased: false,
      limit: 10,
      typing: false,
    });
    expect(hits.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(new Set(hits.map(({ score }) => score)).size).toBe(3);
  });

  it('never fails on any text', () => {
    for (const text of ['', ' ', '\u0000', '😀', 'x'.repeat(10_000), 'di', 'a b c d e f g h i j k l m n o p q r s t'])
      expect(Array.isArray(find(text))).toBe(true);
    expect(
      searcherOf([]).find({
        text: 'x',
        kinds: ['aoo'],
        facets: {},
        versions: null,
        ceased: false,
        limit: 1,
        typing: true,
      }),
    ).toEqual([]);
  });
});
