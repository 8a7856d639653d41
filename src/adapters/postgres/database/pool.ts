import pg from 'pg';
import { errorCode } from '../../../kernel/thrown.ts';

/** bigint columns hold UIDs, sizes and counters far below 2^53: they are read as numbers. Dates stay text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? (text: string) => Number(text)
      : oid === pg.types.builtins.DATE
        ? (text: string) => text
        : pg.types.getTypeParser(oid, format ?? 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** The role `interpro_service` may not change immutable rows. */
const OPTIONS =
  '-c role=interpro_service -c timezone=UTC -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s';

export function openPool(connectionString: string, name: string, size = 6): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: size,
    application_name: name,
    options: OPTIONS,
    types,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // The query that fails reports what is wrong, and a broken connection is replaced at the next use. Without these
  // listeners, an error between two queries would be unheard and end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

export const inTransaction = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  between(pool, 'begin', work);

/** Several queries that see the database at one moment. */
export const snapshot = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  between(pool, 'begin isolation level repeatable read read only', work);

async function between<T>(pool: pg.Pool, begin: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Lost connections, shutdown, shortage, conflicts (SQLSTATE 08, 53, 57, 40, 55P03, 25P03): the same work may succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  if (code !== '') {
    if (/^(08|53|57|40)/.test(code) || code === '55P03' || code === '25P03') return true;
    return /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NETUNREACH)|^ENOTFOUND$/.test(code);
  }
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
}

/** Whether the login could undo what `interpro_service` may not: it owns the tables, or is a superuser. */
export async function ownsDatabase(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ yes: boolean }>(
    `select pg_has_role(session_user, relowner, 'member') as yes from pg_class where oid = to_regclass('registration')`,
  );
  return rows[0]?.yes ?? false;
}
