/**
 * The words of an index, and those that a mistyped word may mean. Every word is filed under its first letters with up to two
 * of them left out, and a typed word is looked up the same way. So one or two mistakes cost a few dozen look-ups instead of
 * a walk through all words. Candidates are always measured afterwards.
 */
import { distance, isShortForm, likeness, mistakesIn, SAINTS } from './search.ts';

export interface WordMatch {
  readonly word: number;
  /** 1: the word as typed. */
  readonly likeness: number;
}

/** Letters at the beginning of a word that are filed; later mistakes do not matter for filing. */
const PREFIX = 7;
const BUCKETS = 1 << 19;
/** Most words that a typed one may mean, and most that begin with it. */
const MOST_MATCHES = 32;
const MOST_COMPLETIONS = 40;
const SAINT_LIKENESS = 0.9;
/** Typed words whose matches are kept: "comune" and "protocollo" are in every other query. */
const REMEMBERED = 4_000;

/** Calls back with a bucket for the beginning of `word`, and for each way to leave out up to `most` of its letters. */
function eachBucket(word: string, most: number, found: (bucket: number) => void): void {
  const length = Math.min(word.length, PREFIX);
  const hash = (skipOne: number, skipTwo: number): number => {
    let value = 0x811c9dc5;
    for (let index = 0; index < length; index += 1) {
      if (index !== skipOne && index !== skipTwo) value = Math.imul(value ^ word.charCodeAt(index), 0x01000193);
    }
    return ((value >>> 13) ^ value) & (BUCKETS - 1);
  };
  found(hash(-1, -1));
  if (most < 1) return;
  for (let one = 0; one < length; one += 1) {
    found(hash(one, -1));
    if (most < 2) continue;
    for (let two = one + 1; two < length; two += 1) found(hash(one, two));
  }
}

const deletable = (length: number): number => (length < 3 ? 0 : length < 4 ? 1 : 2);

export class Vocabulary {
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  /** In how many entries a word stands. */
  readonly frequency: Uint32Array;
  readonly #buckets: Uint32Array;
  readonly #filed: Uint32Array;
  readonly #alphabetical: Uint32Array;
  readonly #saints: readonly WordMatch[];
  readonly #remembered = new Map<string, readonly WordMatch[]>();

  constructor(
    ids: ReadonlyMap<string, number>,
    frequency: Uint32Array,
    buckets: Uint32Array,
    filed: Uint32Array,
    alphabetical: Uint32Array,
  ) {
    this.words = [...ids.keys()];
    this.#ids = ids;
    this.frequency = frequency;
    this.#buckets = buckets;
    this.#filed = filed;
    this.#alphabetical = alphabetical;
    this.#saints = [...SAINTS].flatMap((saint) => {
      const word = ids.get(saint);
      return word === undefined ? [] : [{ word, likeness: SAINT_LIKENESS }];
    });
  }

  has(word: string): boolean {
    return this.#ids.has(word);
  }

  idOf(word: string): number | undefined {
    return this.#ids.get(word);
  }

  frequencyOf(word: string): number {
    const id = this.#ids.get(word);
    return id === undefined ? 0 : (this.frequency[id] ?? 0);
  }

  /** What a typed word may mean, likeliest first. `open`: it may be the beginning of a longer word. */
  matches(typed: string, open: boolean): readonly WordMatch[] {
    const key = open ? `${typed} ` : typed;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = this.#find(typed, open);
    if (this.#remembered.size >= REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(key, found);
    return found;
  }

  #find(typed: string, open: boolean): readonly WordMatch[] {
    const best = new Map<number, number>();
    const offer = (word: number, value: number): void => {
      if (value > (best.get(word) ?? 0)) best.set(word, value);
    };
    const exact = this.#ids.get(typed);
    if (exact !== undefined) offer(exact, 1);
    if (SAINTS.has(typed)) for (const { word, likeness: value } of this.#saints) offer(word, value);
    const isShort = isShortForm(typed);
    const most = isShort || /\d/.test(typed) ? 0 : mistakesIn(typed.length);
    if (most > 0) this.#mistyped(typed, most, offer);
    // A beginning of three letters or more ("amminist") may stand for a longer word anywhere; shorter ones only while typing.
    if (open || (exact === undefined && !isShort && typed.length >= 3)) this.#longer(typed, open, offer);
    return [...best]
      .map(([word, value]) => ({ word, likeness: value }))
      .sort((a, b) => b.likeness - a.likeness || (this.frequency[b.word] ?? 0) - (this.frequency[a.word] ?? 0))
      .slice(0, open ? MOST_MATCHES + MOST_COMPLETIONS : MOST_MATCHES);
  }

  #mistyped(typed: string, most: number, offer: (word: number, value: number) => void): void {
    const seen = new Set<number>();
    eachBucket(typed, Math.min(most, deletable(typed.length)), (bucket) => {
      const end = this.#buckets[bucket + 1] ?? 0;
      for (let index = this.#buckets[bucket] ?? 0; index < end; index += 1) {
        const id = this.#filed[index] ?? 0;
        if (seen.has(id)) continue;
        seen.add(id);
        const word = this.words[id] ?? '';
        const mistakes = distance(typed, word, most);
        if (mistakes > 0 && mistakes <= most) offer(id, likeness(typed, word, mistakes));
      }
    });
  }

  /** Words that begin with what was typed, the most frequent first. */
  #longer(typed: string, open: boolean, offer: (word: number, value: number) => void): void {
    let low = 0;
    let high = this.#alphabetical.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.words[this.#alphabetical[middle] ?? 0] ?? '') < typed) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let index = low; index < this.#alphabetical.length && found.length < 20_000; index += 1) {
      const id = this.#alphabetical[index] ?? 0;
      if (!(this.words[id] ?? '').startsWith(typed)) break;
      found.push(id);
    }
    found.sort((a, b) => (this.frequency[b] ?? 0) - (this.frequency[a] ?? 0));
    for (const id of found.slice(0, MOST_COMPLETIONS)) {
      const share = typed.length / (this.words[id]?.length ?? 1);
      offer(id, open ? 0.85 + 0.14 * share : 0.6 + 0.3 * share);
    }
  }
}

/** Files the words a slice at a time; at each `yield` the caller may let other work run. */
export function* vocabularyOf(
  ids: ReadonlyMap<string, number>,
  frequency: Uint32Array,
): Generator<undefined, Vocabulary> {
  const words = [...ids.keys()];
  const buckets = new Uint32Array(BUCKETS + 1);
  const most = (word: string): number => (/\d/.test(word) ? -1 : deletable(word.length));
  for (const [index, word] of words.entries()) {
    if (most(word) >= 0) {
      eachBucket(word, most(word), (bucket) => {
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      });
    }
    if (index % 500 === 0) yield;
  }
  let sum = 0;
  for (let bucket = 0; bucket <= BUCKETS; bucket += 1) {
    sum += buckets[bucket] ?? 0;
    buckets[bucket] = sum;
  }
  yield;
  const filed = new Uint32Array(sum);
  for (const [index, word] of words.entries()) {
    if (most(word) >= 0) {
      eachBucket(word, most(word), (bucket) => {
        const place = (buckets[bucket] ?? 0) - 1;
        buckets[bucket] = place;
        filed[place] = index;
      });
    }
    if (index % 500 === 0) yield;
  }
  const byFirst = new Map<string, number[]>();
  for (const [index, word] of words.entries()) {
    const first = word.slice(0, 1);
    const group = byFirst.get(first);
    if (group === undefined) byFirst.set(first, [index]);
    else group.push(index);
  }
  const alphabetical = new Uint32Array(words.length);
  let place = 0;
  for (const first of [...byFirst.keys()].sort()) {
    const group = byFirst.get(first) ?? [];
    group.sort((a, b) => ((words[a] ?? '') < (words[b] ?? '') ? -1 : 1));
    alphabetical.set(group, place);
    place += group.length;
    yield;
  }
  return new Vocabulary(ids, frequency, buckets, filed, alphabetical);
}
