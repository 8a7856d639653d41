import { decode, encodingExists } from 'iconv-lite';
import addressparser from 'nodemailer/lib/addressparser';
import type { ReceiptType } from './daticert.ts';
import type { HeaderPair } from './mail-text.ts';

/**
 * What a provider reads of a submitted message. Deliberately not the service's own reader: the sandbox is the other side
 * of the wire.
 */
export interface Submission {
  readonly bytes: Buffer;
  /** As they were written, folding included (latin1). */
  readonly headers: readonly HeaderPair[];
  /** Offset of the body. */
  readonly bodyStart: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly hasBcc: boolean;
  /** Decoded. */
  readonly subject: string;
  readonly messageId: string | null;
  readonly receiptType: ReceiptType;
  /** False when the bytes are not a message. */
  readonly wellFormed: boolean;
}

export function readSubmission(raw: Buffer): Submission {
  const bytes = withCrlf(raw);
  const { headers, bodyStart, wellFormed } = readHeaders(bytes, 0, bytes.length);
  const wanted = headerValue(headers, 'x-tiporicevuta').trim().toLowerCase();
  return {
    bytes,
    headers,
    bodyStart,
    from: addresses(headers, 'from'),
    to: addresses(headers, 'to'),
    cc: addresses(headers, 'cc'),
    hasBcc: headerValue(headers, 'bcc').trim() !== '',
    subject: decodeHeaderText(headerValue(headers, 'subject')),
    messageId: /<[^<>\s]{1,990}>/.exec(headerValue(headers, 'message-id'))?.[0] ?? null,
    receiptType: wanted === 'breve' || wanted === 'sintetica' ? wanted : 'completa',
    wellFormed,
  };
}

/** Lone line feeds become CRLF: what a provider signs must survive every relay. */
export function withCrlf(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] !== 13) return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
  }
  return bytes;
}

interface HeaderPart {
  readonly headers: readonly HeaderPair[];
  readonly bodyStart: number;
  readonly wellFormed: boolean;
}

export function readHeaders(bytes: Buffer, start: number, end: number): HeaderPart {
  const region = bytes.subarray(start, end);
  const separator = region.indexOf('\r\n\r\n', 0, 'latin1');
  if (region[0] === 13 && region[1] === 10) return { headers: [], bodyStart: start + 2, wellFormed: false };
  if (separator < 0) return { headers: [], bodyStart: end, wellFormed: false };
  const headers: HeaderPair[] = [];
  let wellFormed = true;
  for (const line of region.toString('latin1', 0, separator).split('\r\n')) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last) headers[headers.length - 1] = [last[0], `${last[1]}\r\n${line}`];
    else {
      const colon = line.indexOf(':');
      if (colon > 0 && /^[\x21-\x39\x3b-\x7e]+$/.test(line.slice(0, colon))) {
        headers.push([line.slice(0, colon), line.slice(colon + 1).trimStart()]);
      } else if (line !== '') wellFormed = false;
    }
  }
  return { headers, bodyStart: start + separator + 4, wellFormed };
}

export const headerValue = (headers: readonly HeaderPair[], name: string): string =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1].replace(/\r\n[ \t]/g, ' ') ?? '';

const addresses = (headers: readonly HeaderPair[], name: string): readonly string[] =>
  headers
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => addressparser(value.replace(/\r\n[ \t]/g, ' '), { flatten: true }))
    .map(({ address }) => address.toLowerCase())
    .filter((address) => address !== '');

/** Decodes the words of RFC 2047. Raw 8-bit text is UTF-8 where it is valid, else latin1. */
export function decodeHeaderText(value: string): string {
  const words = value.replace(/\?=[ \t]+=\?/g, '?==?');
  const decoded = words.replace(
    /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi,
    (word, charset: string, kind: string, data: string) => {
      if (!encodingExists(charset)) return word;
      if (kind.toLowerCase() === 'b') return decode(Buffer.from(data, 'base64'), charset);
      const octets = data
        .replaceAll('_', ' ')
        .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return decode(Buffer.from(octets, 'latin1'), charset);
    },
  );
  if (!/[\x80-\xff]/.test(value)) return decoded;
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? decoded : utf8;
}
