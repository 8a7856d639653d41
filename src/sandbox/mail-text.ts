import { encodeWords } from 'nodemailer/lib/mime-funcs';
import { legalTime } from '../kernel/clock.ts';

/** Writes mail, with CRLF throughout. Texts are binary strings (latin1) until the end, so that no byte is lost. */
export type HeaderPair = readonly [name: string, value: string];

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * All pieces in one buffer; texts are binary strings. The buffer has memory of its own: small ones share a slab, and a
 * mail that is kept would keep the whole slab.
 */
export function joinPieces(pieces: readonly (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') bytes.write(piece, at, 'latin1');
    else bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Values are written as given; the caller encodes what is not ASCII. A line break, which would forge a header, becomes a space. */
export const headerBlock = (headers: readonly HeaderPair[]): string =>
  headers.map(([name, value]) => `${name}: ${value.replace(/\r(?!\n)|\r?\n(?![ \t])/g, ' ')}\r\n`).join('');

/** Encoded words (RFC 2047) where the text needs them, folded between words. */
export const encodeText = (text: string): string =>
  encodeWords(text.replace(/[\r\n]+/g, ' '), 'Q', 52).replace(/\?= =\?/g, '?=\r\n =?');

export function wrappedBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += 76) lines.push(text.slice(at, at + 76));
  return lines.join('\r\n');
}

/** A multipart body. Each part comes with its headers and the empty line after them. */
export const multipart = (boundary: string, parts: readonly string[]): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface Stamp {
  /** `dd/mm/yyyy`, as in daticert.xml. */
  readonly day: string;
  /** `hh:mm:ss` */
  readonly time: string;
  /** `+0100` */
  readonly zone: string;
  /** RFC 5322 */
  readonly header: string;
  /** `yyyymmddhhmmss` */
  readonly digits: string;
}

let latest: { readonly at: number; readonly stamp: Stamp } | null = null;

/** A moment in Italian legal time, in every form that a provider writes. */
export function stamp(at: Date): Stamp {
  // A mail writes its moment several times, and the time zone is expensive to compute.
  if (latest?.at !== at.getTime()) latest = { at: at.getTime(), stamp: newStamp(at) };
  return latest.stamp;
}

function newStamp(at: Date): Stamp {
  const { date, time } = legalTime(at);
  const [year = '', month = '', day = ''] = date.split('-');
  const local = new Date(`${date}T${time}Z`);
  const minutes = Math.round((local.getTime() - at.getTime()) / 60_000);
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}${two(minutes % 60)}`;
  return {
    day: `${day}/${month}/${year}`,
    time,
    zone,
    header: `${DAYS[local.getUTCDay()]}, ${day} ${MONTHS[Number(month) - 1]} ${year} ${time} ${zone}`,
    digits: `${year}${month}${day}${time.replaceAll(':', '')}`,
  };
}
