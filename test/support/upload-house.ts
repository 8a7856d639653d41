import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { folderPartFiles } from '../../src/adapters/documents/part-files.ts';
import { postgresUploads } from '../../src/adapters/postgres/uploads/uploads.ts';
import type { AooId } from '../../src/kernel/ids.ts';
import type { PartFiles } from '../../src/service/uploads/part-files.ts';
import type { UploadDeps } from '../../src/service/uploads/upload-lifetime.ts';
import { type House, office, openHouse } from '../adapters/postgres/support.ts';

export interface UploadHouse extends House {
  readonly root: string;
  readonly aoo: AooId;
  readonly other: AooId;
  readonly documents: DocumentStore;
  readonly deps: UploadDeps;
  /** The same folder as another process sees it, without this one's memory. */
  freshFiles(): Promise<PartFiles>;
  /** Moves the clock. */
  pass(milliseconds: number): void;
}

/** Two offices, a document folder and a clock that stands still. */
export async function openUploadHouse(): Promise<UploadHouse> {
  const [one, two] = [office('c_esempio', 'AOO1'), office('c_provaria', 'AOO2')];
  const house = await openHouse([one, two]);
  const root = await mkdtemp(join(tmpdir(), 'interpro-uploads-'));
  const documents = await folderDocuments(root);
  let now = Date.parse('2026-09-20T10:00:00Z');
  return {
    ...house,
    root,
    aoo: one.aoo,
    other: two.aoo,
    documents,
    deps: {
      uploads: postgresUploads(house.pool),
      files: await folderPartFiles(root, documents),
      clock: { now: () => new Date(now) },
    },
    freshFiles: () => folderPartFiles(root, documents),
    pass(milliseconds) {
      now += milliseconds;
    },
    async close() {
      await house.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
