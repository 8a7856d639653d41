import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toDocumentsError } from '../../../../src/adapters/documents/to-documents-error.ts';
import { uploadRoutes } from '../../../../src/entrances/http/rest/upload-routes.ts';
import { sha256 } from '../../../../src/kernel/digest.ts';
import { openUploadHouse, type UploadHouse } from '../../../support/upload-house.ts';
import { listen, rawConnection, type TestServer } from '../../../support/upload-server.ts';

let house: UploadHouse;
let server: TestServer;
let signedAs = '';
beforeAll(async () => {
  house = await openUploadHouse();
  server = await listen(
    { uno: { aoo: house.aoo }, due: { aoo: house.other }, firma: { aoo: house.aoo, signed: () => signedAs } },
    async (api) => uploadRoutes(api, { ...house.deps, silenceMs: 700 }),
  );
});
afterAll(async () => {
  await server?.close();
  await house?.close();
});

const KEY = { authorization: 'Bearer chiave uno' };

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly offset: string | null;
  readonly location: string | null;
}
async function call(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(server.url + path, { method, ...init, headers: { ...KEY, ...init.headers } });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    offset: answer.headers.get('upload-offset'),
    location: answer.headers.get('location'),
  };
}

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

async function announce(size: number, change: Record<string, unknown> = {}): Promise<string> {
  const answer = await call('POST', '/uploads', json({ name: 'a.pdf', mediaType: 'application/pdf', size, ...change }));
  if (answer.status !== 201) throw new Error(JSON.stringify(answer));
  expect(answer.location).toBe(`/v1/uploads/${answer.body['id']}`);
  return `/uploads/${answer.body['id']}`;
}

const put = (path: string, bytes: Buffer, headers: Record<string, string> = {}) =>
  call('PUT', `${path}/content`, { body: new Uint8Array(bytes), headers });
const range = (from: number, to: number, total: number | string) => ({
  'content-range': `bytes ${from}-${to}/${total}`,
});

describe('uploads over HTTP', () => {
  it('come whole, are shown and removed', async () => {
    const bytes = randomBytes(100_000);
    const path = await announce(bytes.length, { sha256: sha256(bytes) });
    expect(await call('GET', path)).toMatchObject({
      status: 200,
      offset: '0',
      body: { state: 'open', received: 0, size: 100_000, name: 'a.pdf', mediaType: 'application/pdf' },
    });
    expect(await put(path, bytes, { 'content-type': 'application/pdf' })).toMatchObject({
      status: 200,
      offset: '100000',
      body: { state: 'complete', received: 100_000, sha256: sha256(bytes) },
    });
    expect(await put(path, bytes)).toMatchObject({ status: 409, body: { code: 'upload-complete' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'upload-unknown' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 404 });
  });

  it('come in ranges; one that does not continue is told where to go on', async () => {
    const bytes = randomBytes(50_000);
    const path = await announce(bytes.length);
    expect(await put(path, bytes.subarray(0, 20_000), range(0, 19_999, 50_000))).toMatchObject({
      status: 200,
      offset: '20000',
      body: { state: 'open', received: 20_000 },
    });
    expect(await put(path, bytes.subarray(30_000), range(30_000, 49_999, 50_000))).toMatchObject({
      status: 409,
      offset: '20000',
      body: { code: 'upload-offset' },
    });
    expect(await put(path, bytes.subarray(20_000), range(20_000, 49_999, '*'))).toMatchObject({
      status: 200,
      body: { state: 'complete', sha256: sha256(bytes) },
    });
  });

  it.each([
    ['bytes 0-9/*', 10, 200, undefined],
    ['bytes 0-9/99', 10, 416, 'upload-range'],
    ['bytes 0-100/100', 101, 416, 'upload-range'],
    ['bytes 9-0/100', 10, 416, 'upload-range'],
    ['bytes 0-9/100', 11, 400, 'upload-length'],
    ['bytes 0-999999999999999/*', 10, 416, 'upload-range'],
    ['bytes 0-9999999999999999/*', 10, 400, 'bad-request'],
    ['bytes -5-9/100', 10, 400, 'bad-request'],
    ['bytes */100', 10, 400, 'bad-request'],
    ['items 0-9/100', 10, 400, 'bad-request'],
    ['bytes 0-9/100, bytes 10-19/100', 10, 400, 'bad-request'],
    ['0-9/100', 10, 400, 'bad-request'],
  ])('the range %j of %i bytes', async (field, length, status, code) => {
    const path = await announce(100);
    const answer = await put(path, Buffer.alloc(length), { 'content-range': field });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect((await call('GET', path)).body['received']).toBe(status === 200 ? 10 : 0);
  });

  it('refuse what is not what was announced', async () => {
    const path = await announce(10, { sha256: sha256(Buffer.alloc(10)) });
    const code = async (answer: Promise<Answer>) => {
      const { status, body } = await answer;
      return [status, body['code']];
    };
    expect(await code(put(path, Buffer.alloc(11)))).toEqual([413, 'upload-too-large']);
    expect(await code(put(path, Buffer.alloc(9)))).toEqual([400, 'upload-length']);
    expect(await code(put(path, Buffer.alloc(10), { 'content-type': 'text/html' }))).toEqual([
      415,
      'media-type-unsupported',
    ]);
    expect(await code(put(path, Buffer.alloc(10), { 'content-encoding': 'gzip' }))).toEqual([
      415,
      'media-type-unsupported',
    ]);
    expect(await code(call('PUT', `${path}/content`))).toEqual([400, 'body-missing']);
    expect(await code(put(path, Buffer.alloc(10, 1)))).toEqual([422, 'upload-digest-differs']);
    expect(await call('GET', path)).toMatchObject({ body: { state: 'open', received: 0 } });
    const open = (change: Record<string, unknown>) =>
      code(call('POST', '/uploads', json({ name: 'a', mediaType: 'a/b', size: 1, ...change })));
    expect(await open({ size: 100 * 1024 * 1024 + 1 })).toEqual([413, 'upload-too-large']);
    expect(await open({ size: 0 })).toEqual([400, 'bad-request']);
    expect(await open({ size: '1' })).toEqual([400, 'bad-request']);
    expect(await open({ other: 1 })).toEqual([400, 'bad-request']);
    expect(await open({ name: '../' })).toEqual([400, 'file-name-invalid']);
    expect(await open({ sha256: 'x'.repeat(64) })).toEqual([400, 'bad-request']);
    expect(await code(call('POST', '/uploads', { body: '{}', headers: { 'content-type': 'text/plain' } }))).toEqual([
      415,
      'body-media-type',
    ]);
    expect(await code(call('GET', '/uploads/nulla'))).toEqual([400, 'bad-request']);
  });

  it('learn nothing of other offices', async () => {
    const path = await announce(10);
    const headers = { authorization: 'Bearer chiave due' };
    const none = { status: 404, body: { code: 'upload-unknown' }, offset: null };
    expect(await call('GET', path, { headers })).toMatchObject(none);
    expect(await call('DELETE', path, { headers })).toMatchObject(none);
    expect(await put(path, Buffer.alloc(10), headers)).toMatchObject(none);
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { received: 0 } });
    expect((await call('GET', `${path}?aoo=${house.aoo}`, { headers })).status).toBe(403);
    expect((await call('GET', path, { headers: { authorization: '' } })).status).toBe(401);
  });

  it('are gone when they have expired', async () => {
    const path = await announce(10);
    await house.pool.query("update upload set expires_at = '2026-01-01' where upload_id = $1", [path.slice(9)]);
    expect(await call('GET', path)).toMatchObject({ status: 410, body: { code: 'upload-expired' } });
    expect(await put(path, Buffer.alloc(10))).toMatchObject({ status: 410 });
  });

  const head = (path: string, length: number | null, more = '') =>
    `PUT /v1${path}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer chiave uno\r\n${more}${
      length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
    }\r\n\r\n`;
  const received = async (path: string) => (await call('GET', path)).body['received'];
  async function until<T>(ask: () => Promise<T>, want: T): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if ((await ask()) === want) return;
      await sleep(25);
    }
    expect(await ask()).toBe(want);
  }

  it('keep what came when the connection breaks, and go on from there', async () => {
    const bytes = randomBytes(300_000);
    const path = await announce(bytes.length);
    const { socket } = await rawConnection(server.port);
    socket.write(head(path, bytes.length));
    socket.write(bytes.subarray(0, 120_000));
    const part = join(house.root, 'uploads', `${path.slice(9)}.part`);
    await until(async () => (await stat(part).catch(() => ({ size: 0 }))).size, 120_000);
    socket.resetAndDestroy();
    await until(() => received(path), 120_000);
    // The writer is gone with its connection: the next one need not wait.
    let next = await put(path, bytes.subarray(120_000), range(120_000, 299_999, 300_000));
    for (let tries = 0; next.status === 409 && tries < 100; tries++) {
      await sleep(20);
      next = await put(path, bytes.subarray(120_000), range(120_000, 299_999, 300_000));
    }
    expect(next).toMatchObject({ status: 200, body: { state: 'complete', sha256: sha256(bytes) } });
  });

  it('tell a client that falls silent, and keep what it sent', async () => {
    const path = await announce(1_000);
    const { socket, answer } = await rawConnection(server.port);
    socket.write(head(path, 1_000));
    socket.write(Buffer.alloc(400));
    expect(await answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*upload-offset: 400[\s\S]*"upload-interrupted"/i);
    expect(await received(path)).toBe(400);
  });

  it('have one writer: the second one is refused while the first goes on', async () => {
    const bytes = randomBytes(40_000);
    const path = await announce(bytes.length);
    const { socket, answer } = await rawConnection(server.port);
    socket.write(head(path, bytes.length, 'Connection: close\r\n'));
    socket.write(bytes.subarray(0, 10_000));
    const part = join(house.root, 'uploads', `${path.slice(9)}.part`);
    await until(async () => (await stat(part).catch(() => ({ size: 0 }))).size, 10_000);
    expect(await put(path, bytes)).toMatchObject({ status: 409, body: { code: 'upload-busy' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'upload-busy' } });
    socket.write(bytes.subarray(10_000));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    expect((await call('GET', path)).body).toMatchObject({ state: 'complete', sha256: sha256(bytes) });
  });

  it('of unknown length end where they should, and not behind it', async () => {
    const chunk = (bytes: Buffer) =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const bytes = randomBytes(30_000);
    const send = async (pieces: readonly Buffer[]): Promise<[string, string]> => {
      const path = await announce(bytes.length);
      const { socket, answer } = await rawConnection(server.port);
      socket.write(head(path, null, 'Connection: close\r\n'));
      for (const piece of pieces) socket.write(chunk(piece));
      socket.write('0\r\n\r\n');
      return [(await answer).slice(9, 12), String((await call('GET', path)).body['state'])];
    };
    expect(await send([bytes.subarray(0, 7), bytes.subarray(7)])).toEqual(['200', 'complete']);
    expect(await send([bytes, Buffer.from('x')])).toEqual(['400', 'open']);
    expect(await send([bytes.subarray(1)])).toEqual(['400', 'open']);
  });

  it('whose signed body is another one never count', async () => {
    const bytes = randomBytes(20_000);
    const path = await announce(bytes.length);
    const headers = { authorization: 'Bearer chiave firma' };
    signedAs = Buffer.from(sha256('altro'), 'hex').toString('base64');
    expect(await put(path, bytes, headers)).toMatchObject({ body: { code: 'integrity-digest' } });
    expect(await received(path)).toBe(0);
    signedAs = Buffer.from(sha256(bytes), 'hex').toString('base64');
    expect(await put(path, bytes, headers)).toMatchObject({ status: 200, body: { state: 'complete' } });
  });

  it('that were signed and are cut off, after some bytes or right before the end, do not count', async () => {
    const bytes = randomBytes(20_000);
    signedAs = Buffer.from(sha256('altro'), 'hex').toString('base64');
    const left = async (length: number | null, sent: Buffer) => {
      const path = await announce(bytes.length);
      const { socket } = await rawConnection(server.port);
      socket.write(head(path, length).replace('chiave uno', 'chiave firma'));
      socket.write(sent);
      const part = join(house.root, 'uploads', `${path.slice(9)}.part`);
      await until(async () => (await stat(part).catch(() => ({ size: 0 }))).size > 0, true);
      socket.destroy();
      const busy = 'select 1 from upload where upload_id = $1 and writer is not null';
      await until(async () => (await house.pool.query(busy, [path.slice(9)])).rowCount, 0);
      return (await call('GET', path)).body;
    };
    const whole = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const none = { state: 'open', received: 0 };
    expect(await left(bytes.length, bytes.subarray(0, 9_000))).toMatchObject(none);
    expect(await left(null, whole)).toMatchObject(none);
  });

  it('are not buffered: what was not yet written is not read either', async () => {
    const size = 64 * 1024 * 1024;
    const source = join(house.root, 'large');
    await writeFile(source, Buffer.alloc(size, 7));
    const path = await announce(size);
    const { files } = house.deps;
    const stuck = Promise.withResolvers<void>();
    let writes = 0;
    const slow = await listen({ uno: { aoo: house.aoo } }, async (api) =>
      uploadRoutes(api, {
        ...house.deps,
        files: {
          ...files,
          async open(...asked) {
            const writer = await files.open(...asked);
            if (writer === null) return null;
            const write = writer.write.bind(writer);
            writer.write = async (piece) => {
              writes += 1;
              if (writes === 3) await stuck.promise;
              await write(piece);
            };
            return writer;
          },
        },
      }),
    );
    try {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      const upload = httpRequest(
        {
          port: slow.port,
          host: '127.0.0.1',
          method: 'PUT',
          path: `/v1${path}/content`,
          headers: { ...KEY, 'content-length': size },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      upload.on('error', reject);
      createReadStream(source).pipe(upload);
      await until(async () => writes, 3);
      // The sender comes to rest: the kernel's buffers of the connection are full, ours hold a few chunks.
      let sent = -1;
      for (let now = 0; now !== sent; ) {
        sent = now;
        await sleep(150);
        now = upload.socket?.bytesWritten ?? 0;
      }
      expect(sent).toBeLessThan(size / 2);
      stuck.resolve();
      expect(await promise).toBe(200);
    } finally {
      stuck.resolve();
      await slow.close();
    }
    expect((await call('GET', path)).body['sha256']).toBe(sha256(Buffer.alloc(size, 7)));
  });

  it('end with a problem when the disk is full, and go on when there is room again', async () => {
    const bytes = randomBytes(30_000);
    const path = await announce(bytes.length);
    const { files } = house.deps;
    const full = await listen({ uno: { aoo: house.aoo } }, async (api) =>
      uploadRoutes(api, {
        ...house.deps,
        files: {
          ...files,
          async open(...asked) {
            const writer = await files.open(...asked);
            if (writer !== null) writer.write = () => Promise.reject(toDocumentsError(noSpace()));
            return writer;
          },
        },
      }),
    );
    try {
      const answer = await fetch(`${full.url}${path}/content`, {
        method: 'PUT',
        headers: KEY,
        body: Readable.toWeb(Readable.from([bytes])) as never,
        duplex: 'half',
      } as RequestInit);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'storage-unavailable']);
    } finally {
      await full.close();
    }
    expect(await put(path, bytes)).toMatchObject({ status: 200, body: { state: 'complete' } });
  });
});

const noSpace = () =>
  Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write', errno: -28 });
