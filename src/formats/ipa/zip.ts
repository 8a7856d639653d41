import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';

/** A spreadsheet of one sheet has about a dozen parts. */
const MOST_PARTS = 1_000;

/** One file inside a ZIP that is held in memory. */
export interface ZipPart {
  readonly name: string;
  readonly zip: ZipFile;
  readonly entry: Entry;
}

const broken = (detail: string): IndexFileError => new IndexFileError('index-unreadable', 0, `XLSX: ${detail}`);

/** The directory of the ZIP. Throws IndexFileError. */
export async function zipParts(bytes: Buffer): Promise<ReadonlyMap<string, ZipPart>> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, autoClose: false }).catch(() => {
    throw new IndexFileError('index-truncated', 0, "XLSX: l'indice del file ZIP manca");
  });
  if (zip.entryCount > MOST_PARTS) throw broken('contiene troppe parti');
  const parts = new Map<string, ZipPart>();
  try {
    for await (const entry of zip.eachEntry()) parts.set(entry.fileName, { name: entry.fileName, zip, entry });
  } catch {
    throw broken("l'indice del file ZIP non è leggibile");
  }
  return parts;
}

/**
 * The part's bytes. The declared sizes are not relied on: more than `limit`, or an expansion that no honest spreadsheet
 * has, is refused on the way.
 */
export async function* inflated({ name, zip, entry }: ZipPart, limit: number): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) throw broken('è cifrato');
  if (!entry.canDecodeFileData()) throw broken(`la parte ${name} usa una compressione sconosciuta`);
  const most = Math.min(limit, Math.max(1024 * 1024, entry.compressedSize * IPA_LIMITS.expansion));
  let stream: Readable | null = null;
  let size = 0;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const piece of stream as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > most) throw new IndexFileError('index-too-large', 0, `XLSX: ${name} si espande oltre ${most} byte`);
      yield piece;
    }
  } catch (error) {
    if (error instanceof IndexFileError) throw error;
    throw broken(`la parte ${name} è danneggiata`);
  } finally {
    stream?.destroy();
  }
}
