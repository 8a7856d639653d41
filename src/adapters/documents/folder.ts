import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 as digestOf, isSha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { errorCode } from '../../kernel/thrown.ts';
import {
  type ByteRange,
  type Documents,
  DocumentsError,
  type StagedDocument,
  type Staging,
} from '../../service/documents/documents.ts';
import { DirectorySync } from './directory-sync.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';
import { toDocumentsError } from './to-documents-error.ts';

export type Kept = { readonly sha256: Sha256; readonly size: number };

export interface FolderDocuments extends Documents, Staging {
  /** Reads the file again and compares; false when it is damaged. Rejects with `missing` when there is none. */
  verify(sha256: Sha256): Promise<boolean>;
  /**
   * Takes over a complete and synced file of the same file system that has this digest. Two who do it at once both get
   * true; false when there is neither the file nor the document.
   */
  adopt(path: string, kept: Kept): Promise<boolean>;
  /** Rejects with the reason when nothing can be written, as `put` would. */
  probe(): Promise<void>;
  /** Half-written files of dead processes that were removed at start. */
  readonly leftoversRemoved: number;
}

export interface FolderOptions {
  readonly maxBytes?: number;
}

/**
 * Documents as files `ab/<sha256>` below one folder: 256 folders are soon all there, and every new one costs as much as
 * a document does. A name is only ever a digest, never something from outside.
 * Order of durability: bytes to a temporary file of the same file system, fsync, rename, fsync of the directory: a file
 * under its digest is complete, whatever happens in between, and several processes may share the folder.
 */
export async function folderDocuments(root: string, options: FolderOptions = {}): Promise<FolderDocuments> {
  const temporary = join(root, 'tmp');
  const maxBytes = options.maxBytes ?? LIMITS.mailBytes;
  const directories = new DirectorySync();
  try {
    await mkdir(temporary, { recursive: true });
    await directories.sync(root);
  } catch (error) {
    throw toDocumentsError(error);
  }
  const leftoversRemoved = await removeLeftovers(temporary, new Date());
  const place = (digest: Sha256): string => {
    if (!isSha256(digest)) throw new RangeError('not a SHA-256');
    return join(root, digest.slice(0, 2), digest);
  };

  async function keepBuffer(bytes: Buffer): Promise<Kept> {
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    const kept = { sha256: digestOf(bytes), size: bytes.length };
    if (await present(kept)) return kept;
    await throughTemporary(true, async (file) => {
      await file.writeFile(bytes);
      return kept;
    });
    return kept;
  }

  async function writeStream(bytes: Readable, file: FileHandle): Promise<Kept> {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(piece);
      for (let from = 0; from < piece.length; ) from += (await file.write(piece, from)).bytesWritten;
    }
    return { sha256: hash.digest('hex') as Sha256, size };
  }

  async function stage(bytes: Readable): Promise<StagedDocument> {
    const path = join(temporary, temporaryName());
    const drop = () => rm(path, { force: true });
    try {
      const file = await open(path, 'wx', 0o640);
      let kept: Kept;
      try {
        kept = await writeStream(bytes, file);
        await file.sync();
      } finally {
        await file.close();
      }
      const keep = async () => {
        if (!(await adopt(path, kept))) throw new DocumentsError('missing', 'a staged document is gone');
      };
      return { ...kept, keep, drop };
    } catch (error) {
      bytes.destroy();
      await drop().catch(() => undefined);
      throw toDocumentsError(error);
    }
  }

  /** True when the file is there already; then only its name may still have to be made durable. */
  async function present({ sha256, size }: Kept): Promise<boolean> {
    const path = place(sha256);
    const found = await stat(path).catch(() => null);
    if (found === null || found.size !== size) return false;
    await directories.sync(dirname(path));
    return true;
  }

  async function throughTemporary(isNew: boolean, write: (file: FileHandle) => Promise<Kept>): Promise<Kept> {
    const path = join(temporary, temporaryName());
    const file = await open(path, 'wx', 0o640);
    try {
      let kept: Kept;
      try {
        kept = await write(file);
        // A stream is known only now; a buffer was looked for before.
        if (!isNew && (await present(kept))) {
          await rm(path, { force: true });
          return kept;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await moveInto(path, place(kept.sha256));
      return kept;
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async function moveInto(from: string, to: string): Promise<void> {
    const directory = dirname(to);
    try {
      await rename(from, to);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      await mkdir(directory, { recursive: true });
      await rename(from, to);
      // Whoever made it: the new directory's own name must be durable too.
      await directories.sync(root);
    }
    await directories.sync(directory);
  }

  async function adopt(path: string, kept: Kept): Promise<boolean> {
    try {
      if (await present(kept)) await rm(path, { force: true });
      else await moveInto(path, place(kept.sha256));
      return true;
    } catch (error) {
      // Somebody else was quicker, to take it over or to remove it.
      if (errorCode(error) === 'ENOENT') return await present(kept);
      throw toDocumentsError(error);
    }
  }

  return {
    leftoversRemoved,
    adopt,
    stage,
    async probe() {
      const path = join(temporary, temporaryName());
      try {
        await writeFile(path, 'x', { flag: 'wx', mode: 0o640 });
      } catch (error) {
        throw toDocumentsError(error);
      } finally {
        await rm(path, { force: true }).catch(() => undefined);
      }
    },
    async put(bytes) {
      try {
        return await (Buffer.isBuffer(bytes)
          ? keepBuffer(bytes)
          : throughTemporary(false, (file) => writeStream(bytes, file)));
      } catch (error) {
        if (bytes instanceof Readable) bytes.destroy();
        throw toDocumentsError(error);
      }
    },
    async read(sha256) {
      const path = place(sha256);
      return await readFile(path).catch((error: unknown) => {
        throw toDocumentsError(error);
      });
    },
    stream: (sha256, range) => Readable.from(fileOf(place(sha256), range), { objectMode: false }),
    async has(sha256) {
      return (await stat(place(sha256)).catch(() => null)) !== null;
    },
    async verify(sha256) {
      const hash = createHash('sha256');
      try {
        await pipeline(createReadStream(place(sha256)), hash);
      } catch (error) {
        throw toDocumentsError(error);
      }
      return hash.digest('hex') === sha256;
    },
  };
}

async function* fileOf(path: string, range: ByteRange | null = null): AsyncGenerator<Buffer> {
  if (range !== null && range.end <= range.start) return;
  try {
    const part = range === null ? {} : { start: range.start, end: range.end - 1 };
    yield* createReadStream(path, { highWaterMark: 256 * 1024, ...part });
  } catch (error) {
    throw toDocumentsError(error);
  }
}

const tooLarge = (maxBytes: number) => new DocumentsError('too-large', `more than ${maxBytes} bytes`);
