import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sha256 } from '../../kernel/ids.ts';
import { errorCode } from '../../kernel/thrown.ts';
import type { PartFiles, PartWriter } from '../../service/uploads/part-files.ts';
import { DirectorySync } from './directory-sync.ts';
import type { DocumentStore } from './document-store.ts';
import { toDocumentsError } from './to-documents-error.ts';

/** Digests under way that are remembered; what is forgotten costs reading one file again. */
const MOST_DIGESTS = 512;
const ID = /^[0-9a-f-]{36}$/;

/** A digest of the first `size` bytes as `writer` wrote them. */
interface Running {
  readonly hash: Hash;
  readonly size: number;
  readonly writer: string;
}

/**
 * Part files `uploads/<id>.part` in the folder of the documents, so that one that is used is moved and not copied. Who may
 * write is not decided here. Several processes may share the folder; each knows the digests of what it wrote itself.
 */
export async function folderPartFiles(root: string, documents: Pick<DocumentStore, 'adopt'>): Promise<PartFiles> {
  const folder = join(root, 'uploads');
  await mkdir(folder, { recursive: true }).catch(rethrow);
  const directories = new DirectorySync();
  await directories.sync(root).catch(rethrow);
  const running = new Map<string, Running>();
  const place = (uploadId: string): string => {
    if (!ID.test(uploadId)) throw new RangeError('not an upload');
    return join(folder, `${uploadId}.part`);
  };

  return {
    async open(uploadId, offset, writtenBy, writer) {
      const path = place(uploadId);
      const known = running.get(uploadId);
      running.delete(uploadId);
      const file = await openAt(path, offset).catch(rethrow);
      if (file === null) return null;
      // A new file's name must be as durable as its bytes.
      if (offset === 0) await directories.sync(folder).catch(rethrow);
      const hash =
        offset === 0
          ? createHash('sha256')
          : known !== undefined && known.size === offset && known.writer === writtenBy
            ? known.hash
            : null;
      return new PartFile({ path, file }, offset, hash, (end) => {
        const [oldest] = running.keys();
        if (running.size >= MOST_DIGESTS && oldest !== undefined) running.delete(oldest);
        running.set(uploadId, { ...end, writer });
      });
    },
    async remove(uploadId) {
      running.delete(uploadId);
      await rm(place(uploadId), { force: true }).catch(rethrow);
    },
    keep: (uploadId, document) => documents.adopt(place(uploadId), document),
    async removeAbandoned(before, limit) {
      let removed = 0;
      for (const name of await readdir(folder).catch(rethrow)) {
        if (removed >= limit) break;
        const path = join(folder, name);
        const found = await stat(path).catch(() => null);
        if (found === null || !found.isFile() || found.mtimeMs >= before.getTime()) continue;
        await rm(path, { force: true }).catch(rethrow);
        removed += 1;
      }
      return removed;
    },
  };
}

function rethrow(error: unknown): never {
  throw toDocumentsError(error);
}

/** The file cut at `offset`; null when it is shorter. A new one is made only for offset 0. */
async function openAt(path: string, offset: number): Promise<FileHandle | null> {
  let file: FileHandle;
  try {
    file = await open(path, offset === 0 ? 'w+' : 'r+', 0o640);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && offset > 0) return null;
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size > offset) await file.truncate(offset);
    if (size >= offset) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return null;
}

interface Place {
  readonly path: string;
  readonly file: FileHandle;
}

class PartFile implements PartWriter {
  readonly #place: Place;
  readonly #remember: (end: { hash: Hash; size: number }) => void;
  #hash: Hash | null;
  #size: number;
  #closed = false;

  constructor(place: Place, size: number, hash: Hash | null, remember: (end: { hash: Hash; size: number }) => void) {
    this.#place = place;
    this.#size = size;
    this.#hash = hash;
    this.#remember = remember;
  }

  get size(): number {
    return this.#size;
  }

  async write(piece: Buffer): Promise<void> {
    try {
      for (let from = 0; from < piece.length; ) {
        const { bytesWritten } = await this.#place.file.write(piece, from, piece.length - from, this.#size + from);
        from += bytesWritten;
      }
    } catch (error) {
      // How much of it is there is not known: the digest in memory is of no use any more.
      this.#hash = null;
      throw toDocumentsError(error);
    }
    this.#hash?.update(piece);
    this.#size += piece.length;
  }

  async sync(): Promise<void> {
    await this.#place.file.datasync().catch(rethrow);
  }

  async digest(): Promise<Sha256> {
    const running = this.#hash;
    this.#hash = null;
    if (running !== null) return running.digest('hex') as Sha256;
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.#place.path), hash).catch(rethrow);
    return hash.digest('hex') as Sha256;
  }

  async empty(): Promise<void> {
    await this.#place.file.truncate(0).catch(rethrow);
    this.#size = 0;
    this.#hash = createHash('sha256');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#place.file.close();
    if (this.#hash !== null) this.#remember({ hash: this.#hash, size: this.#size });
  }
}
