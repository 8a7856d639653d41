import pg from 'pg';

/** bigint columns hold UIDs, sizes and numbers far below 2^53: read as numbers, except where a row says otherwise. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? (text: string) => Number(text)
      : oid === pg.types.builtins.DATE
        ? (text: string) => text
        : pg.types.getTypeParser(oid, format ?? 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** Connections work as `interpro_service`, which may not change what is immutable. */
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
  // A connection that breaks is replaced at the next use; the use itself reports what is wrong. One that breaks while it
  // is lent out and between two questions has nobody else who listens, and an unheard error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

export const inTransaction = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  between(pool, 'begin', work);

/** Several questions about one moment. */
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

/** Connection loss, shutdown, shortage: the database will be back, the work was not wrong (SQLSTATE 08, 53, 57, 55P03, 40). */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (/^(08|53|57|40)/.test(code) || code === '55P03' || code === '25P03') return true;
    return /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NETUNREACH)|^ENOTFOUND$/.test(code);
  }
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
}

export async function serverVersion(pool: pg.Pool): Promise<{ readonly name: string; readonly number: number }> {
  const { rows } = await pool.query<{ name: string; number: number }>(
    `select current_setting('server_version') as name, current_setting('server_version_num')::int as number`,
  );
  return rows[0] ?? { name: 'unknown', number: 0 };
}
