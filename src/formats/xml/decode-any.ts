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
  const wide = wideEncoding(buffer);
  if (wide !== null) return REFUSED.test(wide) ? null : decodeCharset(buffer, wide);
  const body = buffer.subarray(leadingBytes(buffer));
  const declared = declaredEncoding(body) ?? 'utf-8';
  if (REFUSED.test(declared)) return null;
  const decoded = decodeXml(body);
  if (decoded.ok) return decoded.value.text;
  // Some libraries declare UTF-16 because that is what the text was in memory, and write UTF-8.
  return isUtf8(body) ? body.toString('utf8') : decodeCharset(body, declared);
}

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
