import { join } from 'node:path';
import type { DocumentStore } from './document-store.ts';
import { folderDocuments } from './folder.ts';
import type { S3Settings } from './s3-objects.ts';

/** Where the documents of a node lie. */
export interface StorePlace {
  readonly dataFolder: string;
  /** Left out or null: in the data folder. */
  readonly bucket?: S3Settings | null;
}

/** Files and what is on its way lie in this folder in any case. */
export const documentFolder = (dataFolder: string): string => join(dataFolder, 'documents');

export async function openDocuments({ dataFolder, bucket = null }: StorePlace): Promise<DocumentStore> {
  const folder = documentFolder(dataFolder);
  if (bucket === null) return folderDocuments(folder);
  // Its client is large: whoever keeps documents in a folder does not load it.
  const { s3Documents } = await import('./s3.ts');
  return s3Documents(folder, bucket);
}
