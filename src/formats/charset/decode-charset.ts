import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';

/**
 * Bytes as text in a named charset. Where the name is unknown or the bytes are plain, valid UTF-8 is taken as that and
 * everything else as latin1. Never throws.
 */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const name = charset.trim().toLowerCase();
  if (name === 'utf-8' || name === 'utf8') return bytes.toString('utf8');
  if (name === '' || name === 'us-ascii' || name === 'ascii' || name.length > 40) return guess(bytes);
  try {
    return iconv.encodingExists(name) ? iconv.decode(bytes, name) : guess(bytes);
  } catch {
    return guess(bytes);
  }
}

/** UTF-16 with its mark. */
export const isWide = (bytes: Buffer): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/** Whether text of that name's charset can be decoded. */
export function isCharset(name: string): boolean {
  return name.length <= 40 && iconv.encodingExists(name);
}

const guess = (bytes: Buffer): string => (isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1'));

/** Raw 8-bit text (RFC 6532, or a sender that encodes nothing), given as latin1: UTF-8 where it is valid, else latin1. */
export function decodeRaw(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1) || /[^\x00-\xff]/.test(latin1)) return latin1;
  return guess(Buffer.from(latin1, 'latin1'));
}
