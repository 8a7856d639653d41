/** The cost of a request without our code: a route that does nothing, and one that reads one row by primary key. */
import Fastify from 'fastify';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { answerTo } from '../exchange/questions.ts';

export interface BaselineTask {
  readonly databaseUrl: string;
}
export interface BaselineReady {
  readonly port: number;
}

async function start({ databaseUrl }: BaselineTask): Promise<BaselineReady> {
  const pool = openPool(databaseUrl, 'interpro bench baseline');
  const server = Fastify();
  server.get('/empty', async () => ({ ok: true }));
  server.get('/select', async () => {
    const text = 'select * from exchange_event where aoo = $1 and exchange_id = $2 and version = 1';
    const found = await pool.query({ name: 'baseline', text, values: await key() });
    return found.rows[0];
  });
  let known: unknown[] | null = null;
  const key = async (): Promise<unknown[]> => {
    known ??= Object.values((await pool.query('select aoo, exchange_id from exchange limit 1')).rows[0] ?? {});
    return known;
  };
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0 };
}

answerTo(start);
