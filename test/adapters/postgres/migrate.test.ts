import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, pendingMigrations } from '../../../src/adapters/postgres/database/migrate.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { repository } from '../../support/shared.ts';

const ALL = readdirSync(join(repository, 'migrations')).filter((name) => name.endsWith('.sql'));
let cloned: TestDatabase;
let empty: string;
const name = `test_empty_${randomBytes(4).toString('hex')}`;

async function sql(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  cloned = await createDatabase();
  const url = new URL(cloned.url);
  url.pathname = `/${name}`;
  empty = url.href;
  await sql(cloned.url, `create database ${name}`);
});
afterAll(async () => {
  await sql(cloned.url, `drop database ${name}`);
  await cloned.drop();
});

describe('migrations', () => {
  it('are pending on an empty database, and applied once even by two processes at the same time', async () => {
    expect(await pendingMigrations(empty)).toEqual(ALL);
    const both = await Promise.all([migrate(empty), migrate(empty)]);
    expect(both.flatMap(({ applied }) => applied)).toEqual(ALL);
    expect(await pendingMigrations(empty)).toEqual([]);
    expect(await migrate(empty)).toEqual({ applied: [], current: ALL.at(-1) });
  });

  it('are refused if their text has changed since they were applied', async () => {
    await sql(cloned.url, `update schema_migration set sha256 = repeat('0', 64)`);
    await expect(migrate(cloned.url)).rejects.toThrow(`migration ${ALL[0]} was changed after it had been applied`);
  });

  it('leave nothing behind when one fails', async () => {
    await sql(cloned.url, 'delete from schema_migration');
    await expect(migrate(cloned.url)).rejects.toThrow(/failed: .*already exists/);
    expect(await pendingMigrations(cloned.url)).toEqual(ALL);
  });

  it('say what a superuser has to do for a user who may not create roles', async () => {
    const user = `plain_${randomBytes(4).toString('hex')}`;
    await sql(cloned.url, `create role ${user} login password 'segreta'`, `create database ${user} owner ${user}`);
    const url = new URL(cloned.url);
    Object.assign(url, { pathname: `/${user}`, username: user, password: 'segreta' });
    try {
      await expect(migrate(url.href)).rejects.toThrow(
        `as a superuser: create role interpro_service nologin; grant interpro_service to ${user};`,
      );
    } finally {
      await sql(cloned.url, `drop database ${user}`, `drop role ${user}`);
    }
  });
});
