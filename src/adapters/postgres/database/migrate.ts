import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { sha256 } from '../../../kernel/digest.ts';
import { errorMessage } from '../../../kernel/thrown.ts';
import { prepareServiceRole, supportedServer } from './service-role.ts';

const FOLDER = new URL('../../../../migrations/', import.meta.url);
/** An arbitrary constant: two processes must not migrate the same database at once. */
const LOCK = 7_240_311_904;

export interface Migrated {
  readonly applied: readonly string[];
  readonly current: string;
}

/**
 * Applies the numbered migrations that the database lacks, each in a transaction of its own. Running it twice changes
 * nothing. Refuses to go on when the text of a migration changed after it was applied, and on a server that is too old.
 * `ownerUrl` connects as the owner of the database, `serviceUrl` as the login the service works with, often the same.
 */
export async function migrate(ownerUrl: string, serviceUrl = ownerUrl): Promise<Migrated> {
  const names = await migrationNames();
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'interpro migrate' });
  // The query that fails reports what is wrong; an unheard event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await supportedServer(client);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await prepareServiceRole(client, await loginOf(serviceUrl));
    await client.query(`create table if not exists schema_migration (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
    const done = await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration');
    const known = new Map(done.rows.map((row) => [row.name, row.sha256]));
    const applied: string[] = [];
    for (const name of names) {
      const text = await readFile(new URL(name, FOLDER), 'utf8');
      const before = known.get(name);
      if (before === sha256(text)) continue;
      if (before !== undefined) throw new Error(`migration ${name} was changed after it had been applied`);
      await apply(client, name, text);
      applied.push(name);
    }
    return { applied, current: names.at(-1) ?? '' };
  } finally {
    await client.end();
  }
}

/** The user of these connections; the server knows it where the URL does not say. */
async function loginOf(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, application_name: 'interpro migrate' });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('select session_user as name');
    return rows[0]?.name ?? '';
  } finally {
    await client.end();
  }
}

/** What `migrate` would apply. */
export async function pendingMigrations(connectionString: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString, application_name: 'interpro doctor' });
  await client.connect();
  try {
    const known = await client.query("select to_regclass('schema_migration') is not null as yes");
    const done = known.rows[0]?.yes
      ? await client.query<{ name: string }>('select name from schema_migration')
      : { rows: [] };
    const applied = new Set(done.rows.map(({ name }) => name));
    return (await migrationNames()).filter((name) => !applied.has(name));
  } finally {
    await client.end();
  }
}

/** In the order in which they are applied. */
const migrationNames = async (): Promise<string[]> =>
  (await readdir(FOLDER)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();

async function apply(client: pg.Client, name: string, text: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(text);
    await client.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, sha256(text)]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed: ${errorMessage(error)}${hintOf(error)}`, { cause: error });
  }
}

/** What the migration itself says is to be done. */
const hintOf = (error: unknown): string =>
  error instanceof pg.DatabaseError && error.hint !== undefined ? `; ${error.hint}` : '';
