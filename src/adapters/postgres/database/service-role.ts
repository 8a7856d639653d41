import pg from 'pg';
import { errorCode } from '../../../kernel/thrown.ts';

const ROLE = 'interpro_service';
const OLDEST = 160_000;
const NOT_ALLOWED = '42501';
/** Another database of the cluster made the role at the same moment. */
const EXISTS = new Set(['42710', '23505']);

/** The server's version. Rejects where it is older than the service can work with. */
export async function supportedServer(connection: pg.Client | pg.Pool): Promise<string> {
  const { rows } = await connection.query<{ name: string; number: number }>(
    `select current_setting('server_version') as name, current_setting('server_version_num')::int as number`,
  );
  const { name = 'unknown', number = 0 } = rows[0] ?? {};
  if (number < OLDEST) throw new Error(`PostgreSQL ${name} is too old: 16 is the oldest that works`);
  return name;
}

/**
 * Makes the role under which the service works, and lets `login` and the migrating user take it. Whoever makes a role
 * administers it but may not take it (PostgreSQL 16): membership alone does not tell. A restored database may also lie in
 * a cluster that has never seen the role. Rejects with what a superuser has to do where this user may not.
 */
export async function prepareServiceRole(client: pg.Client, login: string): Promise<void> {
  const known = await client.query('select from pg_roles where rolname = $1', [ROLE]);
  const { rows } = await client.query<{ name: string }>('select current_user as name');
  const logins = [...new Set([rows[0]?.name ?? login, login])];
  if (known.rows.length === 0) await allowed(client, `create role ${ROLE} nologin`, 'may not create roles', logins);
  for (const name of logins) {
    const may = await client.query<{ yes: boolean }>("select pg_has_role($1, $2, 'set') as yes", [name, ROLE]);
    if (may.rows[0]?.yes !== true)
      await allowed(client, granting(name), `may not let ${name} work as ${ROLE}`, logins, known.rows.length > 0);
  }
}

const granting = (name: string): string => `grant ${ROLE} to ${pg.escapeIdentifier(name)}`;

async function allowed(
  client: pg.Client,
  statement: string,
  complaint: string,
  logins: readonly string[],
  isMade = false,
): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (EXISTS.has(errorCode(error))) return;
    if (errorCode(error) !== NOT_ALLOWED) throw error;
    const steps = [...(isMade ? [] : [`create role ${ROLE} nologin`]), ...logins.map(granting)];
    throw new Error(`the database user ${complaint}; as a superuser: ${steps.join('; ')};`, { cause: error });
  }
}
