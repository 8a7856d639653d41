/** Which characters XML 1.0 allows, and where. */

/** All that production [2] Char excludes, in UTF-16: control characters, lone surrogates, the two non-characters. */
const ILLEGAL_SOURCE =
  '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]';
const ILLEGAL = new RegExp(ILLEGAL_SOURCE);
const ILLEGAL_ALL = new RegExp(ILLEGAL_SOURCE, 'g');

/** Index of the first character that no XML document may contain, or -1. */
export const firstIllegal = (text: string): number => text.search(ILLEGAL);

/** Vertical tab and form feed were line breaks in a word processor and become blanks; the others leave a visible mark. */
export const replaceIllegal = (text: string): string =>
  text.replace(ILLEGAL_ALL, (c) => (c === '\x0b' || c === '\x0c' ? ' ' : '\ufffd'));

/** At most `length` characters, for a sentence. A surrogate pair at the cut leaves a mark, not half a character. */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;

export const isLegalCodePoint = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

const START = 1;
const FOLLOWING = 2;
const ascii = new Uint8Array(128);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:') ascii[c.charCodeAt(0)] = START | FOLLOWING;
for (const c of '0123456789.-') ascii[c.charCodeAt(0)] = FOLLOWING;

/** Beyond ASCII: the ranges of NameStartChar (production [4]), then those that only NameChar adds ([4a]). */
const WIDE_START = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
] as const;
const WIDE_FOLLOWING = [
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
] as const;
const within = (code: number, ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([first, last]) => code >= first && code <= last);

/** Names of the norms have at most 40 characters; a name is cut here, so that what follows is no markup. */
const LONGEST_NAME = 1_024;

/** End of the Name (production [5]) that starts at `from`; `from` itself when there is none. */
export function endOfName(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.codePointAt(at);
    if (code === undefined || at - from > LONGEST_NAME) return at;
    if (code < 128) {
      if (((ascii[code] ?? 0) & (at === from ? START : FOLLOWING)) === 0) return at;
      at += 1;
      continue;
    }
    if (!within(code, WIDE_START) && (at === from || !within(code, WIDE_FOLLOWING))) return at;
    at += code > 0xffff ? 2 : 1;
  }
}

/** End of the white space (production [3]) that starts at `from`. */
export function endOfSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 9 && code !== 13) return at;
    at += 1;
  }
}
