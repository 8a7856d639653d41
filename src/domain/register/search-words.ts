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

/** The text in pieces, so that those that were found can be marked. A number is found with zeros in front, too. */
export function piecesOf(text: string, words: readonly string[]): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  const numbers = words.filter((word) => /^\d+$/.test(word)).map(withoutZeros);
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const plain = bare(word);
    const isHit =
      words.some((wanted) => plain === wanted || (wanted.length >= BEGINNING && plain.startsWith(wanted))) ||
      (/^\d+$/.test(plain) && numbers.includes(withoutZeros(plain)));
    if (!isHit) continue;
    if (index > from) pieces.push({ text: text.slice(from, index), isHit: false });
    pieces.push({ text: word, isHit: true });
    from = index + word.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHit: false });
  return pieces;
}

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '');
