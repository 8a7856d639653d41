import type pg from 'pg';

type Query = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;

/** A pool that explains each query before it asks it, its clients' too. `how`: what stands between `explain` and the query. */
export function explainingPool(pool: pg.Pool, how: string, tell: (plan: pg.QueryResult) => void): pg.Pool {
  const watching =
    (query: Query): Query =>
    async (text, values) => {
      if (/^\s*(select|with)\b/i.test(text)) tell(await query(`explain ${how} ${text}`, values));
      return query(text, values);
    };
  return Object.create(pool, {
    query: { value: watching((text, values) => pool.query(text, values)) },
    connect: {
      value: async () => {
        const client = await pool.connect();
        return Object.create(client, {
          query: { value: watching((text, values) => client.query(text, values)) },
          release: { value: (error?: Error) => client.release(error) },
        });
      },
    },
  }) as pg.Pool;
}
