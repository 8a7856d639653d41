import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, isPassing, openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('a connection that breaks', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('between two queries of a transaction ends the transaction, not the process, and the next one works', async () => {
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    const pool = openPool(database.url, 'test pool', 2);
    const broken = inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await owner.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('select 1');
    });
    await expect(broken).rejects.toSatisfy(isPassing);
    expect(await inTransaction(pool, async (client) => (await client.query('select 1 as one')).rows)).toEqual([
      { one: 1 },
    ]);
    await pool.end();
    await owner.end();
  });
});
