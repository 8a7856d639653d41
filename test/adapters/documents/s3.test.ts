/** Documents in a bucket: on a foreign server, and on one that loses, cuts, stalls and refuses. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/adapters/documents/document-store.ts';
import { folderPartFiles } from '../../../src/adapters/documents/part-files.ts';
import { s3Documents } from '../../../src/adapters/documents/s3.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { DocumentsError } from '../../../src/service/documents/documents.ts';
import { foreignS3, type Misdeed, type S3Double, type S3Server, s3Double } from '../../support/s3-servers.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interpro-bucket-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const streamed = (bytes: Buffer) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    ),
    { objectMode: false },
  );

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing went wrong';
  } catch (error) {
    if (error instanceof DocumentsError) return error.fault;
    throw error;
  }
}

describe('documents in a bucket of a foreign server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await foreignS3();
  });
  afterAll(() => server.stop());

  it('are kept and read, whole, streamed and in part, and leave no file here', async () => {
    const documents = await s3Documents(root, server.settings);
    for (const bytes of [Buffer.alloc(0), Buffer.from('ciao'), randomBytes(300_000), randomBytes(5_000_000)]) {
      const kept = { sha256: sha256(bytes), size: bytes.length };
      expect(await documents.put(bytes)).toEqual(kept);
      expect(await documents.put(streamed(bytes))).toEqual(kept);
      expect((await documents.read(kept.sha256)).equals(bytes)).toBe(true);
      expect((await buffer(documents.stream(kept.sha256))).equals(bytes)).toBe(true);
      expect(await buffer(documents.stream(kept.sha256, { start: 1, end: 3 }))).toEqual(bytes.subarray(1, 3));
      expect(await documents.has(kept.sha256)).toBe(true);
      expect(await documents.verify(kept.sha256)).toBe(true);
    }
    const unseen = randomBytes(200_000);
    expect(await documents.put(streamed(unseen))).toEqual({ sha256: sha256(unseen), size: unseen.length });
    expect((await documents.read(sha256(unseen))).equals(unseen)).toBe(true);
    await documents.probe();
    expect(await documents.described()).toMatch(/^the bucket documenti can be written \(versions: /);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
    documents.close();
  });

  it('are missing where nothing was put, and a bucket that is not there is no lost document', async () => {
    const documents = await s3Documents(root, server.settings);
    const missing = sha256('mai visto');
    expect(await documents.has(missing)).toBe(false);
    expect(await faultOf(documents.read(missing))).toBe('missing');
    expect(await faultOf(buffer(documents.stream(missing)))).toBe('missing');
    const elsewhere = await s3Documents(root, { ...server.settings, bucket: 'nessuno' });
    expect(await faultOf(elsewhere.read(missing))).toBe('unusable');
    expect(await faultOf(elsewhere.put(Buffer.from('x')))).toBe('unusable');
  });

  it('take over an upload that was written in pieces', async () => {
    const documents = await s3Documents(root, server.settings);
    const parts = await folderPartFiles(root, documents);
    const id = '00000000-0000-4000-8000-000000000001';
    const bytes = randomBytes(400_000);
    const part = await parts.open(id, 0, null, 'w');
    await part?.write(bytes);
    await part?.sync();
    const digest = await part?.digest();
    await part?.close();
    const document = { sha256: sha256(bytes), size: bytes.length };
    expect(digest).toBe(document.sha256);
    expect(await parts.keep(id, document)).toBe(true);
    expect(await parts.keep(id, document)).toBe(true);
    expect((await documents.read(document.sha256)).equals(bytes)).toBe(true);
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
    expect(await parts.keep('00000000-0000-4000-8000-000000000002', { sha256: sha256('x'), size: 1 })).toBe(false);
  });
});

describe('a server that misbehaves', () => {
  let server: S3Double;
  let documents: DocumentStore;
  const bytes = randomBytes(150_000);
  const digest = sha256(bytes);
  beforeEach(async () => {
    server = await s3Double(400);
    documents = await s3Documents(root, server.settings);
  });
  afterEach(async () => {
    documents.close();
    await server.stop();
  });

  it.each<[string, 'PUT' | 'GET', Misdeed]>([
    ['answers 503', 'PUT', 'slow-down'],
    ['drops the connection', 'PUT', 'broken'],
    ['says nothing', 'PUT', 'silent'],
    ['answers 200 and keeps nothing', 'PUT', 'lose'],
    ['keeps a byte less', 'PUT', 'cut-stored'],
    ['keeps other bytes', 'PUT', 'alter-stored'],
    ['cuts its answer', 'GET', 'cut-answer'],
    ['says nothing when it is read', 'GET', 'silent'],
  ])('that %s once has the document in the end', async (_, method, misdeed) => {
    for (const body of [() => bytes, () => streamed(bytes)]) {
      server.objects.clear();
      server.misbehave(method, misdeed);
      expect(await documents.put(body())).toEqual({ sha256: digest, size: bytes.length });
      expect(server.objects.get(`prova/${digest.slice(0, 2)}/${digest}`)?.equals(bytes)).toBe(true);
    }
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it.each<[Misdeed, string]>([
    ['slow-down', 'unusable'],
    ['lose', 'unusable'],
    ['alter-stored', 'unusable'],
    ['silent', 'unusable'],
    ['forbidden', 'unusable'],
    ['full', 'no-space'],
  ])('that goes on with %s has nothing kept, which passes, and no file stays here', async (misdeed, fault) => {
    server.misbehave('PUT', misdeed, 100);
    const failed = documents.put(streamed(bytes)).catch((error: unknown) => error);
    const error = (await failed) as DocumentsError;
    expect(error.fault).toBe(fault);
    expect(error.isPassing).toBe(true);
    expect(error.message).not.toContain('127.0.0.1');
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
    expect(await faultOf(documents.probe())).toBe(fault);
  });

  it('gives out nothing that was altered there, and the same bytes brought again mend it', async () => {
    await documents.put(bytes);
    const key = `prova/${digest.slice(0, 2)}/${digest}`;
    server.objects.set(key, Buffer.concat([Buffer.from('x'), bytes.subarray(1)]));
    expect(await documents.verify(digest)).toBe(false);
    expect(await faultOf(documents.read(digest))).toBe('damaged');
    expect(await faultOf(buffer(documents.stream(digest)))).toBe('damaged');
    expect(await faultOf(buffer(documents.stream(digest, { start: 5, end: 9 })))).toBe('damaged');
    await documents.put(bytes);
    expect((await documents.read(digest)).equals(bytes)).toBe(true);
  });

  it('that has gone is away, not empty; what is there is not sent again', async () => {
    await documents.put(bytes);
    const puts = server.asked.filter((one) => one.startsWith('PUT')).length;
    await documents.put(bytes);
    expect(server.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(puts);
    await server.stop();
    expect(await faultOf(documents.read(digest))).toBe('unusable');
    expect(await faultOf(documents.has(digest))).toBe('unusable');
    expect(await faultOf(documents.put(Buffer.from('altro')))).toBe('unusable');
  });

  it('is not reached where this machine has no room for what is on its way', async () => {
    await rm(join(root, 'tmp'), { recursive: true });
    await writeFile(join(root, 'tmp'), 'no folder');
    expect(await faultOf(documents.put(streamed(bytes)))).toBe('unusable');
    expect(server.asked).toEqual([]);
  });
});
