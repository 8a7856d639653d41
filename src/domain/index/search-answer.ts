/** How an entry of the index answers a query: what of the query it is called, and what of its name was typed. */
import { GENERIC, SAINTS } from './search.ts';
import { ACRONYM, FIELD_WEIGHTS, NAME, NONE, type SearchIndex, WIDER } from './search-index.ts';
import type { WordMatch } from './vocabulary.ts';

export interface Term {
  readonly typed: string;
  readonly weight: number;
  readonly matches: readonly WordMatch[];
}

/** A query, looked up word by word. */
export interface Asked {
  readonly terms: readonly Term[];
  /** Beginnings and ends of shortened words. */
  readonly shortened: readonly (readonly [string, string])[];
  /** Weight of all terms. */
  readonly total: number;
  /** Entries that have ended stand behind the others. */
  readonly ceasedBehind: boolean;
}

export interface SearchAnswer {
  readonly score: number;
  /** Share of the query that it is not called at all. */
  readonly missed: number;
  /** It is called all that was typed, and no word is only similar. */
  readonly exact: boolean;
  /** All of its name (or its body's) that tells it from others was typed. */
  readonly full: boolean;
  /** Full, or by another name of its own. */
  readonly called: boolean;
}

/** What a word of its body earns an AOO or office, compared with one of its own. */
const BY_BODY = 0.97;
/** Share of the score for naming the whole of an entry; its own words matter less than its body's. */
const WHOLE = 0.22;
const OWN_SHARE = 0.35;
/** Below this share of the query nothing is an answer. */
const LEAST = 0.35;
/** Who lacks more of the query than this is another one, unless its whole name was typed. */
const MOST_MISSED = 0.4;
/** From this likeness on a word of a name was typed: as it is, or another form of "saint". */
const TYPED = 0.9;
/** Below this share not even the whole name counts: it is one of many names in a long query. */
const LEAST_OF_FULL = 0.2;
/** What a shortened word weighs, compared with the rarity of words, and its likeness to what it stands for. */
const SHORTENED_WEIGHT = 5;
const SHORTENED_LIKENESS = 0.95;
/** An initial in the index ("I.C. G. Marconi") for a name that was typed. */
const INITIAL = 0.6;
/** Words of a name worth less than this share of its rarest ("comune", "san") do not tell it from others. */
const TELLING = 0.3;
/** A query whose rarest word is only where an entry lies must name more than this share of it otherwise. */
const NEAR = 0.5;
/** Bodies before AOOs before offices where all else is equal. */
const KIND_SHARE = { body: 1, aoo: 0.995, office: 0.985 } as const;
const CEASED_SHARE = 0.8;

interface NameRead {
  /** Rarity of the words of its name that were typed, and of all. */
  readonly named: number;
  readonly full: boolean;
  readonly called: boolean;
}

export class SearchAnswers {
  readonly #index: SearchIndex;
  readonly #asked: Asked;
  readonly #meant = new Map<number, [term: number, likeness: number][]>();
  readonly #generic: ReadonlySet<number>;
  readonly #initials = new Map<string, number[]>();
  /** Per term: what the entry at hand earned, and the likeness without regard to where the word stands. */
  readonly #earned: Float64Array;
  readonly #likest: Float64Array;
  /** Per shortened word: whether the entry at hand has it. */
  readonly #filled: boolean[];

  constructor(index: SearchIndex, asked: Asked) {
    this.#index = index;
    this.#asked = asked;
    this.#generic = new Set(GENERIC.flatMap((word) => index.vocabulary.idOf(word) ?? []));
    this.#earned = new Float64Array(asked.terms.length);
    this.#likest = new Float64Array(asked.terms.length);
    this.#filled = asked.shortened.map(() => false);
    for (const [term, { typed, matches }] of asked.terms.entries()) {
      for (const { word, likeness } of matches) entryOf(this.#meant, word).push([term, likeness]);
      entryOf(this.#initials, typed.slice(0, 1)).push(term);
    }
  }

  /** Null: none. */
  of(place: number): SearchAnswer | null {
    const { bodies, nameWeight, starts, ceased } = this.#index;
    const { terms, total, shortened, ceasedBehind } = this.#asked;
    this.#earned.fill(0);
    this.#likest.fill(0);
    this.#filled.fill(false);
    const body = bodies[place] ?? NONE;
    const isBody = place < starts.aoo;
    const ownShare = isBody ? 1 : OWN_SHARE;
    const own = this.#read(place, 1);
    let named = ownShare * own.named;
    let name = ownShare * (nameWeight[place] ?? 0);
    let { full, called } = own;
    if (!isBody && body !== NONE) {
      const bodys = this.#read(body, BY_BODY);
      named += bodys.named;
      name += nameWeight[body] ?? 0;
      ({ full, called } = bodys);
    }
    let sum = 0;
    let missed = 0;
    let exact = true;
    let heaviest = 0;
    let heaviestNear = 0;
    for (const [number, { weight, typed }] of terms.entries()) {
      const earned = this.#earned[number] ?? 0;
      sum += earned * weight;
      heaviest = Math.max(heaviest, weight);
      if (earned > (FIELD_WEIGHTS[WIDER] ?? 0)) heaviestNear = Math.max(heaviestNear, weight);
      const likest = this.#likest[number] ?? 0;
      if (likest === 0) missed += weight;
      else if (likest < 1 && !SAINTS.has(typed)) exact = false;
    }
    for (const has of this.#filled) {
      if (has) sum += SHORTENED_LIKENESS * SHORTENED_WEIGHT;
      else missed += SHORTENED_WEIGHT;
    }
    const all = total + SHORTENED_WEIGHT * shortened.length;
    const covered = sum / all;
    const share = missed / all;
    if (covered < (full ? LEAST_OF_FULL : LEAST) || (share > MOST_MISSED && !full)) return null;
    // "Comune di Ro" is no body that only lies in the province of Rovigo.
    if (heaviestNear < NEAR * heaviest) return null;
    const kind = isBody ? 'body' : place < starts.office ? 'aoo' : 'office';
    const whole = name === 0 ? 0 : named / name;
    const kept = KIND_SHARE[kind] * (ceasedBehind && ceased[place] === 1 ? CEASED_SHARE : 1);
    const score = covered * (1 - WHOLE + WHOLE * whole) * kept;
    return { score, missed: share, exact: exact && missed === 0, full, called };
  }

  /** Notes what the words of an entry earn for the query. */
  #read(place: number, share: number): NameRead {
    const { rarity, words } = this.#index;
    let named = 0;
    let rarest = 0;
    let unnamed = 0;
    let otherName = 0;
    for (let index = words.offsets[place] ?? 0; index < (words.offsets[place + 1] ?? 0); index += 1) {
      const value = words.values[index] ?? 0;
      const [word, field] = [value >>> 2, value & 3];
      const likest = this.#readWord(word, field, share);
      const worth = rarity[word] ?? 0;
      if (field === ACRONYM && likest === 1) otherName = Math.max(otherName, worth);
      if (field !== NAME) continue;
      named += likest * worth;
      if (this.#generic.has(word)) continue;
      rarest = Math.max(rarest, worth);
      if (likest < TYPED) unnamed = Math.max(unnamed, worth);
    }
    const full = rarest > 0 && unnamed < TELLING * rarest;
    return { named, full, called: full || otherName > TELLING * rarest };
  }

  #readWord(word: number, field: number, share: number): number {
    const weight = (FIELD_WEIGHTS[field] ?? 0) * share;
    let likest = 0;
    const earn = (term: number, likeness: number): void => {
      this.#earned[term] = Math.max(this.#earned[term] ?? 0, likeness * weight);
      this.#likest[term] = Math.max(this.#likest[term] ?? 0, likeness);
      likest = Math.max(likest, likeness);
    };
    const meant = this.#meant.get(word);
    for (const [term, likeness] of meant ?? []) earn(term, likeness);
    if (meant !== undefined || field === WIDER) return likest;
    const text = this.#index.vocabulary.words[word] ?? '';
    for (const [number, [head, tail]] of this.#asked.shortened.entries()) {
      if (this.#generic.has(word) || text.length < head.length + tail.length) continue;
      if (!text.startsWith(head) || !text.endsWith(tail)) continue;
      this.#filled[number] = true;
      likest = Math.max(likest, SHORTENED_LIKENESS);
    }
    if (text.length === 1) for (const term of this.#initials.get(text) ?? []) earn(term, INITIAL);
    return likest;
  }
}

function entryOf<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh: Value[] = [];
  map.set(key, fresh);
  return fresh;
}
