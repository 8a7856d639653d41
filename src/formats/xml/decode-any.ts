import { isUtf8 } from 'node:buffer';
import { decodeCharset } from '../charset/decode-charset.ts';
import { declaredEncoding, decodeXml, wideEncoding } from './decode.ts';

/** Encodings in which markup can hide behind ordinary letters: not even the tolerant reader takes them. */
const REFUSED = /^(?:utf-?7|ebcdic|ibm)/i;

/**
 * From bytes to text for the tolerant reader. Also read are UTF-16, UTF-32 and any charset that mail knows, and
 * declarations that stand behind blank lines or a second BOM. Null where the encoding is one that is never read.
 */
export function decodeAnyXml(bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = wideStart(buffer);
  const wide = wideEncoding(start);
  if (wide !== null) return REFUSED.test(wide) ? null : decodeCharset(start, bigEndian(start, wide));
  const body = buffer.subarray(leadingBytes(buffer));
  const declared = declaredEncoding(body) ?? 'utf-8';
  if (REFUSED.test(declared)) return null;
  const decoded = decodeXml(body);
  if (decoded.ok) return decoded.value.text;
  // Some libraries declare UTF-16 because that is what the text was in memory, and write UTF-8.
  if (isUtf8(body)) return body.toString('utf8');
  return decodeCharset(body, /^(?:utf-?(?:16|32)|(?:iso-10646-)?ucs)/.test(declared) ? 'windows-1252' : declared);
}

const BLANKS = 64;

/** From the first `<` of a text in UTF-16 or UTF-32 that has only blanks and byte order marks before it; else all of it. */
function wideStart(bytes: Buffer): Buffer {
  let from = 0;
  while (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf && from < BLANKS) from += 3;
  const body = bytes.subarray(from);
  const mark = body.subarray(0, BLANKS).indexOf('<');
  if (mark < 0 || (body[mark + 1] !== 0 && body[mark - 1] !== 0)) return bytes;
  if (!/^[\s\0\xfe\xff]*$/.test(body.toString('latin1', 0, mark))) return bytes;
  // In what comes before, every character has the same width, so the place of the `<` tells where its own bytes begin.
  const width = [1, 2, 3].every((next) => (mark % 4 === 0 ? body[mark + next] : body[mark - next]) === 0) ? 4 : 2;
  return body.subarray(mark - (mark % width));
}

/** Without a byte order mark the order shows in the first character, which is `<`. */
const bigEndian = (bytes: Buffer, wide: string): string => (bytes[0] === 0 && wide !== 'UTF-32' ? `${wide}BE` : wide);

/** White space and byte order marks before the declaration. */
function leadingBytes(bytes: Buffer): number {
  let at = 0;
  for (;;) {
    const byte = bytes[at];
    if (byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)) at += 1;
    else if (byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
    else return at;
  }
}
