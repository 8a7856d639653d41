import { declaredEncoding } from './decode.ts';

/** Drops the name of the old encoding; without one a document is UTF-8. */
export const asUtf8 = (text: string): Uint8Array =>
  Buffer.from(text.replace(/^(<\?xml\s[^>]{0,200}?)\s+encoding\s*=\s*(?:"[^">]*"|'[^'>]*')/, '$1'), 'utf8');

/**
 * A document in UTF-16 as every parser must read it (XML 1.0 §4.3.3): with its byte order mark, and a declaration that names
 * UTF-16 or nothing. It is the same document in UTF-8, and a seal over it covers the same octets, for those are always UTF-8
 * (Canonical XML 1.1 §1.1). Null for anything else.
 */
export function lawfulUtf16(bytes: Uint8Array): Uint8Array | null {
  const [first, second, third, fourth] = bytes;
  const isLittle = first === 0xff && second === 0xfe;
  if (!isLittle && !(first === 0xfe && second === 0xff)) return null;
  // In the other order of bytes this mark begins UTF-32.
  if (bytes.byteLength % 2 !== 0 || (third === 0 && fourth === 0)) return null;
  const body = Buffer.from(bytes.subarray(2));
  const text = (isLittle ? body : body.swap16()).toString('utf16le');
  if (!text.startsWith('<') || !text.isWellFormed()) return null;
  const declared = declaredEncoding(Buffer.from(text.slice(0, 300), 'latin1'));
  return declared === null || declared === 'utf-16' ? asUtf8(text) : null;
}
