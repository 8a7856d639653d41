import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { ownDocuments } from '../../../src/adapters/documents/own-documents.ts';

describe('the documents of the service, for the command line', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interpro-own-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are written by their owner', async () => {
    await expect(ownDocuments({ dataFolder: folder })).resolves.toHaveProperty('read');
  });

  it.skipIf(process.getuid?.() !== 0)('are not written by root where they are those of another user', async () => {
    await folderDocuments(join(folder, 'documents'));
    chownSync(join(folder, 'documents'), 65_534, 65_534);
    await expect(ownDocuments({ dataFolder: folder })).rejects.toThrow(
      /belongs to the user with the id 65534: run this as that user/,
    );
  });
});
