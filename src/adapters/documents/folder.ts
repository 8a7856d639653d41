import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sha256 as digestOf } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import {
  type Documents,
  DocumentsError,
  type StagedDocument,
  type Staging,
} from '../../service/documents/documents.ts';
import { CheckedFiles } from './checked-files.ts';
import { DurableFiles, type Kept } from './durable-files.ts';
import { toDocumentsError } from './to-documents-error.ts';

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

export async function folderDocuments(root: string, options: FolderOptions = {}): Promise<FolderDocuments> {
  const maxBytes = options.maxBytes ?? LIMITS.mailBytes;
  const files = new DurableFiles(root);
  const checked = new CheckedFiles((digest) => files.place(digest));
  const leftoversRemoved = await files.open().catch((error: unknown) => {
    throw toDocumentsError(error);
  });
  return {
    leftoversRemoved,
    adopt: (path, kept) => files.adopt(path, kept),
    stage: (bytes) => stage(files, bytes, maxBytes),
    async probe() {
      const path = files.temporaryPath();
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
          ? keepBuffer(files, bytes, maxBytes)
          : files.write(false, (file) => writeStream(bytes, file, maxBytes)));
      } catch (error) {
        if (bytes instanceof Readable) bytes.destroy();
        throw toDocumentsError(error);
      }
    },
    read: (sha256) => checked.read(sha256),
    stream: (sha256, range) => Readable.from(checked.stream(sha256, range), { objectMode: false }),
    asStored: (sha256) => Readable.from(checked.asStored(sha256), { objectMode: false }),
    async has(sha256) {
      return (await stat(files.place(sha256)).catch(() => null)) !== null;
    },
    verify: (sha256) => checked.isSound(sha256),
  };
}

async function keepBuffer(files: DurableFiles, bytes: Buffer, maxBytes: number): Promise<Kept> {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  const kept = { sha256: digestOf(bytes), size: bytes.length };
  if (await files.present(kept)) return kept;
  await files.write(true, async (file) => {
    await file.writeFile(bytes);
    return kept;
  });
  return kept;
}

async function stage(files: DurableFiles, bytes: Readable, maxBytes: number): Promise<StagedDocument> {
  const path = files.temporaryPath();
  const drop = () => rm(path, { force: true });
  try {
    const file = await open(path, 'wx', 0o640);
    let kept: Kept;
    try {
      kept = await writeStream(bytes, file, maxBytes);
      await file.sync();
    } finally {
      await file.close();
    }
    const keep = async () => {
      if (!(await files.adopt(path, kept))) throw new DocumentsError('missing', 'a staged document is gone');
    };
    return { ...kept, keep, drop };
  } catch (error) {
    bytes.destroy();
    await drop().catch(() => undefined);
    throw toDocumentsError(error);
  }
}

async function writeStream(bytes: Readable, file: FileHandle, maxBytes: number): Promise<Kept> {
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

const tooLarge = (maxBytes: number) => new DocumentsError('too-large', `more than ${maxBytes} bytes`);
