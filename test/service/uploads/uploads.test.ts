import { randomBytes } from 'node:crypto';
import { readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { cleanUploads } from '../../../src/service/uploads/clean-uploads.ts';
import { openUpload, type UploadRequest } from '../../../src/service/uploads/open-upload.ts';
import { cancelUpload, readUpload } from '../../../src/service/uploads/read-upload.ts';
import type { UploadDeps } from '../../../src/service/uploads/upload-lifetime.ts';
import type { Upload } from '../../../src/service/uploads/upload-store.ts';
import { uploadedDocuments } from '../../../src/service/uploads/use-uploads.ts';
import { UploadSourceError, writeUpload } from '../../../src/service/uploads/write-upload.ts';
import { openUploadHouse, type UploadHouse } from '../../support/upload-house.ts';

let house: UploadHouse;
beforeAll(async () => {
  house = await openUploadHouse();
});
afterAll(() => house?.close());

const HOUR = 3_600_000;

async function* chunks(bytes: Buffer, size = 10_007): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* broken(bytes: Buffer): AsyncGenerator<Buffer> {
  yield* chunks(bytes);
  throw new UploadSourceError('the client is gone');
}

async function announce(size: number, change: Partial<UploadRequest> = {}, aoo = house.aoo): Promise<Upload> {
  const request = { name: 'a.pdf', mediaType: 'application/pdf', size, sha256: null, client: 'prova', ...change };
  const opened = await openUpload(aoo, request, house.deps);
  if (!opened.ok) throw new Error(opened.problem.message);
  return opened.value;
}

const put = (
  upload: Upload,
  bytes: AsyncIterable<Buffer>,
  start = 0,
  length: number | null = null,
  deps = house.deps,
) => writeUpload(upload.aoo, upload.uploadId, { start, length, bytes }, deps);

const partOf = (upload: Upload): string => join(house.root, 'uploads', `${upload.uploadId}.part`);
const stateOf = async (upload: Upload) => {
  const read = await readUpload(upload.aoo, upload.uploadId, house.deps);
  return read.ok ? [read.value.state, read.value.received] : read.problem.code;
};

/** The upload is complete, and in the document store once a message uses it, not before. */
async function expectKept(upload: Upload, bytes: Buffer): Promise<void> {
  const digest = sha256(bytes);
  expect(await stateOf(upload)).toEqual(['complete', bytes.length]);
  expect(await house.documents.has(digest)).toBe(false);
  expect(await use(upload)).toBe('kept');
  expect(await house.documents.read(digest)).toEqual(bytes);
  await expect(stat(partOf(upload))).rejects.toThrow(/ENOENT/);
}

/** Uses uploads as a message does when it is registered. */
async function use(...uploads: Upload[]): Promise<string> {
  const ids = uploads.map(({ uploadId }) => uploadId);
  const found = await uploadedDocuments(house.aoo, ids, house.deps);
  if (!found.ok) return found.problem.code;
  for (const { keep } of found.value) {
    const kept = await keep();
    if (!kept.ok) return kept.problem.code;
  }
  await house.deps.uploads.markUsed(house.aoo, ids, 'messaggio', house.deps.clock.now());
  return 'kept';
}

describe('an upload', () => {
  it('arrives whole', async () => {
    const bytes = randomBytes(300_000);
    const upload = await announce(bytes.length, { sha256: sha256(bytes).toUpperCase() });
    expect(await put(upload, chunks(bytes))).toMatchObject({
      ok: true,
      upload: { state: 'complete', received: bytes.length, sha256: sha256(bytes) },
    });
    await expectKept(upload, bytes);
    expect(await put(upload, chunks(bytes))).toMatchObject({ ok: false, problem: { code: 'upload-complete' } });
  });

  it('arrives in pieces, even through processes that know nothing of each other', async () => {
    const bytes = randomBytes(200_000);
    const upload = await announce(bytes.length);
    const cuts = [0, 1, 50_000, 50_001, 120_000, bytes.length];
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const end = cuts[index + 1] ?? 0;
      const deps: UploadDeps = index % 2 === 0 ? house.deps : { ...house.deps, files: await house.freshFiles() };
      const written = await put(upload, chunks(bytes.subarray(start, end)), start, end - start, deps);
      expect(written).toMatchObject({ ok: true, upload: { received: end } });
    }
    await expectKept(upload, bytes);
  });

  it('does not continue the digest of bytes that another process has replaced', async () => {
    const [first, second] = [randomBytes(60_000), randomBytes(60_000)];
    const upload = await announce(100_000);
    await put(upload, chunks(first), 0, 60_000);
    const elsewhere = { ...house.deps, files: await house.freshFiles() };
    await put(upload, chunks(second), 0, 60_000, elsewhere);
    const rest = randomBytes(40_000);
    const done = await put(upload, chunks(rest), 60_000, 40_000);
    const whole = Buffer.concat([second, rest]);
    expect(done).toMatchObject({ ok: true, upload: { sha256: sha256(whole) } });
    await expectKept(upload, whole);
  });

  it('keeps what has arrived when the client disconnects, and continues from there', async () => {
    const bytes = randomBytes(100_000);
    const upload = await announce(bytes.length);
    expect(await put(upload, broken(bytes.subarray(0, 30_000)))).toMatchObject({
      ok: false,
      problem: { code: 'upload-interrupted' },
      received: 30_000,
    });
    expect(await stateOf(upload)).toEqual(['open', 30_000]);
    expect(await put(upload, chunks(bytes.subarray(30_000)), 30_000, 70_000)).toMatchObject({ ok: true });
    await expectKept(upload, bytes);
  });

  it('is complete if the connection breaks right after the last byte', async () => {
    const bytes = randomBytes(20_000);
    const upload = await announce(bytes.length);
    expect(await put(upload, broken(bytes))).toMatchObject({ ok: true, upload: { state: 'complete' } });
    await expectKept(upload, bytes);
  });

  it('refuses what does not continue it, and says where to continue', async () => {
    const bytes = randomBytes(50_000);
    const upload = await announce(bytes.length);
    await put(upload, chunks(bytes.subarray(0, 20_000)), 0, 20_000);
    for (const start of [1, 19_999, 20_001, 49_999])
      expect(await put(upload, chunks(bytes.subarray(0, 1)), start, 1)).toMatchObject({
        ok: false,
        problem: { code: 'upload-offset' },
        received: 20_000,
      });
    expect(await put(upload, chunks(bytes), 20_000, 30_001)).toMatchObject({ problem: { code: 'upload-too-large' } });
    expect(await stateOf(upload)).toEqual(['open', 20_000]);
    // It may always start again from the first byte.
    expect(await put(upload, chunks(bytes))).toMatchObject({ ok: true, upload: { state: 'complete' } });
    await expectKept(upload, bytes);
  });

  it('is never mixed when a first piece arrives again late: a client that was further on is told where to continue', async () => {
    const bytes = randomBytes(60_000);
    const upload = await announce(bytes.length);
    const piece = (start: number) => put(upload, chunks(bytes.subarray(start, start + 20_000)), start, 20_000);
    await piece(0);
    // As if its answer was lost: the same bytes at the same place change nothing.
    expect(await piece(0)).toMatchObject({ ok: true, upload: { received: 20_000 } });
    await piece(20_000);
    expect(await piece(0)).toMatchObject({ ok: true, upload: { received: 20_000 } });
    expect(await piece(40_000)).toMatchObject({ ok: false, problem: { code: 'upload-offset' }, received: 20_000 });
    await piece(20_000);
    expect(await piece(40_000)).toMatchObject({ ok: true, upload: { state: 'complete', sha256: sha256(bytes) } });
    expect(await piece(0)).toMatchObject({ ok: false, problem: { code: 'upload-complete' } });
    await expectKept(upload, bytes);
  });

  it('never becomes complete with more or fewer bytes than announced', async () => {
    const bytes = randomBytes(50_000);
    const upload = await announce(40_000);
    expect(await put(upload, chunks(bytes))).toMatchObject({ ok: false, problem: { code: 'upload-length' } });
    expect((await stateOf(upload))[0]).toBe('open');
    expect(await put(upload, chunks(bytes.subarray(0, 39_999)))).toMatchObject({
      ok: false,
      problem: { code: 'upload-length' },
      received: 39_999,
    });
    expect(await put(upload, chunks(bytes.subarray(0, 40_000), 40_000))).toMatchObject({ ok: true });
    await expectKept(upload, bytes.subarray(0, 40_000));
  });

  it('does not accept a piece that is longer than it says', async () => {
    const bytes = randomBytes(50_000);
    const upload = await announce(50_000);
    expect(await put(upload, chunks(bytes, 8_000), 0, 10_000)).toMatchObject({
      ok: false,
      problem: { code: 'upload-length' },
      received: 8_000,
    });
    expect(await stateOf(upload)).toEqual(['open', 8_000]);
  });

  it('starts again if the digest is not the declared one, and keeps nothing of it', async () => {
    const [right, wrong] = [randomBytes(30_000), randomBytes(30_000)];
    const upload = await announce(30_000, { sha256: sha256(right) });
    expect(await put(upload, chunks(wrong))).toMatchObject({
      ok: false,
      problem: { code: 'upload-digest-differs' },
      received: 0,
    });
    expect(await house.documents.has(sha256(wrong))).toBe(false);
    expect(await stateOf(upload)).toEqual(['open', 0]);
    expect(await put(upload, chunks(right))).toMatchObject({ ok: true });
    await expectKept(upload, right);
  });

  it('has one writer at a time', async () => {
    const bytes = randomBytes(40_000);
    const upload = await announce(bytes.length);
    const gate = Promise.withResolvers<void>();
    const inside = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 10_000);
      inside.resolve();
      await gate.promise;
      yield bytes.subarray(10_000);
    }
    const first = put(upload, slow());
    await inside.promise;
    expect(await put(upload, chunks(bytes))).toMatchObject({ ok: false, problem: { code: 'upload-busy' } });
    expect((await cancelUpload(upload.aoo, upload.uploadId, house.deps))?.code).toBe('upload-busy');
    gate.resolve();
    expect(await first).toMatchObject({ ok: true });
    await expectKept(upload, bytes);
  });

  it('lets in exactly one of many simultaneous writers', async () => {
    const bytes = randomBytes(20_000);
    const upload = await announce(bytes.length);
    const gate = Promise.withResolvers<void>();
    async function* waiting(): AsyncGenerator<Buffer> {
      await gate.promise;
      yield bytes;
    }
    const all = Array.from({ length: 6 }, () => put(upload, waiting()));
    const settled = Promise.all(all);
    // The losers answer while the winner still waits for its bytes.
    let answered = 0;
    for (const one of all) void one.then(() => (answered += 1));
    for (let tries = 0; answered < 5 && tries < 1_000; tries++) await sleep(10);
    gate.resolve();
    const results = await settled;
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter((one) => !one.ok && one.problem.code === 'upload-busy')).toHaveLength(5);
    await expectKept(upload, bytes);
  });

  it('is free again after its writer died, and loses only what was not durable', async () => {
    const bytes = randomBytes(50_000);
    const upload = await announce(bytes.length);
    await put(upload, chunks(bytes.subarray(0, 20_000)), 0, 20_000);
    const { uploads } = house.deps;
    await uploads.claim(
      upload.aoo,
      upload.uploadId,
      '00000000-0000-7000-8000-000000000001',
      house.deps.clock.now(),
      60,
    );
    await writeFile(partOf(upload), randomBytes(5_000), { flag: 'a' });
    const rest = bytes.subarray(20_000);
    expect(await put(upload, chunks(rest), 20_000, 30_000)).toMatchObject({ problem: { code: 'upload-busy' } });
    await house.pool.query("update upload set writer_until = now() - interval '1 second' where upload_id = $1", [
      upload.uploadId,
    ]);
    const fresh = { ...house.deps, files: await house.freshFiles() };
    expect(await put(upload, chunks(rest), 20_000, 30_000, fresh)).toMatchObject({ ok: true });
    await expectKept(upload, bytes);
  });

  it('stops a writer that has lost its lease to another', async () => {
    const bytes = randomBytes(40_000);
    const upload = await announce(bytes.length);
    async function* robbed(): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 10_000);
      await house.pool.query('update upload set writer = $2 where upload_id = $1', [
        upload.uploadId,
        '00000000-0000-7000-8000-000000000002',
      ]);
      yield bytes.subarray(10_000);
    }
    expect(await put(upload, robbed())).toMatchObject({ ok: false, problem: { code: 'upload-busy' } });
    expect(await stateOf(upload)).toEqual(['open', 0]);
    expect(await house.documents.has(sha256(bytes))).toBe(false);
  });

  it('starts again if the disk has less than was counted', async () => {
    const bytes = randomBytes(30_000);
    const upload = await announce(bytes.length);
    await put(upload, chunks(bytes.subarray(0, 20_000)), 0, 20_000);
    await truncate(partOf(upload), 100);
    expect(await put(upload, chunks(bytes.subarray(20_000)), 20_000, 10_000)).toMatchObject({
      ok: false,
      problem: { code: 'upload-offset' },
      received: 0,
    });
    expect(await stateOf(upload)).toEqual(['open', 0]);
    expect(await put(upload, chunks(bytes))).toMatchObject({ ok: true });
  });

  it('records the progress of a large one', async () => {
    const size = 20 * 1024 * 1024;
    const upload = await announce(size);
    const seen: number[] = [];
    async function* large(): AsyncGenerator<Buffer> {
      for (let at = 0; at < size; at += 1024 * 1024) {
        const { received } = (await house.deps.uploads.find(upload.aoo, upload.uploadId)) ?? { received: -1 };
        if (seen.at(-1) !== received) seen.push(received);
        yield Buffer.alloc(1024 * 1024, at & 0xff);
      }
    }
    expect(await put(upload, large())).toMatchObject({ ok: true });
    expect(seen).toEqual([0, 8 * 1024 * 1024, 16 * 1024 * 1024]);
  });

  it('belongs to one office', async () => {
    const upload = await announce(10);
    const strange = { ...upload, aoo: house.other };
    expect(await stateOf(strange)).toBe('upload-unknown');
    expect(await put(strange, chunks(Buffer.alloc(10)))).toMatchObject({ problem: { code: 'upload-unknown' } });
    expect((await cancelUpload(house.other, upload.uploadId, house.deps))?.code).toBe('upload-unknown');
    expect(await uploadedDocuments(house.other, [upload.uploadId], house.deps)).toMatchObject({
      problem: { code: 'upload-unknown' },
    });
    expect(await stateOf(upload)).toEqual(['open', 0]);
    for (const id of ['', '..', "' or 1=1", upload.uploadId.toUpperCase()])
      expect(await stateOf({ ...upload, uploadId: id })).toBe('upload-unknown');
  });

  it('is refused if what it announces is impossible', async () => {
    const refused = async (change: Partial<UploadRequest>) => {
      const request = {
        name: 'a.pdf',
        mediaType: 'application/pdf',
        size: 1,
        sha256: null,
        client: 'prova',
        ...change,
      };
      const opened = await openUpload(house.aoo, request, house.deps);
      return opened.ok ? opened.value.name : opened.problem.code;
    };
    expect(await refused({ size: 0 })).toBe('bad-request');
    expect(await refused({ size: 1.5 })).toBe('bad-request');
    expect(await refused({ size: LIMITS.sentBytes + 1 })).toBe('upload-too-large');
    expect(await refused({ sha256: 'abc' })).toBe('bad-request');
    expect(await refused({ mediaType: 'pdf' })).toBe('bad-request');
    expect(await refused({ mediaType: 'text/html; charset=x' })).toBe('bad-request');
    for (const name of ['', ' ', '.', '..', 'a/', '\0\u202e'])
      expect(await refused({ name })).toBe('file-name-invalid');
    expect(await refused({ name: '../../etc/passwd' })).toBe('passwd');
    expect(await refused({ name: 'C:\\temp\\fattura\u202efdp.exe' })).toBe('fatturafdp.exe');
    expect(await refused({ name: `${'è'.repeat(200)}.pdf` })).toBe(`${'è'.repeat(125)}.pdf`);
  });

  it('serves any number of messages', async () => {
    const bytes = randomBytes(1_000);
    const [one, two, open] = [await announce(1_000, { name: 'uno.pdf' }), await announce(1_000), await announce(5)];
    for (const upload of [one, two]) await put(upload, chunks(bytes));
    const ids = [two.uploadId, one.uploadId];
    const named = await uploadedDocuments(house.aoo, ids, house.deps);
    expect(named).toMatchObject({
      ok: true,
      value: [
        { name: 'a.pdf', mediaType: 'application/pdf', sha256: sha256(bytes), size: 1_000 },
        { name: 'uno.pdf', mediaType: 'application/pdf', sha256: sha256(bytes), size: 1_000 },
      ],
    });
    expect([await use(two, one), await use(two, one)]).toEqual(['kept', 'kept']);
    const { uploads, clock } = house.deps;
    await uploads.markUsed(house.aoo, ids, 'messaggio 2', clock.now());
    expect((await uploads.find(house.aoo, one.uploadId))?.usedBy).toBe('messaggio');
    expect(await uploadedDocuments(house.aoo, [one.uploadId, open.uploadId], house.deps)).toMatchObject({
      problem: { code: 'upload-incomplete', at: '/1' },
    });
    expect(await uploadedDocuments(house.aoo, [one.uploadId, one.uploadId], house.deps)).toMatchObject({
      problem: { code: 'upload-repeated' },
    });
    expect(await uploadedDocuments(house.aoo, ['nulla'], house.deps)).toMatchObject({
      problem: { code: 'upload-unknown' },
    });
    expect(await uploadedDocuments(house.aoo, [], house.deps)).toEqual({ ok: true, value: [] });
    expect(await cancelUpload(house.aoo, one.uploadId, house.deps)).toBeNull();
    expect(await house.documents.read(sha256(bytes))).toEqual(bytes);
  });
});

describe('uploads that nobody uses', () => {
  beforeAll(async () => {
    await house.close();
    house = await openUploadHouse();
  });

  it('expire after a day without a byte, lose their bytes and are forgotten after a week', async () => {
    const bytes = randomBytes(1_000);
    const [idle, going, done, used] = [
      await announce(1_000),
      await announce(1_000),
      await announce(1_000),
      await announce(1_000),
    ];
    await put(idle, chunks(bytes.subarray(0, 10)), 0, 10);
    for (const upload of [done, used]) await put(upload, chunks(bytes));
    expect(await use(used)).toBe('kept');
    house.pass(23 * HOUR);
    await put(going, chunks(bytes.subarray(0, 10)), 0, 10);
    house.pass(2 * HOUR);
    // Also before anybody has cleaned.
    expect(await stateOf(idle)).toBe('upload-expired');
    expect(await put(idle, chunks(bytes.subarray(10)), 10, 990)).toMatchObject({ problem: { code: 'upload-expired' } });
    expect(await use(done)).toBe('upload-expired');
    let expired = 0;
    for (let round = await cleanUploads(house.deps, 3); round.expired > 0; round = await cleanUploads(house.deps, 3)) {
      expect(round.expired).toBeLessThanOrEqual(3);
      expired += round.expired;
    }
    expect(expired).toBeGreaterThanOrEqual(2);
    expect(await stateOf(idle)).toBe('upload-expired');
    expect(await stateOf(going)).toEqual(['open', 10]);
    expect(await stateOf(used)).toEqual(['complete', 1_000]);
    expect(await readdir(join(house.root, 'uploads'))).toEqual([`${going.uploadId}.part`]);

    house.pass(8 * 24 * HOUR);
    await cleanUploads(house.deps, 1_000);
    expect(await stateOf(idle)).toBe('upload-unknown');
    expect(await stateOf(used)).toBe('upload-unknown');
    expect(await house.documents.has(sha256(bytes))).toBe(true);
  });

  it('leave nothing in the document store, and remove nothing that a message or another upload has', async () => {
    const [alone, shared] = [randomBytes(1_000), randomBytes(1_000)];
    const [unused, taken, back, sent] = [
      await announce(1_000),
      await announce(1_000),
      await announce(1_000),
      await announce(1_000),
    ];
    await put(unused, chunks(alone));
    for (const upload of [taken, back, sent]) await put(upload, chunks(shared));
    expect(await use(sent)).toBe('kept');
    expect(await cancelUpload(house.aoo, back.uploadId, house.deps)).toBeNull();
    house.pass(25 * HOUR);
    const late = await announce(1_000);
    await put(late, chunks(shared));
    await cleanUploads(house.deps, 1_000);
    expect(await house.documents.has(sha256(alone))).toBe(false);
    expect(await house.documents.read(sha256(shared))).toEqual(shared);
    expect(await readdir(join(house.root, 'uploads'))).not.toContain(`${unused.uploadId}.part`);
    expect(await use(late)).toBe('kept');
  });

  it('that expire while a message is registered with them are there for it, or it is refused', async () => {
    const other = { ...house.deps, files: await house.freshFiles() };
    for (let round = 0; round < 40; round++) {
      const bytes = randomBytes(500);
      const [one, two] = [await announce(500), await announce(500)];
      for (const upload of [one, two]) await put(upload, chunks(bytes));
      const files = [house.deps.files, other.files];
      const asked = await Promise.all(
        [one, two].map(async ({ uploadId }, index) => {
          const deps = { ...house.deps, files: files[index] ?? other.files };
          const found = await uploadedDocuments(house.aoo, [uploadId], deps);
          if (!found.ok || found.value[0] === undefined) throw new Error('there was no document');
          return found.value[0];
        }),
      );
      house.pass(25 * HOUR);
      // At the same moment: one message for each of two uploads of the same bytes, and the clean-up of another process.
      const [, ...kept] = await Promise.all([cleanUploads(other, 1_000), ...asked.map(({ keep }) => keep())]);
      for (const result of kept) {
        if (!result.ok) expect(result.problem.code).toBe('upload-expired');
        // A message is registered only if its document is there for good.
        if (result.ok) expect(await house.documents.read(sha256(bytes))).toEqual(bytes);
      }
      await cleanUploads(house.deps, 1_000);
      if (kept.every(({ ok }) => !ok)) expect(await house.documents.has(sha256(bytes))).toBe(false);
      else expect(await house.documents.read(sha256(bytes))).toEqual(bytes);
    }
    // If the clean-up comes first, the message is refused.
    const gone = await announce(5);
    await put(gone, chunks(Buffer.from('fuori')));
    const found = await uploadedDocuments(house.aoo, [gone.uploadId], house.deps);
    house.pass(25 * HOUR);
    await cleanUploads(house.deps, 1_000);
    expect(found.ok && (await found.value[0]?.keep())).toMatchObject({
      ok: false,
      problem: { code: 'upload-expired' },
    });
  });

  it('are not taken from a writer', async () => {
    const upload = await announce(10);
    async function* late(): AsyncGenerator<Buffer> {
      house.pass(30 * HOUR);
      await cleanUploads(house.deps);
      expect((await house.deps.uploads.find(upload.aoo, upload.uploadId))?.state).toBe('open');
      yield Buffer.alloc(10);
    }
    expect(await put(upload, late())).toMatchObject({ ok: true, upload: { state: 'complete' } });
  });

  it('may leave part files without a row, which are removed when they are old', async () => {
    const orphan = join(house.root, 'uploads', '01890000-0000-7000-8000-000000000000.part');
    await writeFile(orphan, 'resto');
    expect((await cleanUploads({ ...house.deps, clock: { now: () => new Date() } })).abandoned).toBe(0);
    const long = new Date(Date.now() - 72 * HOUR);
    await utimes(orphan, long, long);
    expect((await cleanUploads({ ...house.deps, clock: { now: () => new Date() } })).abandoned).toBe(1);
  });

  it('are limited in number and bytes per office', async () => {
    const create = (uploads: number, bytes: number, size = 10) =>
      house.deps.uploads.create(
        {
          aoo: house.other,
          uploadId: crypto.randomUUID(),
          name: 'a',
          mediaType: 'a/b',
          size,
          declaredSha256: null,
          client: 'prova',
          createdAt: house.deps.clock.now(),
          expiresAt: new Date(house.deps.clock.now().getTime() + HOUR),
        },
        { uploads, bytes },
        null,
      );
    const made = await Promise.all(Array.from({ length: 8 }, () => create(5, 1_000)));
    expect(made.filter((one) => one !== 'full')).toHaveLength(5);
    expect(await create(100, 60)).toMatchObject({ size: 10 });
    expect(await create(100, 60)).toBe('full');
    expect(await create(100, 61, 1)).toMatchObject({ size: 1 });
    house.pass(2 * HOUR);
    expect(await create(1, 10)).toMatchObject({ size: 10 });
  });
});
