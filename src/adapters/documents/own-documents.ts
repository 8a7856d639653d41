import { stat } from 'node:fs/promises';
import type { DocumentStore } from './document-store.ts';
import { documentFolder, openDocuments, type StorePlace } from './open-documents.ts';

/**
 * The document store for the command line. What another user writes there the service cannot read, and the mail would be
 * registered and never leave: so only its owner writes. Rejects otherwise.
 */
export async function ownDocuments(place: StorePlace): Promise<DocumentStore> {
  const documents = await openDocuments(place);
  const folder = documentFolder(place.dataFolder);
  const { uid } = await stat(folder);
  const own = process.getuid?.() ?? uid;
  if (uid !== own)
    throw new Error(`${folder} belongs to the user with the id ${uid}: run this as that user (sudo -u …)`);
  return documents;
}
