import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { errorCode } from '../../kernel/thrown.ts';
import type { ByteRange } from '../../service/documents/documents.ts';
import { type ByteSource, CheckedBytes } from './checked-bytes.ts';
import { DirectorySync } from './directory-sync.ts';
import type { Kept } from './document-store.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';
import { toDocumentsError } from './to-documents-error.ts';

const PIECE = 256 * 1024;

/**
 * Files `ab/<sha256>` below one folder: its 256 subfolders soon all exist, and a new one costs as much as a document. A name
 * is only ever a digest, never something from outside. Order of durability: bytes to a temporary file of the same file
 * system, fsync, rename, fsync of the directory. A file under its digest is therefore complete, whatever happens in
 * between, and several processes may share the folder.
 */
export class DurableFiles implements ByteSource {
  readonly root: string;
  readonly #temporary: string;
  readonly asideFolder: string;
  readonly #directories = new DirectorySync();
  /** These files, held against their names while they are read. */
  readonly checked = new CheckedBytes(this);

  constructor(root: string) {
    this.root = root;
    this.#temporary = join(root, 'tmp');
    this.asideFolder = join(root, 'aside');
  }

  /** Makes the folder and removes temporary files of processes that ended; gives their number. */
  async open(): Promise<number> {
    await mkdir(this.#temporary, { recursive: true });
    await this.#directories.sync(this.root);
    return removeLeftovers(this.#temporary, new Date());
  }

  place(digest: Sha256): string {
    if (!isSha256(digest)) throw new RangeError('not a SHA-256');
    return join(this.root, digest.slice(0, 2), digest);
  }

  async whole(digest: Sha256): Promise<Buffer> {
    const path = this.place(digest);
    try {
      return await readFile(path).catch(async (error: unknown) => {
        if (errorCode(error) === 'ENOENT' && (await this.bringBack(digest))) return readFile(path);
        throw error;
      });
    } catch (error) {
      throw toDocumentsError(error);
    }
  }

  async *pieces(digest: Sha256, range: ByteRange | null): AsyncGenerator<Buffer> {
    const path = this.place(digest);
    const part = range === null ? {} : { start: range.start, end: range.end - 1 };
    try {
      if ((await stat(path).catch(() => null)) === null) await this.bringBack(digest);
      yield* createReadStream(path, { highWaterMark: PIECE, ...part });
    } catch (error) {
      throw toDocumentsError(error);
    }
  }

  /** What was set aside as an orphan is none: somebody asks for it. False: it was not. */
  async bringBack(digest: Sha256): Promise<boolean> {
    const aside = this.asidePlace(digest);
    if ((await stat(aside).catch(() => null)) === null) return false;
    await this.moveInto(aside, this.place(digest));
    return true;
  }

  asidePlace(digest: Sha256): string {
    return join(this.asideFolder, basename(this.place(digest)));
  }

  temporaryPath(): string {
    return join(this.#temporary, temporaryName());
  }

  /** True when the file is there already, as it was; then at most its name still has to be made durable. */
  async present({ sha256, size }: Kept): Promise<boolean> {
    const path = this.place(sha256);
    const found = await stat(path).catch(() => null);
    if (found === null || found.size !== size || !(await this.checked.isSound(sha256))) return false;
    // It counts as new: its row is still to be written, and what is old without one may be swept away.
    if (!(await touched(path))) return false;
    await this.#directories.sync(dirname(path));
    return true;
  }

  /** `isNew`: it is known already that no such file is there. */
  async write(isNew: boolean, write: (file: FileHandle) => Promise<Kept>): Promise<Kept> {
    const path = this.temporaryPath();
    const file = await open(path, 'wx', 0o640);
    try {
      let kept: Kept;
      try {
        kept = await write(file);
        // A stream is known only now; a buffer was looked for before.
        if (!isNew && (await this.present(kept))) {
          await rm(path, { force: true });
          return kept;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await this.moveInto(path, this.place(kept.sha256));
      return kept;
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Takes a finished file over; false when it is gone. */
  async adopt(path: string, kept: Kept): Promise<boolean> {
    try {
      if (await this.present(kept)) await rm(path, { force: true });
      else await this.moveInto(path, this.place(kept.sha256));
      return true;
    } catch (error) {
      // Another process was quicker to take it over or to remove it.
      if (errorCode(error) === 'ENOENT') return await this.present(kept);
      throw toDocumentsError(error);
    }
  }

  async moveInto(from: string, to: string): Promise<void> {
    const directory = dirname(to);
    try {
      await rename(from, to);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      await mkdir(directory, { recursive: true });
      await rename(from, to);
      // Whichever process made it: the new directory's own name must be durable too.
      await this.#directories.sync(this.root);
    }
    await this.#directories.sync(directory);
  }
}

/** False: it is gone. */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
