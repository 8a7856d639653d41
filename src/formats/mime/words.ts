import { decodeCharset, decodeRaw } from '../charset/decode-charset.ts';

/** One encoded word (RFC 2047 §2, with the language of RFC 2231 §5). `?` ends each field, so the search is linear. */
const WORD = /=\?([^?\s]{1,64})\?([bq])\?([^?]*)\?=/gi;

const unquote = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/_/g, ' ')
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/**
 * A header value as a person reads it (RFC 2047). White space between adjacent words vanishes (§6.2). The bytes of adjacent
 * words in one charset are joined before decoding, because many senders split a character between two words.
 */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return decodeRaw(value);
  const out: string[] = [];
  let at = 0;
  let run: { charset: string; bytes: Buffer[] } | null = null;
  const flush = () => {
    if (run) out.push(decodeCharset(Buffer.concat(run.bytes), run.charset));
    run = null;
  };
  for (const match of value.matchAll(WORD)) {
    const between = value.slice(at, match.index);
    const charset = (match[1] ?? '').replace(/\*.*$/, '').toLowerCase();
    const text = match[3] ?? '';
    const bytes = match[2]?.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquote(text);
    const adjacent = run !== null && between.trim() === '';
    if (!adjacent) {
      flush();
      out.push(decodeRaw(between));
    }
    const current = run as { charset: string; bytes: Buffer[] } | null;
    if (current && current.charset === charset) current.bytes.push(bytes);
    else {
      flush();
      run = { charset, bytes: [bytes] };
    }
    at = match.index + match[0].length;
  }
  flush();
  out.push(decodeRaw(value.slice(at)));
  return out.join('');
}
