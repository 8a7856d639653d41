/** Other readings of a query: words joined or split, and short forms that stand for several bodies. */
import { isShortened, isWeightless, READINGS, SAINTS } from './search.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Variant {
  readonly words: readonly string[];
  /** It was guessed where words begin and end. */
  readonly guessed: boolean;
}

/** The query with words joined or split, where that gives words of the index, and with short forms written out. */
export function variantsOf(vocabulary: Vocabulary, typed: readonly string[]): readonly Variant[] {
  const variants: Variant[] = [];
  const joined: string[] = [];
  for (let index = 0; index < typed.length; index += 1) {
    const [one = '', other = ''] = [typed[index], typed[index + 1]];
    const whole = one + other;
    const unknown = (word: string): boolean => !vocabulary.has(word) && !isWeightless(word) && !isShortened(word);
    const guess = unknown(one) && unknown(other) && whole.length >= 6 && whole.length <= 16;
    if (other !== '' && whole.length >= 4 && (vocabulary.has(whole) || guess)) {
      joined.push(whole);
      index += 1;
    } else joined.push(one);
  }
  if (joined.length < typed.length) variants.push({ words: joined, guessed: true });
  const split = typed.flatMap((word, place) => parted(vocabulary, word, place === typed.length - 1));
  if (split.length > typed.length) variants.push({ words: split, guessed: true });
  for (const [place, word] of typed.entries()) {
    for (const reading of READINGS.get(word) ?? [])
      variants.push({ words: typed.toSpliced(place, 1, ...reading.split(' ')), guessed: false });
  }
  return variants;
}

/** Splits a long word that is not in the index into two that are; one of them may have a mistake. */
function parted(vocabulary: Vocabulary, word: string, isLast: boolean): readonly string[] {
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
    // Nothing follows the preposition: "Agnadello" is not "Agna dello".
    if (isLast && isWeightless(other)) continue;
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
