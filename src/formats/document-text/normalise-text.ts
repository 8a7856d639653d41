/**
 * Text as it is searched: composed letters, no ligatures, words whole that a line end had divided, no invisible or control
 * characters (PostgreSQL takes no U+0000), and blanks only where they separate. Linear in its length.
 */
export function normaliseText(raw: string): string {
  return (
    raw
      .toWellFormed()
      .normalize('NFKC')
      .replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n')
      // A hyphen at a line's end goes only before a small letter: "ex-\nSindaco" keeps its own.
      .replace(/(\p{L})(?:\u00ad|[-\u2010\u2011])[ \t]*\n[ \t]*(?=\p{Ll})/gu, '$1')
      .replace(HIDDEN, '')
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .replace(ENDLESS, '$& ')
      .trim()
  );
}

/** Controls, marks without width, private characters (fonts of their own, and marks of ours), what was no character. */
const HIDDEN =
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ue000-\uf8ff]/g;
/** No word: data that came as text. PostgreSQL indexes none above 2,046 bytes. */
const ENDLESS = /\S{400}(?=\S)/g;

/** At most `bytes` of UTF-8, from `from` on; ends at a blank where one is near. */
export function cutText(text: string, bytes: number, from = 0): string {
  // More characters than that cannot fit, so that each piece costs its own length.
  const ahead = text.slice(from, from + bytes);
  const encoded = Buffer.from(ahead);
  if (encoded.length <= bytes && from + ahead.length === text.length) return ahead;
  let end = Math.min(bytes, encoded.length);
  // Never in the middle of a character.
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  for (let at = end - 1; at > end - NEAR && at > 0; at -= 1)
    if (encoded[at] === SPACE || encoded[at] === LINE_END) return encoded.toString('utf8', 0, at + 1);
  return encoded.toString('utf8', 0, end);
}

const NEAR = 1_000;
const SPACE = 0x20;
const LINE_END = 0x0a;

/** The text in pieces of at most `bytes` of UTF-8, which together are the whole of it. The text has no lone surrogates. */
export function textParts(text: string, bytes: number): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const part = cutText(text, bytes, at);
    parts.push(part);
    at += part.length;
  }
  return parts;
}
