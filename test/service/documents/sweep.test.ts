/** Orphans are found against a real database, and nothing that is mentioned anywhere goes, whoever asks when. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/adapters/documents/document-store.ts';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { s3Documents } from '../../../src/adapters/documents/s3.ts';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { mentionedDigests } from '../../../src/adapters/postgres/mentioned-digests.ts';
import type { Sha256 } from '../../../src/kernel/ids.ts';
import {
  ASIDE_MS,
  findOrphans,
  removeAside,
  SETTLED_MS,
  setOrphansAside,
} from '../../../src/service/documents/sweep.ts';
import { createDatabase } from '../../support/postgres.ts';
import { foreignS3, type S3Server } from '../../support/s3-servers.ts';

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 'interpro test sweep', 2);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const listed = async <T>(all: AsyncIterable<T>): Promise<readonly T[]> => Array.fromAsync(all);
/** Kept long before any list. */
const LATER = new Date(Date.now() + 2 * SETTLED_MS);

const stores = [
  ['a folder', (root: string) => folderDocuments(root)],
  ['a bucket', (root: string, server: S3Server) => s3Documents(root, server.settings)],
] as const;

describe.each(stores)('documents without a row in %s', (_, open) => {
  let root: string;
  let server: S3Server;
  let store: DocumentStore;
  const deps = () => ({ store, mentioned: mentionedDigests(pool) });
  const keep = async (): Promise<Sha256> => (await store.put(randomBytes(500))).sha256;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'interpro-sweep-'));
    server = await foreignS3();
    store = await open(root, server);
    await pool.query('set role none');
    await pool.query('drop table if exists mentions; create table mentions (text text, data jsonb, bytes bytea)');
  });
  afterEach(async () => {
    store.close();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('are those that no column of any table mentions, and old enough', async () => {
    const [orphan, inText, inData, inBytes] = [await keep(), await keep(), await keep(), await keep()];
    await pool.query('insert into mentions values ($1, null, null), (null, $2, null), (null, null, $3)', [
      `letto da ${inText}, intero`,
      JSON.stringify({ deep: [{ sha256: inData }] }),
      Buffer.from(inBytes, 'hex'),
    ]);
    expect((await listed(store.list())).map(({ sha256 }) => sha256)).toEqual([orphan, inText, inData, inBytes].sort());
    expect((await listed(findOrphans(deps(), LATER))).map(({ sha256, size }) => [sha256, size])).toEqual([
      [orphan, 500],
    ]);
    expect(await listed(findOrphans(deps(), new Date(Date.now() - SETTLED_MS)))).toEqual([]);
  });

  it('are set aside only where they were listed before, and are had back by whoever reads them', async () => {
    const [one, two] = [await keep(), await keep()];
    expect(await setOrphansAside(deps(), new Set(), LATER)).toEqual({ documents: 0, bytes: 0 });
    // As of now they are too young.
    expect(await setOrphansAside(deps(), new Set([one, two]), new Date())).toEqual({ documents: 0, bytes: 0 });
    expect(await setOrphansAside(deps(), new Set([one, two]), LATER)).toEqual({ documents: 2, bytes: 1_000 });
    expect((await listed(store.listAside())).map(({ sha256 }) => sha256)).toEqual([one, two].sort());
    expect(await listed(store.list())).toEqual([]);
    expect(await store.has(one)).toBe(true);
    expect(await store.read(one)).toHaveLength(500);
    expect(await listed(store.stream(two))).toHaveLength(1);
    expect(await listed(store.listAside())).toEqual([]);
  });

  it('go for good a month later, unless a row came', async () => {
    const [one, two] = [await keep(), await keep()];
    await setOrphansAside(deps(), new Set([one, two]), LATER);
    await pool.query('insert into mentions (text) values ($1)', [one]);
    const now = new Date();
    expect(await removeAside(deps(), now)).toEqual({ documents: 0, bytes: 0, broughtBack: 1 });
    expect(await removeAside(deps(), new Date(now.getTime() + ASIDE_MS + 60_000))).toEqual({
      documents: 1,
      bytes: 500,
      broughtBack: 0,
    });
    expect(await store.has(one)).toBe(true);
    expect(await store.has(two)).toBe(false);
  });

  it('of damaged bytes make room for good ones', async () => {
    const bytes = randomBytes(500);
    const { sha256 } = await store.put(bytes);
    await store.quarantine(sha256, new Date());
    expect(await store.has(sha256)).toBe(false);
    await store.put(bytes);
    expect(await store.read(sha256)).toEqual(bytes);
  });
});

describe('a document that is brought again while it is swept', () => {
  it('stays: it counts as new from then on', async () => {
    const root = await mkdtemp(join(tmpdir(), 'interpro-sweep-'));
    const store = await folderDocuments(root);
    const bytes = randomBytes(500);
    const { sha256 } = await store.put(bytes);
    const old = new Date(Date.now() - 3 * SETTLED_MS);
    await utimes(join(root, sha256.slice(0, 2), sha256), old, old);
    const before = new Date(Date.now() - SETTLED_MS);
    // The list is of before, the bytes come, their row is still to be written.
    await store.put(bytes);
    expect(await store.setAside(sha256, before)).toBe(false);
    expect(await readdir(join(root, 'aside'))).toEqual([]);
    expect(await store.read(sha256)).toEqual(bytes);
    await utimes(join(root, sha256.slice(0, 2), sha256), old, old);
    expect(await store.setAside(sha256, before)).toBe(true);
    await rm(root, { recursive: true, force: true });
  });
});
