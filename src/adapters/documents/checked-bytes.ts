import { createHash } from 'node:crypto';
import { sha256 as digestOf, isSha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ByteRange, DocumentsError } from '../../service/documents/documents.ts';

/** A file is read again as a whole before ranges of it are handed out, unless that was done so lately. */
const LATELY_MS = 60_000;
const MOST_REMEMBERED = 1_000;

/** Bytes as they lie there. Rejects with DocumentsError. */
export interface ByteSource {
  whole(digest: Sha256): Promise<Buffer>;
  pieces(digest: Sha256, range: ByteRange | null): AsyncIterable<Buffer>;
}

/** Bytes held against the digest that names them while they are read: a disk, a server, or somebody on it, may have altered them. */
export class CheckedBytes {
  readonly #source: ByteSource;
  readonly #found = new Map<Sha256, number>();

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async read(digest: Sha256): Promise<Buffer> {
    const bytes = await this.#source.whole(named(digest));
    if (digestOf(bytes) !== digest) throw damaged(digest);
    this.#remember(digest);
    return bytes;
  }

  /** The whole file, or a range of it. Throws at once on a name that is no digest. */
  stream(digest: Sha256, range?: ByteRange): AsyncGenerator<Buffer> {
    named(digest);
    return range === undefined ? this.#whole(digest) : this.#range(digest, range);
  }

  asStored(digest: Sha256): AsyncIterable<Buffer> {
    return this.#source.pieces(named(digest), null);
  }

  async isSound(digest: Sha256): Promise<boolean> {
    const hash = createHash('sha256');
    for await (const piece of this.#source.pieces(named(digest), null)) hash.update(piece);
    return hash.digest('hex') === digest;
  }

  /** The last piece waits until all of it was compared. */
  async *#whole(digest: Sha256): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let held: Buffer | null = null;
    for await (const piece of this.#source.pieces(digest, null)) {
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
    yield* this.#source.pieces(digest, range);
  }

  #remember(digest: Sha256): void {
    if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
    this.#found.set(digest, performance.now());
  }
}

function named(digest: Sha256): Sha256 {
  if (!isSha256(digest)) throw new RangeError('not a SHA-256');
  return digest;
}

const damaged = (digest: Sha256): DocumentsError =>
  new DocumentsError('damaged', `document store: the bytes of '${digest.slice(0, 2)}/${digest}' were altered`);
