/**
 * An index in memory over the names of bodies, AOOs and offices. It holds only numbers: which word stands in which entry and
 * how much it counts there. The entries stay in the database and are found by the number of their version. Bodies come
 * first, then AOOs, then offices. An AOO or office is found by its own words and by those of its body.
 */

import type { EntryKind } from '../../kernel/index-keys.ts';
import { cadastralOf } from './istat.ts';
import { provinceName } from './provinces.ts';
import { wordsOf } from './search.ts';
import { secondNames } from './second-names.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

export type SearchKind = Extract<EntryKind, 'body' | 'aoo' | 'office'>;
export const SEARCH_KINDS = ['body', 'aoo', 'office'] as const satisfies readonly SearchKind[];

/** What a search reads of an entry. */
export interface SearchRow {
  readonly version: number;
  readonly kind: SearchKind;
  /** IPA code in lower case. */
  readonly bodyKey: string;
  readonly name: string;
  readonly acronym: string | null;
  readonly municipality: string | null;
  readonly province: string | null;
  readonly region: string | null;
  readonly category: string | null;
  readonly istat: string | null;
  readonly cadastral: string | null;
  /** It has ended. */
  readonly ceased: boolean;
}

/** How much a word counts, by where it stands. Two bits of a posting say where. */
export const FIELD_WEIGHTS = [1, 0.9, 0.75, 0.45] as const;
export const [NAME, ACRONYM, PLACE, WIDER] = [0, 1, 2, 3] as const;

export const FACETS = ['province', 'region', 'category', 'istat', 'cadastral'] as const;
export type Facet = (typeof FACETS)[number];

/** A list of lists of numbers, end to end. */
export interface Lists {
  readonly offsets: Uint32Array;
  readonly values: Uint32Array;
}

export interface SearchIndex {
  readonly size: number;
  /** Where AOOs and offices begin. */
  readonly starts: Readonly<Record<SearchKind, number>>;
  readonly versions: Uint32Array;
  /** 1: ended. */
  readonly ceased: Uint8Array;
  /** Place of each entry's body (a body's own); NONE where it is not in the index. */
  readonly bodies: Uint32Array;
  readonly children: Lists;
  /** Per word: place of the entry × 4 + field. */
  readonly postings: Lists;
  /** Per entry: word × 4 + field. */
  readonly words: Lists;
  readonly vocabulary: Vocabulary;
  /** How well a word distinguishes entries. */
  readonly rarity: Float32Array;
  /** Sum of the rarities of an entry's name. */
  readonly nameWeight: Float32Array;
  readonly facets: Readonly<Record<Facet, Uint32Array>>;
  readonly facetIds: Readonly<Record<Facet, ReadonlyMap<string, number>>>;
}

export const NONE = 0xffffffff;

class Numbers {
  #values = new Uint32Array(1 << 16);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  done(): Uint32Array {
    return this.#values.slice(0, this.length);
  }
}

export class SearchIndexBuilder {
  readonly #ids = new Map<string, number>();
  readonly #versions = new Numbers();
  readonly #parents = new Numbers();
  readonly #ceased = new Numbers();
  readonly #offsets = new Numbers();
  readonly #values = new Numbers();
  readonly #bodyPlaces = new Map<string, number>();
  readonly #facets = FACETS.map(() => new Numbers());
  readonly #facetIds = FACETS.map(() => new Map<string, number>());
  readonly #starts = { body: 0, aoo: 0, office: 0 };

  /** All bodies first, then AOOs, then offices. */
  add(row: SearchRow): void {
    const place = this.#versions.length;
    this.#versions.push(row.version);
    this.#ceased.push(row.ceased ? 1 : 0);
    if (row.kind === 'body') {
      this.#bodyPlaces.set(row.bodyKey, place);
      this.#starts.aoo = place + 1;
    }
    if (row.kind !== 'office') this.#starts.office = place + 1;
    const body = this.#bodyPlaces.get(row.bodyKey) ?? NONE;
    this.#parents.push(row.kind === 'body' ? place : body);
    this.#offsets.push(this.#values.length);
    const seen = new Map<number, number>();
    const put = (text: string | null, field: number): void => {
      if (text === null || text === '') return;
      for (const word of wordsOf(text)) {
        const id = this.#wordId(word);
        if (!seen.has(id)) seen.set(id, field);
      }
    };
    const town = townName(row);
    put(town ?? row.name, NAME);
    if (town !== null) put(row.name, ACRONYM);
    put(row.acronym, ACRONYM);
    // "Università di …" and "Università degli studi di …" mean the same.
    if (row.kind === 'body' && wordsOf(row.name)[0] === 'universita') put('studi', ACRONYM);
    put(row.municipality, PLACE);
    if (row.municipality !== null && row.province !== null)
      for (const name of secondNames(row.municipality, row.province)) put(name, town === null ? PLACE : ACRONYM);
    // An office is where its body is, unless it names a municipality of its own.
    if (row.kind !== 'office' && row.province !== null) {
      put(row.province, WIDER);
      put(provinceName(row.province), WIDER);
    }
    if (row.kind === 'body') put(row.region, WIDER);
    for (const [word, field] of seen) this.#values.push(word * 4 + field);
    for (const [index, facet] of FACETS.entries()) this.#facets[index]?.push(this.#facetId(index, facet, row, body));
  }

  #wordId(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(word, id);
    return id;
  }

  /** The category is the body's. */
  #facetId(index: number, facet: Facet, row: SearchRow, body: number): number {
    if (facet === 'category' && row.kind !== 'body') return body === NONE ? 0 : (this.#facets[index]?.at(body) ?? 0);
    const value = row[facet]?.toLowerCase();
    if (value === undefined || value === '') return 0;
    const ids = this.#facetIds[index] ?? new Map<string, number>();
    const known = ids.get(value);
    if (known !== undefined) return known;
    ids.set(value, ids.size + 1);
    return ids.size;
  }

  /** Builds the index a slice at a time; at each `yield` the caller may let other work run. */
  *finish(): Generator<undefined, SearchIndex> {
    const size = this.#versions.length;
    this.#offsets.push(this.#values.length);
    const words: Lists = { offsets: this.#offsets.done(), values: this.#values.done() };
    const postings = yield* invert(words, this.#ids.size);
    const frequency = new Uint32Array(this.#ids.size);
    for (let word = 0; word < frequency.length; word += 1) {
      frequency[word] = (postings.offsets[word + 1] ?? 0) - (postings.offsets[word] ?? 0);
    }
    const rarity = Float32Array.from(frequency, (count) => Math.log(1 + size / Math.max(1, count)));
    yield;
    const nameWeight = new Float32Array(size);
    for (let place = 0; place < size; place += 1) {
      let sum = 0;
      for (let index = words.offsets[place] ?? 0; index < (words.offsets[place + 1] ?? 0); index += 1) {
        const value = words.values[index] ?? 0;
        if ((value & 3) === NAME) sum += rarity[value >>> 2] ?? 0;
      }
      nameWeight[place] = sum;
      if (place % 20_000 === 0) yield;
    }
    const bodies = this.#parents.done();
    const children = yield* childrenOf(bodies, this.#starts.aoo);
    const vocabulary = yield* vocabularyOf(this.#ids, frequency);
    const facet = <T>(pick: (index: number) => T) =>
      Object.fromEntries(FACETS.map((name, index) => [name, pick(index)])) as Record<Facet, T>;
    return {
      size,
      starts: { ...this.#starts },
      versions: this.#versions.done(),
      ceased: Uint8Array.from(this.#ceased.done()),
      bodies,
      children,
      postings,
      words,
      vocabulary,
      rarity,
      nameWeight,
      facets: facet((index) => this.#facets[index]?.done() ?? new Uint32Array()),
      facetIds: facet((index) => this.#facetIds[index] ?? new Map<string, number>()),
    };
  }
}

/** A municipality may have another name ("Roma Capitale"); people search for "comune" and its town. */
function townName({ kind, bodyKey, name, municipality }: SearchRow): string | null {
  if (kind !== 'body' || municipality === null || cadastralOf(bodyKey) === null) return null;
  const words = new Set(wordsOf(name));
  return wordsOf(municipality).every((word) => words.has(word)) ? `comune ${municipality}` : null;
}

/** Turns the words of each entry into the entries of each word. */
function* invert({ offsets, values }: Lists, words: number): Generator<undefined, Lists> {
  const starts = new Uint32Array(words + 1);
  for (const value of values) starts[(value >>> 2) + 1] = (starts[(value >>> 2) + 1] ?? 0) + 1;
  for (let word = 0; word < words; word += 1) starts[word + 1] = (starts[word + 1] ?? 0) + (starts[word] ?? 0);
  yield;
  const next = starts.slice();
  const inverted = new Uint32Array(values.length);
  for (let place = 0; place + 1 < offsets.length; place += 1) {
    for (let index = offsets[place] ?? 0; index < (offsets[place + 1] ?? 0); index += 1) {
      const value = values[index] ?? 0;
      const at = next[value >>> 2] ?? 0;
      inverted[at] = place * 4 + (value & 3);
      next[value >>> 2] = at + 1;
    }
    if (place % 20_000 === 0) yield;
  }
  return { offsets: starts, values: inverted };
}

function* childrenOf(bodies: Uint32Array, firstChild: number): Generator<undefined, Lists> {
  const offsets = new Uint32Array(firstChild + 1);
  for (let place = firstChild; place < bodies.length; place += 1) {
    const body = bodies[place] ?? NONE;
    if (body !== NONE) offsets[body + 1] = (offsets[body + 1] ?? 0) + 1;
  }
  for (let body = 0; body < firstChild; body += 1) offsets[body + 1] = (offsets[body + 1] ?? 0) + (offsets[body] ?? 0);
  yield;
  const next = offsets.slice();
  const values = new Uint32Array(offsets[firstChild] ?? 0);
  for (let place = firstChild; place < bodies.length; place += 1) {
    const body = bodies[place] ?? NONE;
    if (body === NONE) continue;
    const at = next[body] ?? 0;
    values[at] = place;
    next[body] = at + 1;
  }
  return { offsets, values };
}
