import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '../../src/region/local-postgres.ts';

export type PostgresServer = LocalPostgres;

/** A temporary PostgreSQL 18; its folder is removed however the run ends. */
export function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-postgres-'));
  chmodSync(folder, 0o711);
  return startLocalPostgres(folder, { throwAway: true });
}
