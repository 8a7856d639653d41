import { LIMITS } from '../../kernel/limits.ts';

/** One value of BER (X.690) as offsets. Nothing is copied, and what is inside is read only when asked for. */
export interface Ber {
  readonly bytes: Buffer;
  /** Identifier octet with class and constructed bit: 0x30 is a SEQUENCE, 0xa0 a constructed [0]. */
  readonly tag: number;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  /** After the value, end-of-contents octets included. */
  readonly end: number;
  readonly indefinite: boolean;
}

/** Thrown by readers of BER and caught by `attempt`, so that 30 fields do not need 30 branches. */
class BerError extends Error {}

export function malformed(what: string): never {
  throw new BerError(what);
}

/** Runs a reader over bytes from outside: its value, or in Italian why they cannot be read. Bugs still throw. */
export function attempt<T>(read: () => T): { ok: true; value: T } | { ok: false; reason: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof BerError) return { ok: false, reason: error.message };
    throw error;
  }
}

interface Head {
  readonly tag: number;
  readonly from: number;
  /** -1: indefinite. */
  readonly length: number;
}

function headAt(bytes: Buffer, start: number, limit: number): Head {
  if (start + 2 > limit) malformed('dati troncati');
  const tag = bytes[start] ?? 0;
  if ((tag & 0x1f) === 0x1f) malformed('tag ASN.1 non ammesso');
  const first = bytes[start + 1] ?? 0;
  if (first < 0x80) return { tag, from: start + 2, length: first };
  if (first === 0x80) {
    if ((tag & 0x20) === 0) malformed('un valore semplice ha lunghezza indefinita');
    return { tag, from: start + 2, length: -1 };
  }
  const count = first & 0x7f;
  if (count > 6 || start + 2 + count > limit) malformed('una lunghezza non è ammessa');
  let length = 0;
  for (let at = start + 2; at < start + 2 + count; at++) length = length * 256 + (bytes[at] ?? 0);
  return { tag, from: start + 2 + count, length };
}

/** The value at `start`, which must end by `limit`. */
export function berAt(bytes: Buffer, start: number, limit: number): Ber {
  const { tag, from, length } = headAt(bytes, start, limit);
  if (length < 0) {
    const to = endOfContents(bytes, from, limit);
    return { bytes, tag, start, from, to, end: to + 2, indefinite: true };
  }
  if (from + length > limit) malformed('una lunghezza supera la fine dei dati');
  return { bytes, tag, start, from, to: from + length, end: from + length, indefinite: false };
}

/** Ends of long indefinite values by where their contents begin: each level inside would otherwise be read once more. */
const knownEnds = new WeakMap<Buffer, Map<number, number>>();
const LONG = 4096;

/** Where the contents of an indefinite value end. A loop with a stack of its own: nesting cannot exhaust the other one. */
function endOfContents(bytes: Buffer, from: number, limit: number): number {
  const ends = knownEnds.get(bytes) ?? new Map<number, number>();
  const known = ends.get(from);
  if (known !== undefined && known + 2 <= limit) return known;
  const open = [from];
  let at = from;
  for (;;) {
    const { tag, from: contents, length } = headAt(bytes, at, limit);
    if (tag === 0 && length === 0) {
      const start = open.pop() ?? from;
      if (at - start >= LONG) knownEnds.set(bytes, ends.set(start, at));
      if (open.length === 0) return at;
      at = contents;
    } else if (length < 0) {
      if (open.push(contents) > LIMITS.asn1Depth) malformed('troppi livelli ASN.1');
      at = contents;
    } else {
      at = contents + length;
      if (at > limit) malformed('una lunghezza supera la fine dei dati');
    }
  }
}

const MOST_CHILDREN = 10_000;

export function children(node: Ber): Ber[] {
  if ((node.tag & 0x20) === 0) malformed('un valore semplice al posto di uno composto');
  const found: Ber[] = [];
  for (let at = node.from; at < node.to; ) {
    if (found.length >= MOST_CHILDREN) malformed('troppi valori ASN.1');
    const child = berAt(node.bytes, at, node.to);
    found.push(child);
    at = child.end;
  }
  return found;
}

export function expect(node: Ber | undefined, tag: number, what: string): Ber {
  if (node === undefined || node.tag !== tag) malformed(`manca la parte «${what}»`);
  return node;
}

export const contents = (node: Ber): Buffer => node.bytes.subarray(node.from, node.to);
export const encodedBytes = (node: Ber): Buffer => node.bytes.subarray(node.start, node.end);

/** A document of 100 MB in pieces of 1,000 bytes, as some programs write it, has a hundred thousand. */
const MOST_PIECES = 200_000;

/** The octets of an OCTET STRING, in one piece or many (X.690 §8.7), also under an implicit tag. */
export function octets(node: Ber): Buffer {
  if ((node.tag & 0x20) === 0) return contents(node);
  const pieces: Buffer[] = [];
  collect(node, 0, pieces);
  return Buffer.concat(pieces);
}

function collect(node: Ber, depth: number, pieces: Buffer[]): void {
  if (depth > 4) malformed('troppi livelli ASN.1');
  for (let at = node.from; at < node.to; ) {
    const piece = berAt(node.bytes, at, node.to);
    at = piece.end;
    if ((piece.tag & 0x20) !== 0) collect(piece, depth + 1, pieces);
    else if (pieces.push(contents(piece)) > MOST_PIECES) malformed('troppi valori ASN.1');
  }
}

export function readOid(node: Ber | undefined, what = 'identificatore'): string {
  const bytes = contents(expect(node, 0x06, what));
  if (bytes.length === 0 || bytes.length > 64) malformed(`la parte «${what}» non è leggibile`);
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of bytes) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** UTCTime or GeneralizedTime in milliseconds. From 50 on a UTCTime is of the last century (RFC 5280 §4.1.2.5.1). */
export function readAsn1Time(node: Ber | undefined, what: string): number {
  if (node === undefined || (node.tag !== 0x17 && node.tag !== 0x18) || node.to - node.from > 32)
    malformed(`manca la parte «${what}»`);
  const text = contents(node).toString('latin1');
  const pattern = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d{1,9})?(?:Z|([+-])(\d\d)(\d\d))$/;
  const match = pattern.exec(node.tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text);
  if (!match) malformed(`la parte «${what}» non è leggibile`);
  const [, century = '20', year, month, day, hour, minute, second = '0', sign, hours = '0', minutes = '0'] = match;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1) * 60_000;
  return (
    Date.UTC(Number(century + year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) -
    offset
  );
}

/** INTEGER contents as hexadecimal without leading zeros, for comparing serial numbers. */
export const integerHex = (node: Ber): string =>
  contents(node)
    .toString('hex')
    .replace(/^(?:00)+(?=.)/, '');

/** A small INTEGER that is not negative. */
export function smallInteger(node: Ber): number {
  const bytes = contents(node);
  if (bytes.length === 0 || bytes.length > 4 || (bytes[0] ?? 0) > 0x7f) malformed('un numero è fuori dai limiti');
  return bytes.readUIntBE(0, bytes.length);
}
