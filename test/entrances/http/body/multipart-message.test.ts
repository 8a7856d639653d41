import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptMultipart, readMultipartMessage } from '../../../../src/entrances/http/body/multipart-message.ts';
import { multipartParts } from '../../../../src/entrances/http/body/multipart-parts.ts';
import { sendProblem } from '../../../../src/entrances/http/reply/problem-reply.ts';
import { sha256 } from '../../../../src/kernel/digest.ts';
import { LIMITS } from '../../../../src/kernel/limits.ts';
import type { Staging } from '../../../../src/service/documents/documents.ts';
import { openUploadHouse, type UploadHouse } from '../../../support/upload-house.ts';
import { listen, rawConnection, type TestServer } from '../../../support/upload-server.ts';

let house: UploadHouse;
let server: TestServer;
let signedAs = '';
let written = 0;
let keeps = true;
let stuck: Promise<void> | null = null;
const handled: string[] = [];
beforeAll(async () => {
  house = await openUploadHouse();
  const slow: Staging = {
    stage(bytes) {
      async function* counted(): AsyncGenerator<Buffer> {
        if (stuck !== null) await stuck;
        for await (const piece of bytes as AsyncIterable<Buffer>) {
          written += piece.length;
          yield piece;
        }
      }
      return house.documents.stage(Readable.from(counted(), { objectMode: false }));
    },
  };
  server = await listen({ uno: { aoo: house.aoo }, firma: { aoo: house.aoo, signed: () => signedAs } }, async (api) => {
    acceptMultipart(api);
    api.post('/messages', { config: { access: 'messages:send' } }, async (request, reply) => {
      const read = await readMultipartMessage(request, slow);
      handled.push(read.ok ? 'ok' : read.problem.code);
      if (!read.ok) return sendProblem(reply, read.problem);
      if (keeps) for (const document of read.value.documents) await document.keep();
      await read.value.drop();
      return read.value;
    });
  });
});
afterAll(async () => {
  await server?.close();
  await house?.close();
});

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly bytes: Buffer | string;
}
const MESSAGE: Part = { name: 'message', type: 'application/json', bytes: '{"subject":"Prova"}' };
const file = (filename: string, bytes: Buffer | string, type = 'application/pdf'): Part => ({
  name: 'file',
  filename,
  type,
  bytes,
});

function body(parts: readonly Part[], end = '--b--\r\n'): Buffer {
  const pieces = parts.flatMap(({ name, filename, type, bytes }) => [
    Buffer.from(
      `--b\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${
        type === undefined ? '' : `Content-Type: ${type}\r\n`
      }\r\n`,
    ),
    Buffer.from(bytes as string),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

async function post(bytes: Buffer, client = 'uno', type = 'multipart/form-data; boundary=b') {
  const answer = await fetch(`${server.url}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer chiave ${client}`, 'content-type': type },
    body: new Uint8Array(bytes),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const code = async (parts: readonly Part[], end?: string) => {
  const { status, body: said } = await post(body(parts, end));
  return [status, said['code']];
};

describe('a message with its documents in one request', () => {
  it('gives the message and where its documents are', async () => {
    const [one, two] = [randomBytes(300_000), randomBytes(10)];
    const { status, body: said } = await post(
      body([file('uno.pdf', one), MESSAGE, file('perché «due».txt', two, 'text/plain; charset=utf-8')]),
    );
    expect(status).toBe(200);
    expect(said).toEqual({
      message: { subject: 'Prova' },
      documents: [
        { name: 'uno.pdf', mediaType: 'application/pdf', sha256: sha256(one), size: one.length },
        { name: 'perché «due».txt', mediaType: 'text/plain', sha256: sha256(two), size: 10 },
      ],
    });
    expect(await house.documents.read(sha256(one))).toEqual(one);
  });

  it('puts nothing into the document store that no message keeps', async () => {
    const [refused, unused] = [randomBytes(1_000), randomBytes(1_000)];
    expect(await code([file('a.pdf', refused), file('b.pdf', '')])).toEqual([400, 'multipart-invalid']);
    keeps = false;
    expect((await post(body([MESSAGE, file('a.pdf', unused)]))).status).toBe(200);
    keeps = true;
    for (const bytes of [refused, unused]) expect(await house.documents.has(sha256(bytes))).toBe(false);
    expect(await readdir(join(house.root, 'tmp'))).toEqual([]);
  });

  it('reads the message wherever it stands and whatever type it says', async () => {
    for (const part of [
      { ...MESSAGE, filename: 'm.json' },
      { name: 'message', bytes: MESSAGE.bytes },
    ])
      expect((await post(body([part, file('a.pdf', 'x')]))).body).toMatchObject({ message: { subject: 'Prova' } });
  });

  it('reads the message as strictly as any JSON', async () => {
    const message = (bytes: Buffer | string): Part[] => [{ ...MESSAGE, bytes }];
    expect(await code(message('{"a":1,"a":2}'))).toEqual([400, 'body-duplicate-key']);
    expect(await code(message('{"__proto__":{}}'))).toEqual([400, 'body-forbidden-key']);
    expect(await code(message(Buffer.from([0x22, 0xff, 0x22])))).toEqual([400, 'body-encoding']);
    expect(await code(message('['.repeat(100)))).toEqual([400, 'body-too-deep']);
    expect(await code(message(''))).toEqual([400, 'body-missing']);
    expect(await code(message(`"${'x'.repeat(LIMITS.messageJsonBytes)}"`))).toEqual([413, 'body-too-large']);
  });

  it('refuses what is not one message and its files', async () => {
    const pdf = file('a.pdf', 'x');
    expect(await code([pdf])).toEqual([400, 'multipart-invalid']);
    expect(await code([MESSAGE])).toEqual([400, 'multipart-invalid']);
    expect(await code([MESSAGE, MESSAGE])).toEqual([400, 'multipart-invalid']);
    expect(await code([MESSAGE, file('a.pdf', '')])).toEqual([400, 'multipart-invalid']);
    expect(await code([MESSAGE, { name: 'file', bytes: 'x' }])).toEqual([400, 'file-name-invalid']);
    expect(await code([MESSAGE, file('..', 'x')])).toEqual([400, 'file-name-invalid']);
    expect(await code([MESSAGE, pdf], '')).toEqual([400, 'multipart-invalid']);
    expect(await code([], '')).toEqual([400, 'multipart-invalid']);
    expect(await code([], 'prima\r\n--b--\r\n')).toEqual([400, 'multipart-invalid']);
    expect(await code([], '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n')).toEqual([400, 'multipart-invalid']);
    expect(await code([], `--b\r\nX: ${'x'.repeat(10_000)}\r\n\r\nx\r\n--b--\r\n`)).toEqual([400, 'multipart-invalid']);
    expect(await code([{ ...MESSAGE, name: '__proto__' }])).toEqual([400, 'file-name-invalid']);
    expect((await post(body([MESSAGE]), 'uno', 'multipart/form-data')).status).toBe(400);
    expect((await post(body([MESSAGE]), 'uno', 'multipart/form-data; boundary=altro')).status).toBe(400);
    expect((await post(body([MESSAGE]), 'uno', 'text/plain')).body['code']).toBe('body-media-type');
  });

  it('is bounded in the number of its documents', async () => {
    const files = (count: number) => Array.from({ length: count }, (_, index) => file(`${index}.txt`, 'x'));
    const most = await post(body([MESSAGE, ...files(LIMITS.messageFiles)]));
    expect(most.body['documents']).toHaveLength(LIMITS.messageFiles);
    expect(await code([MESSAGE, ...files(LIMITS.messageFiles + 1)])).toEqual([400, 'multipart-invalid']);
  });

  it('is bounded in their size, all together, whatever length it announces', async () => {
    const big = Buffer.alloc(60 * 1024 * 1024);
    const parts = body([MESSAGE, file('a', big), file('b', big)]);
    const announced = await rawPost(parts.length, (write) => write(parts.subarray(0, 1_000)));
    expect(announced).toMatch(/^HTTP\/1\.1 413 [\s\S]*"documents-too-large"/);
    const chunked = await rawPost(null, async (write) => {
      for (let at = 0; at < parts.length; at += 1 << 20) {
        const piece = parts.subarray(at, at + (1 << 20));
        await write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
      }
    });
    expect(chunked).toMatch(/^HTTP\/1\.1 413 [\s\S]*"documents-too-large"/);
    expect(await readdir(join(house.root, 'tmp'))).toEqual([]);
  });

  async function rawPost(
    length: number | null,
    bytes: (write: (piece: Buffer) => Promise<void>) => unknown,
  ): Promise<string> {
    const { socket, answer } = await rawConnection(server.port);
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer chiave uno\r\nConnection: close\r\n${
        length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
      }\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`,
    );
    let over = false;
    void answer.then(() => {
      over = true;
    });
    await bytes(async (piece) => {
      if (over || socket.destroyed) return;
      if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), answer]);
    });
    return answer;
  }

  it('leaves nothing half-done when the client goes away in the middle', async () => {
    handled.length = 0;
    const { socket } = await rawConnection(server.port);
    const parts = body([MESSAGE, file('a.pdf', randomBytes(200_000))]);
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer chiave uno\r\nContent-Length: ${parts.length}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`,
    );
    written = 0;
    socket.write(parts.subarray(0, 150_000));
    for (let tries = 0; written < 100_000 && tries < 200; tries++) await sleep(20);
    socket.resetAndDestroy();
    for (let tries = 0; handled.length === 0 && tries < 200; tries++) await sleep(20);
    expect(handled).toEqual(['body-interrupted']);
    expect(await readdir(join(house.root, 'tmp'))).toEqual([]);
    expect((await post(body([MESSAGE, file('a.pdf', 'x')]))).status).toBe(200);
  });

  it('is checked against its signature', async () => {
    const parts = body([MESSAGE, file('a.pdf', randomBytes(500_000))]);
    signedAs = Buffer.from(sha256('altro'), 'hex').toString('base64');
    expect((await post(parts, 'firma')).body['code']).toBe('integrity-digest');
    signedAs = Buffer.from(sha256(parts), 'hex').toString('base64');
    expect((await post(parts, 'firma')).status).toBe(200);
  });

  it('is not buffered: what is not yet stored is not read either', async () => {
    const gate = Promise.withResolvers<void>();
    stuck = gate.promise;
    const parts = body([MESSAGE, file('a.bin', Buffer.alloc(64 * 1024 * 1024, 3))]);
    let taken = 0;
    const answer = rawPost(parts.length, async (write) => {
      for (let at = 0; at < parts.length; at += 1 << 18) {
        await write(parts.subarray(at, at + (1 << 18)));
        taken = at;
      }
    });
    // At rest when the kernel's buffers of the connection are full.
    let before = -1;
    for (let tries = 0; (taken !== before || taken === 0) && tries < 100; tries++) {
      before = taken;
      await sleep(200);
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(parts.length / 2);
    stuck = null;
    gate.resolve();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('has names as forms write them: what the FormData of the platform escapes is what it was', async () => {
    const form = new FormData();
    for (const name of ['scansione "n. 1" è.txt', 'sconto 22%.pdf', 'a\nb.txt', '%41%2F.txt'])
      form.append('document', new File(['x'], name));
    const request = new Request('http://example.it', { method: 'POST', body: form });
    const boundary = /boundary=(.+)$/.exec(request.headers.get('content-type') ?? '')?.[1] ?? '';
    const bytes = Buffer.from(await request.arrayBuffer());
    async function* whole(): AsyncGenerator<Buffer> {
      yield bytes;
    }
    const found: (string | null)[] = [];
    for await (const part of multipartParts(whole(), boundary)) {
      await buffer(part.bytes);
      found.push(part.filename);
    }
    expect(found).toEqual(['scansione "n. 1" è.txt', 'sconto 22%.pdf', 'a\nb.txt', '%41%2F.txt']);
  });

  it.each([
    ['=?UTF-8?B?Y2l0dMOgIHVuby5wZGY=?=', 'città uno.pdf'],
    ['=?iso-8859-1?Q?citt=E0.pdf?=', 'città.pdf'],
    ['C:\\dir\\nuova\\a.pdf', 'a.pdf'],
    ['\\\\server\\atti\\a.pdf', 'a.pdf'],
    ["UTF-8''citt%C3%A0.pdf", 'città.pdf'],
    ['relazione\ttecnica.pdf', 'relazione tecnica.pdf'],
    ['Delibera "Piano" 12.pdf', 'Delibera "Piano" 12.pdf'],
    ['=?UTF-8?Q?..=2F..=2Fetc=2F=E2=80=AEfdp.exe?=', 'fdp.exe'],
  ])('takes the name %s for %s', async (written, name) => {
    const { status, body: said } = await post(body([MESSAGE, file(written, 'x')]));
    expect([status, said['documents']]).toEqual([200, [expect.objectContaining({ name })]]);
  });

  it('does not depend on how the connection cuts it', async () => {
    const bytes = Buffer.concat([Buffer.from('\r\n--'), randomBytes(300), Buffer.from('\r\n--c\r\n')]);
    const parts = Buffer.concat([body([MESSAGE, file('a.bin', bytes)]), Buffer.from('coda')]);
    for (const size of [1, 2, 3, 7, parts.length]) {
      async function* cut(): AsyncGenerator<Buffer> {
        for (let at = 0; at < parts.length; at += size) yield parts.subarray(at, at + size);
      }
      const found: [string, string | null, string, Buffer][] = [];
      for await (const part of multipartParts(cut(), 'b'))
        found.push([part.name, part.filename, part.mediaType, await buffer(part.bytes)]);
      expect(found).toEqual([
        ['message', null, 'application/json', Buffer.from(String(MESSAGE.bytes))],
        ['file', 'a.bin', 'application/pdf', bytes],
      ]);
    }
  });
});
