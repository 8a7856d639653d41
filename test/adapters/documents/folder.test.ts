import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { toDocumentsError } from '../../../src/adapters/documents/to-documents-error.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { Sha256 } from '../../../src/kernel/ids.ts';
import { DocumentsError } from '../../../src/service/documents/documents.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interpro-documents-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const pathOf = (digest: string) => join(root, digest.slice(0, 2), digest);
const pieces = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
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

describe('documents in a folder', () => {
  it('keeps whole and streamed bytes under their digest', async () => {
    const documents = await folderDocuments(root);
    for (const bytes of [Buffer.alloc(0), Buffer.from('ciao'), randomBytes(3_000_000)]) {
      const kept = await documents.put(bytes);
      expect(kept).toEqual({ sha256: sha256(bytes), size: bytes.length });
      expect(await documents.put(pieces(bytes, 10_007))).toEqual(kept);
      expect((await readFile(pathOf(kept.sha256))).equals(bytes)).toBe(true);
      expect((await documents.read(kept.sha256)).equals(bytes)).toBe(true);
      expect((await buffer(documents.stream(kept.sha256))).equals(bytes)).toBe(true);
      expect(await documents.has(kept.sha256)).toBe(true);
      expect(await documents.verify(kept.sha256)).toBe(true);
    }
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('reports whether it can be written to, and leaves nothing behind', async () => {
    const documents = await folderDocuments(root);
    await documents.probe();
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
    await rm(join(root, 'tmp'), { recursive: true });
    await writeFile(join(root, 'tmp'), 'no folder: nobody may write into it, root neither');
    expect(await faultOf(documents.probe())).toBe('unusable');
  });

  it('keeps staged documents on request, and nothing of dropped ones', async () => {
    const documents = await folderDocuments(root);
    const [one, two] = [randomBytes(30_000), randomBytes(30_000)];
    const [kept, again, dropped] = await Promise.all([
      documents.stage(pieces(one, 10_007)),
      documents.stage(pieces(one, 10_007)),
      documents.stage(pieces(two, 10_007)),
    ]);
    expect(await documents.has(kept.sha256)).toBe(false);
    for (const staged of [kept, again]) await staged.keep();
    for (const staged of [kept, again, dropped]) await staged.drop();
    expect(await documents.read(sha256(one))).toEqual(one);
    expect(await documents.has(dropped.sha256)).toBe(false);
    expect(await faultOf(dropped.keep())).toBe('missing');
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('writes the same bytes once, even for many concurrent writers', async () => {
    const documents = await folderDocuments(root);
    const bytes = randomBytes(50_000);
    await documents.put(bytes);
    const first = await stat(pathOf(sha256(bytes)));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => documents.put(index % 2 === 0 ? bytes : pieces(bytes, 4096))),
    );
    const after = await stat(pathOf(sha256(bytes)));
    expect(after.ino).toBe(first.ino);
    const other = randomBytes(50_000);
    await Promise.all(Array.from({ length: 20 }, () => documents.put(other)));
    expect((await documents.read(sha256(other))).equals(other)).toBe(true);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('hands out no bytes that were altered on the disk, whole, in a stream or in part, and shows them only as they lie', async () => {
    for (const size of [40, 700_000]) {
      const documents = await folderDocuments(root);
      const bytes = randomBytes(size);
      const { sha256: digest } = await documents.put(bytes);
      const altered = Buffer.from(bytes);
      altered[3] = (altered[3] ?? 0) ^ 1;
      await writeFile(pathOf(digest), altered);
      expect(await faultOf(documents.read(digest))).toBe('damaged');
      expect(await faultOf(buffer(documents.stream(digest, { start: 10, end: 20 })))).toBe('damaged');
      const got: Buffer[] = [];
      const all = (async () => {
        for await (const piece of documents.stream(digest)) got.push(piece as Buffer);
      })();
      expect(await faultOf(all)).toBe('damaged');
      expect(Buffer.concat(got).length).toBeLessThan(size);
      expect((await buffer(documents.asStored(digest))).equals(altered)).toBe(true);
      // The same bytes, brought again, mend it.
      await documents.put(bytes);
      expect((await documents.read(digest)).equals(bytes)).toBe(true);
      expect(await buffer(documents.stream(digest, { start: 10, end: 20 }))).toEqual(bytes.subarray(10, 20));
    }
  });

  it('replaces a file of the wrong size, and finds damage by verifying', async () => {
    const documents = await folderDocuments(root);
    const { sha256: digest } = await documents.put(Buffer.from('documento integro'));
    await writeFile(pathOf(digest), 'documento');
    expect(await documents.verify(digest)).toBe(false);
    await documents.put(Buffer.from('documento integro'));
    expect(await documents.verify(digest)).toBe(true);
  });

  it('refuses more than its limit, without leaving anything behind', async () => {
    const documents = await folderDocuments(root, { maxBytes: 1000 });
    expect(await faultOf(documents.put(Buffer.alloc(1001)))).toBe('too-large');
    const stream = pieces(Buffer.alloc(5000), 100);
    expect(await faultOf(documents.put(stream))).toBe('too-large');
    expect(stream.destroyed).toBe(true);
    expect((await documents.put(Buffer.alloc(1000))).size).toBe(1000);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('keeps nothing of a stream that breaks, and passes on its error', async () => {
    const documents = await folderDocuments(root);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('prima metà');
        throw new Error('la linea è caduta');
      })(),
      { objectMode: false },
    );
    await expect(documents.put(broken)).rejects.toThrow('la linea è caduta');
    expect(await readdir(root)).toEqual(['tmp']);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('names what is missing, and accepts no name that is not a digest', async () => {
    const documents = await folderDocuments(root);
    const missing = sha256('mai visto');
    expect(await documents.has(missing)).toBe(false);
    expect(await faultOf(documents.read(missing))).toBe('missing');
    // `/status` is public: the message names the file, not the folder of the store.
    const said = await documents.read(missing).catch((error: Error) => error.message);
    expect(said).toContain(`'${missing.slice(0, 2)}/${missing}'`);
    expect(said).not.toContain(root);
    expect(await faultOf(documents.verify(missing))).toBe('missing');
    expect(await faultOf(buffer(documents.stream(missing)))).toBe('missing');
    const outside = `../../${'a'.repeat(58)}` as Sha256;
    await expect(documents.read(outside)).rejects.toThrow(RangeError);
    expect(() => documents.stream(outside)).toThrow(RangeError);
  });

  it('removes the leftovers of dead processes at start, and nothing of living ones', async () => {
    const tmp = join(root, 'tmp');
    await mkdir(tmp, { recursive: true });
    const host = hostname()
      .replaceAll(/[^A-Za-z0-9-]/g, '_')
      .slice(0, 64);
    const gone = spawnSync('true').pid;
    await writeFile(join(tmp, `${host}.${gone}.x.y`), 'morto');
    await writeFile(join(tmp, `${host}.${process.pid}.unaltravita.y`), 'stesso numero, altra vita');
    await writeFile(join(tmp, `${host}.${process.ppid}.x.y`), 'vivo');
    await writeFile(join(tmp, 'altro-host.1.x.y'), 'vivo altrove');
    await writeFile(join(tmp, 'altro-host.2.x.y'), 'abbandonato');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(tmp, 'altro-host.2.x.y'), longAgo, longAgo);
    const documents = await folderDocuments(root);
    expect(documents.leftoversRemoved).toBe(3);
    expect((await readdir(tmp)).sort()).toEqual([`${host}.${process.ppid}.x.y`, 'altro-host.1.x.y'].sort());
  });

  it('shares the folder with another process', async () => {
    const [one, two] = await Promise.all([folderDocuments(root), folderDocuments(root)]);
    const kept = await one.put(Buffer.from('condiviso'));
    expect(await two.has(kept.sha256)).toBe(true);
    expect(await two.put(Buffer.from('condiviso'))).toEqual(kept);
  });

  it('names a full disk', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(toDocumentsError(full)).toMatchObject({ fault: 'no-space' });
    expect(toDocumentsError(Object.assign(new Error('quota'), { code: 'EDQUOT', syscall: 'write' }))).toMatchObject({
      fault: 'no-space',
    });
    const network = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    expect(toDocumentsError(network)).toBe(network);
  });

  it('on a really full file system keeps what it has, and works again once there is room', async () => {
    const small = join(root, 'piccolo');
    await mkdir(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', small]).status !== 0) {
      console.warn('*** SKIPPED: a full file system (mounting one needs root). ***');
      return;
    }
    try {
      const documents = await folderDocuments(small);
      const kept = await documents.put(randomBytes(600_000));
      expect(await faultOf(documents.put(randomBytes(600_000)))).toBe('no-space');
      expect(await faultOf(documents.put(pieces(randomBytes(600_000), 65_536)))).toBe('no-space');
      expect(await documents.verify(kept.sha256)).toBe(true);
      expect(await readdir(join(small, 'tmp'))).toEqual([]);
      await rm(join(small, kept.sha256.slice(0, 2)), { recursive: true });
      await documents.put(randomBytes(600_000));
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
