/**
 * Free text against the index in memory, best first. A word of the query is worth more the rarer it is. An entry earns that
 * worth times the likeness of its most similar word, and the sum is weighted by how much of the entry's name was named.
 */
import { heavyWords, isWeightless, queryWords, SAINTS } from './search.ts';
import { FACETS, type Facet, FIELD_WEIGHTS, NONE, type SearchIndex, type SearchKind } from './search-index.ts';
import type { WordMatch } from './vocabulary.ts';

export interface SearchQuestion {
  readonly text: string;
  readonly kinds: readonly SearchKind[];
  readonly facets: Readonly<Partial<Record<Facet, string>>>;
  /** Only these versions; null: all. */
  readonly versions: ReadonlySet<number> | null;
  /** Also entries that have ended, behind the others. */
  readonly ceased: boolean;
  readonly limit: number;
  /** The last word may be unfinished. */
  readonly typing: boolean;
}

export interface SearchHit {
  readonly version: number;
  /** 0 to 1. */
  readonly score: number;
}

/** What a word of its body earns an AOO or office, compared with one of its own. */
const BY_BODY = 0.97;
/** Share of the score for naming the whole of an entry; its own words matter less than its body's. */
const WHOLE = 0.22;
const OWN_SHARE = 0.35;
/** A word split or joined counts a little less than as typed. */
const VARIANT = 0.96;
/** Below this share of the query nothing is an answer. */
const LEAST = 0.35;
/** From this score on, an answer is what was meant. */
const CLEAR = 0.88;
/** Entries looked at closely, beyond those asked for. */
const CLOSE_LOOK = 80;
const CHILDREN = 200;
const UNKNOWN_RARITY = 9;
/** Below this likeness a word was hardly meant, and must not outweigh those typed correctly. */
const PLAUSIBLE = 0.7;
/** Bodies before AOOs before offices where all else is equal. */
const KIND_SHARE = { body: 1, aoo: 0.995, office: 0.985 } as const;

const CEASED_SHARE = 0.8;
/** Words worth less than this share of the query's rarest are common. */
const COMMON = 0.5;

interface Term {
  readonly weight: number;
  readonly matches: readonly WordMatch[];
}

const NO_TERM: Term = { weight: 0, matches: [] };

export class Searcher {
  readonly #index: SearchIndex;
  /** Per entry: what it earned so far; valid where its stamp is the number of this search. */
  readonly #earned: Float32Array;
  readonly #searchStamp: Uint32Array;
  readonly #termStamp: Uint32Array;
  /** Per entry: for which words of the query it earned, a bit each. */
  readonly #earnedFor: Uint16Array;
  #search = 0;
  #term = 0;

  constructor(index: SearchIndex) {
    this.#index = index;
    this.#earned = new Float32Array(index.size);
    this.#searchStamp = new Uint32Array(index.size);
    this.#termStamp = new Uint32Array(index.size);
    this.#earnedFor = new Uint16Array(index.size);
  }

  get size(): number {
    return this.#index.size;
  }

  find(question: SearchQuestion): readonly SearchHit[] {
    const typed = queryWords(question.text);
    const open = question.typing && /[\p{L}\p{N}]$/u.test(question.text);
    const best = new Map<number, number>();
    const look = (words: readonly string[], share: number): void => {
      for (const [place, score] of this.#findWords(words, question, open)) {
        const value = score * share;
        if (value > (best.get(place) ?? 0)) best.set(place, value);
      }
    };
    look(typed, 1);
    // Where the words as typed already name something, variants are not tried.
    if (Math.max(0, ...best.values()) < CLEAR) for (const words of this.#variants(typed)) look(words, VARIANT);
    return [...best]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, question.limit)
      .map(([place, score]) => ({ version: this.#index.versions[place] ?? 0, score: Math.min(1, score) }));
  }

  /** The query with words joined or split, where that gives words of the index. */
  #variants(typed: readonly string[]): readonly (readonly string[])[] {
    const { vocabulary } = this.#index;
    const variants: (readonly string[])[] = [];
    const joined: string[] = [];
    for (let index = 0; index < typed.length; index += 1) {
      const [one = '', other = ''] = [typed[index], typed[index + 1]];
      const whole = one + other;
      const unknown = (word: string): boolean => !vocabulary.has(word) && !isWeightless(word);
      const guess = unknown(one) && unknown(other) && whole.length >= 6 && whole.length <= 16;
      if (other !== '' && whole.length >= 4 && (vocabulary.has(whole) || guess)) {
        joined.push(whole);
        index += 1;
      } else joined.push(one);
    }
    if (joined.length < typed.length) variants.push(joined);
    const parted = typed.flatMap((word) => this.#parted(word));
    if (parted.length > typed.length) variants.push(parted);
    return variants;
  }

  /** Splits a long word that is not in the index into two that are; one of them may have a mistake. */
  #parted(word: string): readonly string[] {
    const { vocabulary } = this.#index;
    if (word.length < 6) return [word];
    // A word of the index stays whole, except names of saints: "Santangelo" is also a surname.
    const known = vocabulary.has(word);
    const like = (part: string): number => {
      if (isWeightless(part) || vocabulary.has(part)) return 1;
      return part.length < 4 ? 0 : (vocabulary.matches(part, false)[0]?.likeness ?? 0);
    };
    const hopeless = (vocabulary.matches(word, false)[0]?.likeness ?? 0) < 0.7;
    let best: readonly string[] = [word];
    let most = 0;
    for (let at = 1; at < word.length - 1; at += 1) {
      const [one, other] = [word.slice(0, at), word.slice(at)];
      if ((one.length < 3 && !isWeightless(one)) || (other.length < 3 && !isWeightless(other))) continue;
      const exact = [one, other].filter((part) => isWeightless(part) || vocabulary.has(part)).length;
      if (exact === 0 || (exact === 1 && !hopeless) || (known && !SAINTS.has(one))) continue;
      // Prefer the split without mistakes, then the one with more frequent halves.
      const frequent = Math.min(...[one, other].map((part) => (isWeightless(part) ? 2 : vocabulary.frequencyOf(part))));
      const value = like(one) * like(other) + 0.01 * Math.log1p(frequent) + 0.001 * Math.min(one.length, other.length);
      if (value > most) {
        most = value;
        best = [one, other];
      }
    }
    return best;
  }

  #findWords(words: readonly string[], question: SearchQuestion, open: boolean): readonly [number, number][] {
    const heavy = heavyWords(words);
    const terms = heavy.map((word, index) => this.#termOf(word, open && index === heavy.length - 1));
    const total = terms.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return [];
    const accepted = this.#filter(question);
    if (accepted === null) return [];
    const touched = this.#earn(terms, question);
    const candidates = this.#candidates(touched, terms, accepted, question.limit + CLOSE_LOOK);
    return this.#closely(candidates, terms, total);
  }

  #termOf(word: string, open: boolean): Term {
    const { vocabulary, rarity } = this.#index;
    const matches = vocabulary.matches(word, open);
    const best = matches[0]?.likeness ?? 0;
    // Of the words that a mistyped one may be, the most frequent is the likeliest.
    let weight = Number.POSITIVE_INFINITY;
    for (const match of matches) {
      if (match.likeness >= best - (best === 1 ? 0 : 0.06)) weight = Math.min(weight, rarity[match.word] ?? 0);
    }
    if (matches.length === 0) return { weight: UNKNOWN_RARITY, matches };
    return { weight: best < PLAUSIBLE ? weight * best : weight, matches };
  }

  /** Null: nothing passes. */
  #filter({ kinds, facets, versions, ceased }: SearchQuestion): ((place: number) => boolean) | null {
    const { starts, facets: columns, facetIds, ceased: gone } = this.#index;
    const wanted: [Uint32Array, number][] = [];
    for (const facet of FACETS) {
      const value = facets[facet];
      if (value === undefined) continue;
      const id = facetIds[facet].get(value.toLowerCase());
      if (id === undefined) return null;
      wanted.push([columns[facet], id]);
    }
    const [bodies, aoos, offices] = [kinds.includes('body'), kinds.includes('aoo'), kinds.includes('office')];
    return (place) => {
      const kind = place < starts.aoo ? bodies : place < starts.office ? aoos : offices;
      if (!kind || (!ceased && gone[place] === 1)) return false;
      for (const [column, id] of wanted) if (column[place] !== id) return false;
      return versions === null || versions.has(this.#index.versions[place] ?? 0);
    };
  }

  /** Walks the entries of every word; the many offices only where they are asked for. */
  #earn(terms: readonly Term[], { kinds }: SearchQuestion): number[] {
    const { postings, starts, size, bodies } = this.#index;
    const end = kinds.includes('office') ? size : kinds.includes('aoo') ? starts.office : starts.aoo;
    this.#search += 1;
    const touched: number[] = [];
    const order = terms.map((_, number) => number).sort((a, b) => (terms[b]?.weight ?? 0) - (terms[a]?.weight ?? 0));
    const strongest = Math.max(0, ...terms.map(({ weight, matches }) => weight * (matches[0]?.likeness ?? 0)));
    for (const number of order) {
      const { weight, matches } = terms[number] ?? NO_TERM;
      // A common word ("comune", "protocollo") only ranks what a rarer one has found.
      const only = touched.length > 0 && weight < COMMON * strongest;
      this.#term += 1;
      for (const { word, likeness } of matches) {
        const last = postings.offsets[word + 1] ?? 0;
        const worth = weight * likeness;
        for (let index = postings.offsets[word] ?? 0; index < last; index += 1) {
          const value = postings.values[index] ?? 0;
          const place = value >>> 2;
          if (place >= end) break;
          const fresh = this.#searchStamp[place] !== this.#search;
          if (fresh && only && this.#searchStamp[bodies[place] ?? 0] !== this.#search) continue;
          if (this.#termStamp[place] === this.#term) continue;
          this.#termStamp[place] = this.#term;
          if (fresh) {
            this.#searchStamp[place] = this.#search;
            this.#earned[place] = 0;
            this.#earnedFor[place] = 0;
            touched.push(place);
          }
          this.#earned[place] = (this.#earned[place] ?? 0) + worth * (FIELD_WEIGHTS[value & 3] ?? 0);
          this.#earnedFor[place] = (this.#earnedFor[place] ?? 0) | (1 << number);
        }
      }
    }
    return touched;
  }

  /** What an entry and its body earned together; a word that both have counts once. */
  #together(place: number, body: number, terms: readonly Term[]): number {
    const own = this.#earned[place] ?? 0;
    if (body === NONE || this.#searchStamp[body] !== this.#search) return own;
    const bodys = this.#earned[body] ?? 0;
    let twice = 0;
    let both = (this.#earnedFor[place] ?? 0) & (this.#earnedFor[body] ?? 0);
    for (let term = 0; both !== 0; term += 1, both >>>= 1) if (both & 1) twice += terms[term]?.weight ?? 0;
    return Math.max(own, bodys, own + bodys - 0.9 * twice);
  }

  /** The entries that earned most, by their own words and their body's together. */
  #candidates(
    touched: readonly number[],
    terms: readonly Term[],
    accepted: (place: number) => boolean,
    most: number,
  ): readonly number[] {
    const { bodies, children, starts } = this.#index;
    const best = new Best(most);
    const bestBodies = new Best(Math.min(most, 400));
    for (const place of touched) {
      const own = this.#earned[place] ?? 0;
      if (place < starts.aoo) {
        bestBodies.offer(place, own);
        if (accepted(place)) best.offer(place, own);
      } else if (accepted(place)) {
        best.offer(place, this.#together(place, bodies[place] ?? NONE, terms));
      }
    }
    for (const body of bestBodies.places()) {
      const earned = this.#earned[body] ?? 0;
      const first = children.offsets[body] ?? 0;
      const last = Math.min(children.offsets[body + 1] ?? 0, first + CHILDREN);
      for (let index = first; index < last; index += 1) {
        const child = children.values[index] ?? 0;
        if (this.#searchStamp[child] !== this.#search && accepted(child)) best.offer(child, earned);
      }
    }
    return best.places();
  }

  #closely(candidates: readonly number[], terms: readonly Term[], total: number): [number, number][] {
    const { rarity, words, bodies, nameWeight, starts, ceased } = this.#index;
    const meant = new Map<number, [term: number, likeness: number][]>();
    for (const [term, { matches }] of terms.entries()) {
      for (const { word, likeness } of matches) {
        const list = meant.get(word);
        if (list === undefined) meant.set(word, [[term, likeness]]);
        else list.push([term, likeness]);
      }
    }
    const earned = new Float64Array(terms.length);
    /** Fills `earned` and returns how much of the entry's name was named. */
    const read = (place: number, share: number): number => {
      let named = 0;
      for (let index = words.offsets[place] ?? 0; index < (words.offsets[place + 1] ?? 0); index += 1) {
        const value = words.values[index] ?? 0;
        let likest = 0;
        for (const [term, likeness] of meant.get(value >>> 2) ?? []) {
          const worth = likeness * (FIELD_WEIGHTS[value & 3] ?? 0) * share;
          if (worth > (earned[term] ?? 0)) earned[term] = worth;
          likest = Math.max(likest, likeness);
        }
        if ((value & 3) === 0) named += likest * (rarity[value >>> 2] ?? 0);
      }
      return named;
    };
    const scored: [number, number][] = [];
    for (const place of candidates) {
      earned.fill(0);
      const body = bodies[place] ?? NONE;
      const isBody = place < starts.aoo;
      const own = isBody ? 1 : OWN_SHARE;
      let named = own * read(place, 1);
      let name = own * (nameWeight[place] ?? 0);
      if (!isBody && body !== NONE) {
        named += read(body, BY_BODY);
        name += nameWeight[body] ?? 0;
      }
      let sum = 0;
      for (const [term, worth] of earned.entries()) sum += worth * (terms[term]?.weight ?? 0);
      const covered = sum / total;
      if (covered < LEAST) continue;
      const whole = name === 0 ? 0 : named / name;
      const kind = isBody ? 'body' : place < starts.office ? 'aoo' : 'office';
      const share = KIND_SHARE[kind] * (ceased[place] === 1 ? CEASED_SHARE : 1);
      scored.push([place, covered * (1 - WHOLE + WHOLE * whole) * share]);
    }
    return scored;
  }
}

/** Keeps the highest of many in a heap whose root is the lowest of them. */
class Best {
  readonly #most: number;
  readonly #places: number[] = [];
  readonly #values: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  offer(place: number, value: number): void {
    const count = this.#places.length;
    if (count < this.#most) {
      this.#places.push(place);
      this.#values.push(value);
      this.#up(count);
    } else if (value > (this.#values[0] ?? 0)) {
      this.#places[0] = place;
      this.#values[0] = value;
      this.#down();
    }
  }

  places(): readonly number[] {
    return this.#places;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if ((this.#values[parent] ?? 0) <= (this.#values[at] ?? 0)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#values.length && (this.#values[child] ?? 0) < (this.#values[least] ?? 0)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    const [place, value] = [this.#places[one] ?? 0, this.#values[one] ?? 0];
    this.#places[one] = this.#places[other] ?? 0;
    this.#values[one] = this.#values[other] ?? 0;
    this.#places[other] = place;
    this.#values[other] = value;
  }
}
