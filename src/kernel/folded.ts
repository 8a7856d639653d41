/** A text as it is searched: lower case, without accents and punctuation, one blank between words. */
export const folded = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}@]+/gu, ' ')
    .trim();
