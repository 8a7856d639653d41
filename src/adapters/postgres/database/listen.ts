import pg from 'pg';

/**
 * A connection of its own that hears notifications. When it was lost, what was said meanwhile is not known: the listener
 * is called once it is back.
 */
export async function listen(
  pool: pg.Pool,
  channel: string,
  listener: (payload: string) => void,
): Promise<() => Promise<void>> {
  const { connectionString, application_name } = pool.options as { connectionString: string; application_name: string };
  let stopped = false;
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({ connectionString, application_name: `${application_name} listen`, keepAlive: true });
    client = fresh;
    fresh.on('notification', ({ payload }) => listener(payload ?? ''));
    fresh.on('error', () => undefined);
    fresh.on('end', () => {
      if (!stopped)
        retry = setTimeout(
          () =>
            void connect().then(
              () => listener(''),
              () => undefined,
            ),
          2_000,
        );
    });
    await fresh.connect();
    await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
  };
  try {
    await connect();
  } catch (error) {
    // Whoever asked is told, and nothing goes on trying behind its back.
    stopped = true;
    clearTimeout(retry);
    throw error;
  }
  return async () => {
    stopped = true;
    clearTimeout(retry);
    await client?.end().catch(() => undefined);
  };
}
