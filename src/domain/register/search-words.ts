/** What is typed into the search of the register, and where in a text it is found. */

/** A number as people type it: `1234`, `0001234/2026`, `n. 1234`, `prot. n. 1234/2026`. Year null: any. */
export interface TypedNumber {
  readonly number: number;
  readonly year: number | null;
}

const NUMBER = /^(?:prot(?:ocollo)?\b\.?\s*)?(?:n(?:[.°]|\b)\s*)?(\d{1,12})(?:\s*\/\s*(\d{4}))?$/i;

export function typedNumber(text: string): TypedNumber | null {
  const found = NUMBER.exec(text.trim());
  const number = Number(found?.[1] ?? 0);
  if (found === null || number === 0) return null;
  return { number, year: found[2] === undefined ? null : Number(found[2]) };
}

/** A piece of a text; `isHit`: it is what was looked for. */
export interface TextPiece {
  readonly text: string;
  readonly isHit: boolean;
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** As the index folds: without accents and capitals. */
const bare = (word: string): string =>
  word
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
/** From this length a word may be the beginning of a longer one. */
const BEGINNING = 3;

export const searchedWords = (text: string): readonly string[] => [
  ...new Set((text.toWellFormed().match(WORD) ?? []).map(bare).filter((word) => word !== '')),
];

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** A shorter word with a slip could be any other; a longer one is no name. */
const SLIPS_FROM = 4;
const SLIPS_TO = 20;

/**
 * What a word is with one slip of the keyboard: a letter too many, missing, exchanged with its neighbour, or another one. Each
 * of these is one look-up in the index of words, some hundred in all, however large the register is.
 */
export function slipsOf(word: string): readonly string[] {
  if (word.length < SLIPS_FROM || word.length > SLIPS_TO || !/^[a-z]+$/.test(word)) return [];
  const slips = new Set<string>();
  for (let at = 0; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    for (const letter of LETTERS) {
      slips.add(before + letter + after);
      if (after !== '') slips.add(before + letter + after.slice(1));
    }
    if (after !== '') slips.add(before + after.slice(1));
    if (after.length > 1) slips.add(before + after.charAt(1) + after.charAt(0) + after.slice(2));
  }
  slips.delete(word);
  return [...slips];
}

/** What stands in a column of its own, and is found as a whole: the SHA-256 of a document, an address, a tax code. */
export type ExactText = { readonly kind: 'digest' | 'code'; readonly text: string };

const DIGEST = /^[0-9a-f]{64}$/;
const CODE =
  /^(?:[^\s@]{1,64}@[^\s@]{1,255}|[a-z]{6}[0-9a-z]{2}[a-z][0-9a-z]{2}[a-z][0-9a-z]{3}[a-z]|(?:it)?[0-9]{11})$/;

export function exactText(text: string): ExactText | null {
  const typed = text.trim().toLowerCase();
  if (DIGEST.test(typed)) return { kind: 'digest', text: typed };
  return CODE.test(typed) ? { kind: 'code', text: typed } : null;
}

/** The text in pieces, so that those that were found can be marked. A number is found with zeros in front, too. */
export function piecesOf(text: string, words: readonly string[]): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  const numbers = words.filter((word) => /^\d+$/.test(word)).map(withoutZeros);
  const beginnings = words.filter(({ length }) => length >= BEGINNING).map(withoutEnding);
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const plain = bare(word);
    const isHit =
      words.includes(plain) ||
      beginnings.some((wanted) => plain.startsWith(wanted)) ||
      (/^\d+$/.test(plain) && numbers.includes(withoutZeros(plain)));
    if (!isHit) continue;
    if (index > from) pieces.push({ text: text.slice(from, index), isHit: false });
    pieces.push({ text: word, isHit: true });
    from = index + word.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHit: false });
  return pieces;
}

/** "delibere" is found in "deliberazioni": of longer words the last vowel counts for nothing. */
const withoutEnding = (word: string): string => (word.length < 5 ? word : word.replace(/[aeiou]$/, ''));
const withoutZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '');
