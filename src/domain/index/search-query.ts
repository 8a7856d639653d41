/**
 * Free text against the index in memory, best first. A word of the query is worth more the rarer it is. An entry earns that
 * worth times the likeness of its most similar word, and the sum is weighted by how much of the entry's name was named.
 */

import { Best } from './best.ts';
import { type Variant, variantsOf } from './query-variants.ts';
import { heavyWords, queryWords, shortenedParts } from './search.ts';
import { type Asked, type SearchAnswer, SearchAnswers, type Term } from './search-answer.ts';
import { FACETS, type Facet, FIELD_WEIGHTS, NONE, type SearchIndex, type SearchKind } from './search-index.ts';

export interface SearchQuestion {
  readonly text: string;
  readonly kinds: readonly SearchKind[];
  readonly facets: Readonly<Partial<Record<Facet, string>>>;
  /** Only these versions; null: all. */
  readonly versions: ReadonlySet<number> | null;
  /** Also entries that have ended, behind the others. `named`: of those, bodies that are named in full where nothing else is. */
  readonly ceased: boolean | 'named';
  readonly limit: number;
  /** The last word may be unfinished. */
  readonly typing: boolean;
}

export interface SearchHit {
  readonly version: number;
  /** 0 to 1. */
  readonly score: number;
  /** Found by likeness: not all that was typed are words of it. */
  readonly similar: boolean;
}

/** A word split or joined counts a little less than as typed. */
const VARIANT = 0.96;
/** Entries looked at closely where a shortened word tells them apart. */
const CLOSER_LOOK = 600;
/** From this score on, an answer is what was meant. */
const CLEAR = 0.88;
/** Entries looked at closely, beyond those asked for. */
const CLOSE_LOOK = 80;
const CHILDREN = 200;
const UNKNOWN_RARITY = 9;
/** Below this likeness a word was hardly meant, and must not outweigh those typed correctly. */
const PLAUSIBLE = 0.7;

/** Words worth less than this share of the query's rarest are common. */
const COMMON = 0.5;

const NO_TERM: Term = { typed: '', weight: 0, matches: [] };

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
    const open = question.typing && /[\p{L}\p{N}]$/u.test(question.text);
    const typed = queryWords(question.text, open);
    const best = new Map<number, SearchAnswer>();
    const look = ({ words, guessed }: Variant, share: number): void => {
      for (const [place, answer] of this.#findWords(words, question, open)) {
        // A guess at what was meant must fit as a whole: half of "Monteveglio" is Veglio, another town.
        if (words !== typed && answer.missed > 0) continue;
        const score = answer.score * share;
        if (score > (best.get(place)?.score ?? 0))
          best.set(place, { ...answer, score, exact: answer.exact && !guessed });
      }
    };
    look({ words: typed, guessed: false }, 1);
    const highest = Math.max(0, ...[...best.values()].map(({ score }) => score));
    // Where the words as typed already name something, variants are not tried.
    if (highest < CLEAR) for (const variant of variantsOf(this.#index.vocabulary, typed)) look(variant, VARIANT);
    return this.#shown(best, question)
      .sort(([onePlace, one], [otherPlace, other]) => other.score - one.score || onePlace - otherPlace)
      .slice(0, question.limit)
      .map(([place, { score, exact }]) => ({
        version: this.#index.versions[place] ?? 0,
        score: Math.min(1, score),
        similar: !exact,
      }));
  }

  /** What is named in full leaves no place for what is only similar; a ceased one counts where no living one is named as well. */
  #shown(best: ReadonlyMap<number, SearchAnswer>, { ceased }: SearchQuestion): [number, SearchAnswer][] {
    const isGone = (place: number): boolean => this.#index.ceased[place] === 1;
    const living = [...best].filter(([place]) => ceased === true || !isGone(place));
    const named = Math.max(0, ...living.map(([, { exact, score }]) => (exact ? score : 0)));
    const isIt = ({ exact, called }: SearchAnswer): boolean => exact && called;
    const gone =
      ceased === 'named'
        ? [...best].filter(
            ([place, answer]) =>
              isGone(place) && place < this.#index.starts.aoo && isIt(answer) && answer.score > named + 0.001,
          )
        : [];
    const all = [...living, ...gone];
    return all.some(([, answer]) => isIt(answer)) ? all.filter(([, { exact }]) => exact) : all;
  }

  #findWords(words: readonly string[], question: SearchQuestion, open: boolean): readonly [number, SearchAnswer][] {
    const shortened = words.flatMap((word) => {
      const parts = shortenedParts(word);
      return parts === null ? [] : [parts];
    });
    const heavy = heavyWords(words);
    const terms = heavy.map((word, index) => this.#termOf(word, open && index === heavy.length - 1));
    const total = terms.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return [];
    const accepted = this.#filter(question);
    if (accepted === null) return [];
    const touched = this.#earn(terms, question);
    const closely = question.limit + (shortened.length > 0 ? CLOSER_LOOK : CLOSE_LOOK);
    const candidates = this.#candidates(touched, terms, accepted, closely);
    return this.#closely(candidates, { terms, shortened, total, ceasedBehind: question.ceased === true });
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
    if (matches.length === 0) return { typed: word, weight: UNKNOWN_RARITY, matches };
    return { typed: word, weight: best < PLAUSIBLE ? weight * best : weight, matches };
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

  #closely(candidates: readonly number[], asked: Asked): [number, SearchAnswer][] {
    const reading = new SearchAnswers(this.#index, asked);
    const answers: [number, SearchAnswer][] = [];
    for (const place of candidates) {
      const answer = reading.of(place);
      if (answer !== null) answers.push([place, answer]);
    }
    // "San Giuliano T.": where something is called so, what is called otherwise is another one.
    return asked.shortened.length > 0 && answers.some(([, { missed }]) => missed === 0)
      ? answers.filter(([, { missed }]) => missed === 0)
      : answers;
  }
}
