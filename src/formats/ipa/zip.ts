/**
 * The parts of a ZIP that a spreadsheet needs: its directory, and one part at a time, inflated as a stream. The sizes it
 * declares are not believed: what comes out is counted.
 */
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** A spreadsheet of one sheet has about a dozen parts. */
const MOST_PARTS = 1_000;

export interface ZipPart {
  readonly name: string;
  readonly method: number;
  readonly packed: Buffer;
}

const broken = (detail: string): IndexFileError => new IndexFileError('index-unreadable', 0, `XLSX: ${detail}`);

function endOfDirectory(bytes: Buffer): number {
  // The end record is 22 bytes, and a comment of at most 64 KB may follow.
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at -= 1)
    if (bytes.readUInt32LE(at) === END) return at;
  throw new IndexFileError('index-truncated', 0, "XLSX: l'indice del file ZIP manca");
}

/** Throws IndexFileError. */
export function zipParts(bytes: Buffer): ReadonlyMap<string, ZipPart> {
  const end = endOfDirectory(bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count > MOST_PARTS) throw broken('contiene troppe parti');
  const parts = new Map<string, ZipPart>();
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY)
      throw broken("l'indice del file ZIP non è leggibile");
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    if (bytes.readUInt16LE(at + 8) & 1) throw broken('è cifrato');
    const local = bytes.readUInt32LE(at + 42);
    if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL)
      throw broken(`la parte ${name} non è al suo posto`);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    parts.set(name, { name, method: bytes.readUInt16LE(at + 10), packed });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return parts;
}

/** The part's bytes; more than `limit`, or an expansion no honest spreadsheet has, is refused on the way. */
export async function* inflated({ name, method, packed }: ZipPart, limit: number): AsyncGenerator<Buffer> {
  const most = Math.min(limit, Math.max(1024 * 1024, packed.length * IPA_LIMITS.expansion));
  if (method !== STORED && method !== DEFLATED) throw broken(`la parte ${name} usa una compressione sconosciuta`);
  const source = Readable.from([packed]);
  const stream = method === STORED ? source : source.pipe(createInflateRaw());
  let size = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > most) throw new IndexFileError('index-too-large', 0, `XLSX: ${name} si espande oltre ${most} byte`);
      yield piece;
    }
  } catch (error) {
    if (error instanceof IndexFileError) throw error;
    throw broken(`la parte ${name} è danneggiata`);
  } finally {
    source.destroy();
    stream.destroy();
  }
}
