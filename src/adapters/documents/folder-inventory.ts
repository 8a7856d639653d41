import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isSha256 } from '../../kernel/digest.ts';
import { errorCode } from '../../kernel/thrown.ts';
import type { Inventory, StoredDocument } from '../../service/documents/sweep.ts';
import type { DurableFiles } from './durable-files.ts';
import { toDocumentsError } from './to-documents-error.ts';

const SUBFOLDER = /^[0-9a-f]{2}$/;

export function folderInventory(files: DurableFiles): Inventory {
  return {
    async *list() {
      for (const name of (await namesIn(files.root)).filter((one) => SUBFOLDER.test(one)))
        yield* filesIn(join(files.root, name));
    },
    listAside: () => filesIn(files.asideFolder),
    async setAside(sha256, before) {
      const path = files.place(sha256);
      const aside = files.asidePlace(sha256);
      try {
        await mkdir(files.asideFolder, { recursive: true });
        await rename(path, aside);
        // Looked at only now: whoever found it in its place before has made it young, whoever comes later writes it anew.
        if ((await stat(aside)).mtime >= before) {
          await files.bringBack(sha256);
          return false;
        }
        const now = new Date();
        await utimes(aside, now, now);
        return true;
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return false;
        throw toDocumentsError(error);
      }
    },
    async bringBack(sha256) {
      await files.bringBack(sha256);
    },
    async removeAside(sha256) {
      await rm(files.asidePlace(sha256), { force: true }).catch((error: unknown) => {
        throw toDocumentsError(error);
      });
    },
    async quarantine(sha256, at) {
      const folder = join(files.root, 'damaged');
      await mkdir(folder, { recursive: true });
      await rename(files.place(sha256), join(folder, `${sha256}.${at.getTime()}`)).catch((error: unknown) => {
        throw toDocumentsError(error);
      });
    },
  };
}

async function* filesIn(folder: string): AsyncGenerator<StoredDocument> {
  for (const name of await namesIn(folder)) {
    if (!isSha256(name)) continue;
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isFile()) yield { sha256: name, size: found.size, at: found.mtime };
  }
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw toDocumentsError(error);
  }
}
