import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseClock, followDatabaseClock } from '../../../src/adapters/postgres/database/clock.ts';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let pool: pg.Pool;
const warned: object[] = [];
const log = { debug: () => 0, info: () => 0, error: () => 0, warn: (about: object) => void warned.push(about) };
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 'interpro test clock', 2);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
const told = async () => {
  const { rows } = await pool.query<{ at: Date }>('select clock_timestamp() as at');
  return (rows[0]?.at ?? new Date(0)).getTime();
};

describe("the database's clock", () => {
  it('is what the service goes by, whatever this machine says, and goes on between two looks', async () => {
    let elapsed = 5_000_000;
    const clock = await followDatabaseClock(pool, log, { elapsed: () => elapsed, everyMs: 3_600_000 });
    const before = await told();
    expect(Math.abs(clock.now().getTime() - before)).toBeLessThan(2_000);
    elapsed += 30 * 3_600_000;
    expect(clock.now().getTime() - before).toBeGreaterThan(29 * 3_600_000);
    await clock.stop();
    expect(Math.abs((await databaseClock(pool)).now().getTime() - (await told()))).toBeLessThan(2_000);
  });

  it('is followed when it and this machine go apart, and the jump is named', async () => {
    let elapsed = 0;
    const clock = await followDatabaseClock(pool, log, { elapsed: () => elapsed, everyMs: 10 });
    elapsed = 7_200_000;
    await vi.waitFor(() => expect(warned).not.toEqual([]));
    expect(warned).toEqual([{ seconds: -7200 }]);
    expect(Math.abs(clock.now().getTime() - (await told()))).toBeLessThan(2_000);
    await clock.stop();
  });

  it('goes on while the database is away', async () => {
    let asked = 0;
    const query = pool.query.bind(pool);
    const failing = Object.assign(Object.create(pool), {
      query: (text: string) => (asked++ === 0 ? query(text) : Promise.reject(new Error('away'))),
    }) as pg.Pool;
    const still = await followDatabaseClock(failing, log, { everyMs: 5 });
    const before = still.now().getTime();
    await vi.waitFor(() => expect(asked).toBeGreaterThan(2));
    await sleep(20);
    expect(still.now().getTime()).toBeGreaterThan(before);
    await still.stop();
  });
});
