import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpFetcher } from '../../../src/adapters/index-files/fetcher.ts';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { indexImports } from '../../../src/adapters/postgres/index/imports.ts';
import { startIndexJob } from '../../../src/entrances/jobs/index-job.ts';
import { AOO_HEAD, aooRow, csv } from '../../support/ipa-files.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let pool: pg.Pool;
let server: Server;
let url: string;
let answers: string[];
let pec = 'prima@pec.example.it';
const folder = mkdtempSync(join(tmpdir(), 'interpro-job-'));

beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 'test', 2);
  answers = [];
  server = createServer((request, response) => {
    const etag = `"${pec}"`;
    const known = request.headers['if-none-match'] === etag;
    answers.push(known ? '304' : '200');
    response.setHeader('etag', etag);
    if (known) response.writeHead(304).end();
    else response.end(csv(AOO_HEAD, [aooRow({ body: 'c_esempio', uni: 'AESEMP1', code: '1', pec })]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/aoo.csv`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('fetches new sources at once, and changed ones every night', async () => {
  let now = new Date('2026-09-07T08:00:00Z');
  const index = indexImports(pool);
  const said: string[] = [];
  const hear = (_: object, message: string) => void said.push(message);
  const log = { debug: hear, info: hear, warn: hear, error: hear };
  const deps = { index, fetcher: httpFetcher({ folder }), clock: { now: () => now }, log, tickMs: 5 };
  const job = startIndexJob({ urls: [url], time: '04:30', shrinkLimit: 0.1 }, deps);
  try {
    await expect.poll(() => said).toEqual(['index imported']);
    // 04:29 in Rome, then 04:30.
    now = new Date('2026-09-08T02:29:00Z');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(said).toHaveLength(1);
    now = new Date('2026-09-08T02:30:00Z');
    await expect.poll(() => said).toEqual(['index imported', 'index: not modified']);
    pec = 'seconda@pec.example.it';
    now = new Date('2026-09-09T02:31:00Z');
    await expect.poll(() => said.length).toBe(3);
    expect(answers).toEqual(['200', '304', '200']);
    expect((await index.imports(5)).map(({ added, changed, asOf }) => [added, changed, asOf])).toEqual([
      [0, 1, '2026-09-09'],
      [1, 0, '2026-09-07'],
    ]);
    server.closeAllConnections();
    pec = '';
    now = new Date('2026-09-10T02:31:00Z');
    await expect.poll(() => said.length).toBe(4);
  } finally {
    await job.stop();
  }
});
