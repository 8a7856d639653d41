import pg from 'pg';

/**
 * Listens for notifications on a connection of its own. When that was lost, notifications may have been missed: once it is
 * back, the listener is called with ''. `purpose` stands in the name of that connection.
 */
export async function listen(
  pool: pg.Pool,
  channel: string,
  listener: (payload: string) => void,
  purpose = 'listen',
): Promise<() => Promise<void>> {
  const { connectionString, application_name } = pool.options as { connectionString: string; application_name: string };
  let stopped = false;
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString,
      application_name: `${application_name} ${purpose}`,
      keepAlive: true,
    });
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
    // The caller gets the error; no retry goes on behind its back.
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
