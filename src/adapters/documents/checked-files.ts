import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { sha256 as digestOf } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ByteRange, DocumentsError } from '../../service/documents/documents.ts';
import { toDocumentsError } from './to-documents-error.ts';

/** A file is read again as a whole before ranges of it are handed out, unless that was done so lately. */
const LATELY_MS = 60_000;
const MOST_REMEMBERED = 1_000;
const PIECE = 256 * 1024;

/** Files held against the digest that names them while they are read: a disk, or somebody on it, may have altered them. */
export class CheckedFiles {
  readonly #place: (digest: Sha256) => string;
  readonly #found = new Map<Sha256, number>();

  constructor(place: (digest: Sha256) => string) {
    this.#place = place;
  }

  async read(digest: Sha256): Promise<Buffer> {
    const bytes = await readFile(this.#place(digest)).catch((error: unknown) => {
      throw toDocumentsError(error);
    });
    if (digestOf(bytes) !== digest) throw damaged(digest);
    this.#remember(digest);
    return bytes;
  }

  /** The whole file, or a range of it. Throws at once on a name that is no digest. */
  stream(digest: Sha256, range?: ByteRange): AsyncGenerator<Buffer> {
    this.#place(digest);
    return range === undefined ? this.#whole(digest) : this.#range(digest, range);
  }

  /** The last piece waits until all of it was compared. */
  async *#whole(digest: Sha256): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let held: Buffer | null = null;
    for await (const piece of this.asStored(digest)) {
      hash.update(piece);
      if (held !== null) yield held;
      held = piece;
    }
    if (hash.digest('hex') !== digest) throw damaged(digest);
    if (held !== null) yield held;
  }

  async *#range(digest: Sha256, range: ByteRange): AsyncGenerator<Buffer> {
    if (range.end <= range.start) return;
    const since = this.#found.get(digest);
    if (since === undefined || performance.now() - since > LATELY_MS) {
      if (!(await this.isSound(digest))) throw damaged(digest);
      this.#remember(digest);
    }
    yield* this.asStored(digest, range);
  }

  async *asStored(digest: Sha256, range: ByteRange | null = null): AsyncGenerator<Buffer> {
    const path = this.#place(digest);
    try {
      const part = range === null ? {} : { start: range.start, end: range.end - 1 };
      yield* createReadStream(path, { highWaterMark: PIECE, ...part });
    } catch (error) {
      throw toDocumentsError(error);
    }
  }

  async isSound(digest: Sha256): Promise<boolean> {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(this.#place(digest)), hash);
    } catch (error) {
      throw toDocumentsError(error);
    }
    return hash.digest('hex') === digest;
  }

  #remember(digest: Sha256): void {
    if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
    this.#found.set(digest, performance.now());
  }
}

const damaged = (digest: Sha256): DocumentsError =>
  new DocumentsError('damaged', `document store: the bytes of '${digest.slice(0, 2)}/${digest}' were altered`);
