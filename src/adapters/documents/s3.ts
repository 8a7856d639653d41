import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sha256 as digestOf } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Inventory, SETTLED_MS } from '../../service/documents/sweep.ts';
import { CheckedBytes } from './checked-bytes.ts';
import type { DocumentStore, Kept, StoreOptions } from './document-store.ts';
import { DurableFiles } from './durable-files.ts';
import { probeFile } from './folder.ts';
import { objectName, S3Objects, type S3Settings } from './s3-objects.ts';
import { checkSize, stagedFile } from './staged-file.ts';
import { toDocumentsError } from './to-documents-error.ts';

/**
 * Documents in a bucket. A stream becomes a file below `root` first: its digest is its name, and only a file can be sent
 * again. A document is there once it was read back from the server; its row is written afterwards, so a crash in between
 * leaves an object without a row, never a row without its bytes.
 */
export async function s3Documents(
  root: string,
  settings: S3Settings,
  options: StoreOptions = {},
): Promise<DocumentStore> {
  const maxBytes = options.maxBytes ?? LIMITS.mailBytes;
  const files = new DurableFiles(root);
  const objects = new S3Objects(settings);
  const checked = new CheckedBytes(objects);
  const leftoversRemoved = await files.open().catch((error: unknown) => {
    throw toDocumentsError(error);
  });
  const present = async ({ sha256, size }: Kept): Promise<boolean> => {
    const found = await objects.look(sha256);
    // One that is old is written anew: its row is still to come, and what is old without one may be swept away.
    return found?.size === size && Date.now() - found.at.getTime() < YOUNG_MS && (await checked.isSound(sha256));
  };
  const send = async (kept: Kept, body: () => Buffer | Readable): Promise<Kept> => {
    if (!(await present(kept))) await objects.put(kept, body);
    return kept;
  };
  const adopt = async (path: string, kept: Kept): Promise<boolean> => {
    if ((await stat(path).catch(() => null)) === null) return present(kept);
    await send(kept, () => createReadStream(path));
    await rm(path, { force: true });
    return true;
  };
  const stage = (bytes: Readable) => {
    const path = files.temporaryPath();
    return stagedFile(path, bytes, maxBytes, (kept) => adopt(path, kept));
  };
  return {
    ...inventoryOf(objects),
    leftoversRemoved,
    adopt,
    stage,
    async put(bytes) {
      if (Buffer.isBuffer(bytes)) {
        checkSize(bytes.length, maxBytes);
        return send({ sha256: digestOf(bytes), size: bytes.length }, () => bytes);
      }
      const staged = await stage(bytes);
      try {
        await staged.keep();
      } finally {
        await staged.drop();
      }
      return { sha256: staged.sha256, size: staged.size };
    },
    async probe() {
      await probeFile(files.temporaryPath());
      await objects.probe();
    },
    read: (sha256: Sha256) => checked.read(sha256),
    stream: (sha256, range) => Readable.from(checked.stream(sha256, range), { objectMode: false }),
    asStored: (sha256) => Readable.from(checked.asStored(sha256), { objectMode: false }),
    has: async (sha256) => (await objects.look(sha256)) !== null || objects.bringBack(sha256),
    verify: (sha256) => checked.isSound(sha256),
    async described() {
      const { versions, lock } = await objects.protection();
      return `the bucket ${settings.bucket} can be written (versions: ${shown(versions)}, object lock: ${shown(lock)})`;
    },
    close: () => objects.close(),
  };
}

const YOUNG_MS = SETTLED_MS / 2;

const inventoryOf = (objects: S3Objects): Inventory => ({
  list: () => objects.entries('documents'),
  listAside: () => objects.entries('aside'),
  async setAside(sha256, before) {
    const found = await objects.look(sha256);
    return found !== null && found.at < before && objects.move(objectName(sha256), `aside/${sha256}`);
  },
  async bringBack(sha256) {
    await objects.bringBack(sha256);
  },
  removeAside: (sha256) => objects.remove(`aside/${sha256}`),
  async quarantine(sha256, at) {
    await objects.move(objectName(sha256), `damaged/${sha256}.${at.getTime()}`);
  },
});

const shown = (is: boolean | null): string => (is === null ? 'not known' : is ? 'on' : 'off');
