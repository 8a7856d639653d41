/** What `interpro audit` needs of the outside world. */
import { join } from 'node:path';
import { auditMemory } from '../adapters/audit-memory.ts';
import { openDocuments, type StorePlace } from '../adapters/documents/open-documents.ts';
import { openPool } from '../adapters/postgres/database/pool.ts';
import { postgresHeads } from '../adapters/postgres/heads.ts';
import { postgresStoredFiles } from '../adapters/postgres/queries/stored-files.ts';
import { postgresViews } from '../adapters/postgres/queries/views.ts';
import { openSecrets } from '../adapters/secrets/open.ts';
import { folderWitness } from '../adapters/witness/folder.ts';
import type { FilesToRead } from '../service/administration/verify-files.ts';
import type { Documents } from '../service/documents/documents.ts';
import type { Views } from '../service/queries/views.ts';
import type { WitnessDeps } from '../service/register/witness.ts';

/** What it takes to check the audit chains, the witness of their ends, and every stored file. */
export interface AuditDeps {
  readonly views: Views;
  readonly witness: Omit<WitnessDeps, 'log'>;
  readonly stored: FilesToRead;
  /** Opened when it is asked for: registrations alone need none. */
  documents(): Promise<Documents>;
  readonly memory: ReturnType<typeof auditMemory>;
}

export interface AuditPlace extends StorePlace {
  readonly databaseUrl: string;
  readonly places: readonly string[];
  readonly secretKeys: readonly Uint8Array[];
  /** Where a local region keeps its key; null: a service, which names its own or cannot go on after an interruption. */
  readonly keyFolder: string | null;
}

/** Lends what it takes to audit. Only how far it came is written. */
export async function withAudit<T>(
  { databaseUrl, places, secretKeys, keyFolder, ...place }: AuditPlace,
  work: (deps: AuditDeps) => Promise<T>,
): Promise<T> {
  const pool = openPool(databaseUrl, 'interpro cli', 2);
  try {
    const secrets = await openSecrets(secretKeys, keyFolder);
    return await work({
      views: postgresViews(pool),
      witness: { files: folderWitness(places), store: postgresHeads(pool) },
      stored: postgresStoredFiles(pool),
      documents: () => openDocuments(place),
      memory: auditMemory(join(place.dataFolder, 'audit'), secrets),
    });
  } finally {
    await pool.end();
  }
}
