import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/postgres.ts';

describe('a database for each test file', async () => {
  const database = await createDatabase();
  afterAll(() => database.drop());

  it('is PostgreSQL 18 with the migrations applied and fsync on', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ version: string; fsync: string; tables: number }>(
      `select current_setting('server_version') as version, current_setting('fsync') as fsync,
              (select count(*)::int from pg_tables where schemaname = 'public') as tables`,
    );
    await client.end();
    expect(rows[0]?.version).toMatch(/^18\./);
    expect(rows[0]?.fsync).toBe('on');
    expect(rows[0]?.tables).toBeGreaterThan(0);
  });

  it('names whoever leaves a session open', async () => {
    const leaky = await createDatabase();
    const client = new Client({ connectionString: leaky.url, application_name: 'the leak' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('select 42 as left_open');
    await expect(leaky.drop()).rejects.toThrow(/the leak.*left_open/);
    await client.end().catch(() => undefined);
  });

  it('is not shared', async () => {
    const other = await createDatabase();
    expect(other.name).not.toBe(database.name);
    await other.drop();
  });
});
