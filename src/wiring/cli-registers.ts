import type { StorePlace } from '../adapters/documents/open-documents.ts';
import { ownDocuments } from '../adapters/documents/own-documents.ts';
import { postgresClosedRegisters } from '../adapters/postgres/daily-register/closed-registers.ts';
import { databaseClock } from '../adapters/postgres/database/clock.ts';
import { openPool } from '../adapters/postgres/database/pool.ts';
import { postgresStore } from '../adapters/postgres/store.ts';
import type { CloseDeps } from '../service/daily-register/close-register.ts';
import type { ClosedRegisters } from '../service/daily-register/closed-register.ts';
import type { Documents } from '../service/documents/documents.ts';
import { careful, type ToolsPlace } from './cli.ts';
import { closeDeps } from './daily-register.ts';

/** Lends the closed registers, and what closes and makes them again. */
export async function withDailyRegisters<T>(
  { databaseUrl, witness, ...place }: Pick<ToolsPlace, 'databaseUrl' | 'witness'> & StorePlace,
  work: (deps: CloseDeps & { readonly closed: ClosedRegisters; readonly documents: Documents }) => Promise<T>,
): Promise<T> {
  const documents = await ownDocuments(place);
  const pool = openPool(databaseUrl, 'interpro cli', 4);
  try {
    const store = careful(postgresStore(pool), pool, witness);
    const deps = closeDeps({ pool, store, documents, clock: await databaseClock(pool) });
    return await work({ ...deps, documents, closed: postgresClosedRegisters(pool) });
  } finally {
    await pool.end();
  }
}
