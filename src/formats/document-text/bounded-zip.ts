import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { LIMITS } from '../../kernel/limits.ts';
import { DocumentTextError } from './document-text-error.ts';

/** Little packs well: the ratio counts above this. */
const FREE_BYTES = 1024 * 1024;

/**
 * The ZIP below an office document. What the directory says of sizes is not relied on: what really comes out is counted,
 * of one entry and of all. Throws DocumentTextError.
 */
export class BoundedZip {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  #inflated = 0;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  static async open(bytes: Buffer): Promise<BoundedZip> {
    try {
      const zip = await fromBufferPromise(bytes, { lazyEntries: true, autoClose: false });
      if (zip.entryCount > LIMITS.textZipEntries) throw new DocumentTextError('text-expands');
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      return new BoundedZip(zip, entries);
    } catch (error) {
      throw error instanceof DocumentTextError ? error : new DocumentTextError('text-damaged');
    }
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Nothing for an entry that is not there. */
  async *inflate(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    if (entry.isEncrypted()) throw new DocumentTextError('text-encrypted');
    if (!entry.canDecodeFileData()) throw new DocumentTextError('text-damaged');
    const most = Math.min(LIMITS.textZipEntryBytes, Math.max(FREE_BYTES, entry.compressedSize * LIMITS.textZipRatio));
    let stream: Readable | null = null;
    let size = 0;
    try {
      stream = await this.#zip.openReadStreamPromise(entry);
      for await (const piece of stream as AsyncIterable<Buffer>) {
        size += piece.length;
        this.#inflated += piece.length;
        if (size > most || this.#inflated > LIMITS.textZipBytes) throw new DocumentTextError('text-expands');
        yield piece;
      }
    } catch (error) {
      throw error instanceof DocumentTextError ? error : new DocumentTextError('text-damaged');
    } finally {
      stream?.destroy();
    }
  }
}
