/** What `interpro documents` needs of the outside world. */
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { StorePlace } from '../adapters/documents/open-documents.ts';
import { ownDocuments } from '../adapters/documents/own-documents.ts';
import { openPool } from '../adapters/postgres/database/pool.ts';
import { mentionedDigests } from '../adapters/postgres/mentioned-digests.ts';
import type { SweepDeps } from '../service/documents/sweep.ts';

/** Lends the document store and what the whole database mentions. */
export async function withSweep<T>(
  { ownerUrl, ...place }: StorePlace & { readonly ownerUrl: string },
  work: (deps: SweepDeps & { readonly store: DocumentStore }) => Promise<T>,
): Promise<T> {
  const store = await ownDocuments(place);
  const pool = openPool(ownerUrl, 'interpro cli', 1);
  try {
    return await work({ store, mentioned: mentionedDigests(pool) });
  } finally {
    store.close();
    await pool.end();
  }
}
