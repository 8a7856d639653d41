import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FolderDocuments, folderDocuments } from './folder.ts';

/**
 * The document store for the command line. What another user writes there the service cannot read, and the mail would be
 * registered and never leave: so only its owner writes. Rejects otherwise.
 */
export async function ownDocuments(dataFolder: string): Promise<FolderDocuments> {
  const folder = join(dataFolder, 'documents');
  const documents = await folderDocuments(folder);
  const { uid } = await stat(folder);
  const own = process.getuid?.() ?? uid;
  if (uid !== own)
    throw new Error(`${folder} belongs to the user with the id ${uid}: run this as that user (sudo -u …)`);
  return documents;
}
