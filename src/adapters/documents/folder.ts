import { rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sha256 as digestOf } from '../../kernel/digest.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { DocumentStore, Kept, StoreOptions } from './document-store.ts';
import { DurableFiles } from './durable-files.ts';
import { folderInventory } from './folder-inventory.ts';
import { checkSize, stagedFile, writeStream } from './staged-file.ts';
import { toDocumentsError } from './to-documents-error.ts';

/** Documents as files below `root`; see DurableFiles for what makes them durable. */
export async function folderDocuments(root: string, options: StoreOptions = {}): Promise<DocumentStore> {
  const maxBytes = options.maxBytes ?? LIMITS.mailBytes;
  const files = new DurableFiles(root);
  const { checked } = files;
  const leftoversRemoved = await files.open().catch((error: unknown) => {
    throw toDocumentsError(error);
  });
  return {
    ...folderInventory(files),
    leftoversRemoved,
    adopt: (path, kept) => files.adopt(path, kept),
    stage(bytes) {
      const path = files.temporaryPath();
      return stagedFile(path, bytes, maxBytes, (kept) => files.adopt(path, kept));
    },
    probe: () => probeFile(files.temporaryPath()),
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
      const places = [files.place(sha256), files.asidePlace(sha256)];
      return (await Promise.all(places.map((path) => stat(path).catch(() => null)))).some((found) => found !== null);
    },
    verify: (sha256) => checked.isSound(sha256),
    described: async () => `${root} can be written`,
    close: () => undefined,
  };
}

/** Rejects with the reason when no file can be made at `path`; leaves none. */
export async function probeFile(path: string): Promise<void> {
  try {
    await writeFile(path, 'x', { flag: 'wx', mode: 0o640 });
  } catch (error) {
    throw toDocumentsError(error);
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

async function keepBuffer(files: DurableFiles, bytes: Buffer, maxBytes: number): Promise<Kept> {
  checkSize(bytes.length, maxBytes);
  const kept = { sha256: digestOf(bytes), size: bytes.length };
  if (await files.present(kept)) return kept;
  await files.write(true, async (file) => {
    await file.writeFile(bytes);
    return kept;
  });
  return kept;
}
