import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestedRange } from '../../../../src/entrances/http/reply/byte-range.ts';
import { attachment } from '../../../../src/entrances/http/reply/content-disposition.ts';
import { sendFile } from '../../../../src/entrances/http/reply/file-reply.ts';
import { sha256 } from '../../../../src/kernel/digest.ts';
import { documentReader } from '../../../../src/service/documents/read-document.ts';
import { openUploadHouse, type UploadHouse } from '../../../support/upload-house.ts';
import { listen, rawConnection, type TestServer } from '../../../support/upload-server.ts';

const BYTES = randomBytes(500_000);
const ETAG = `"${sha256(BYTES)}"`;

let house: UploadHouse;
let server: TestServer;
let read = 0;
let opened = 0;
let closed = 0;
let type = 'application/pdf';
let size = BYTES.length;
const large = Buffer.alloc(40 * 1024 * 1024, 5);
beforeAll(async () => {
  house = await openUploadHouse();
  await house.documents.put(BYTES);
  await house.documents.put(large);
  const counting = {
    ...house.documents,
    stream(...asked: Parameters<typeof house.documents.stream>) {
      const stream = house.documents.stream(...asked);
      opened += 1;
      stream.on('data', (piece: Buffer) => (read += piece.length));
      stream.on('close', () => (closed += 1));
      return stream;
    },
  };
  const reader = documentReader(counting);
  server = await listen({ uno: { aoo: house.aoo } }, async (api) => {
    const config = { access: 'messages:send' } as const;
    api.get('/file', { config }, async (request, reply) => {
      const place = { name: 'città «è».pdf', mediaType: type, sha256: sha256(BYTES), size, source: null };
      const file = await reader.document(place);
      if (!file.ok) throw new Error(file.problem.message);
      return sendFile(request, reply, file.value);
    });
    api.get('/large', { config }, async (request, reply) => {
      const file = await reader.mail({ sha256: sha256(large), size: large.length }, 'grande.eml');
      if (!file.ok) throw new Error(file.problem.message);
      return sendFile(request, reply, file.value);
    });
  });
});
afterAll(async () => {
  await server?.close();
  await house?.close();
});

async function get(headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(`${server.url}/file`, {
    method,
    headers: { authorization: 'Bearer chiave uno', ...headers },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, header: (name: string) => answer.headers.get(name), bytes };
}

describe('a document over HTTP', () => {
  it('comes whole, to be saved and never shown', async () => {
    const { status, header, bytes } = await get();
    expect(status).toBe(200);
    expect(bytes.equals(BYTES)).toBe(true);
    expect(header('content-type')).toBe('application/pdf');
    expect(header('content-length')).toBe('500000');
    expect(header('accept-ranges')).toBe('bytes');
    expect(header('etag')).toBe(ETAG);
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('content-security-policy')).toMatch(/^sandbox;/);
    expect(header('content-disposition')).toBe(
      `attachment; filename="citta _e_.pdf"; filename*=UTF-8''citt%C3%A0%20%C2%AB%C3%A8%C2%BB.pdf`,
    );
  });

  it.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/javascript', 'x', 'text/xsl'])(
    'that calls itself %s leaves as bytes',
    async (mediaType) => {
      type = mediaType;
      expect((await get()).header('content-type')).toBe('application/octet-stream');
      type = 'application/pdf';
    },
  );

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=0-', 0, 500_000],
    ['bytes=100-199', 100, 200],
    ['BYTES= 100-199 ', 100, 200],
    ['bytes=499999-', 499_999, 500_000],
    ['bytes=499990-999999999', 499_990, 500_000],
    ['bytes=10-99999999999999999999999', 10, 500_000],
    ['bytes=-1', 499_999, 500_000],
    ['bytes=-500000', 0, 500_000],
    ['bytes=-99999999999999999999999', 0, 500_000],
    ['bytes=,5-6,', 5, 7],
  ])('the part %j', async (range, start, end) => {
    const { status, header, bytes } = await get({ range });
    expect(status).toBe(206);
    expect(header('content-range')).toBe(`bytes ${start}-${end - 1}/500000`);
    expect(header('content-length')).toBe(String(end - start));
    expect(bytes.equals(BYTES.subarray(start, end))).toBe(true);
  });

  it.each([
    'bytes=500000-',
    'bytes=500000-500001',
    'bytes=-0',
    'bytes=9-5',
    'bytes=',
    'bytes=a-b',
    'bytes=-',
    'bytes=--5',
    'bytes=1-2-3',
    'bytes=0x1-5',
    'bytes=99999999999999999999-',
  ])('what is not there or not readable is refused: %j', async (range) => {
    const { status, header, bytes } = await get({ range });
    expect(status).toBe(416);
    expect(header('content-range')).toBe('bytes */500000');
    expect(header('content-type')).toMatch(/^application\/problem\+json/);
    expect(header('content-disposition')).toBeNull();
    expect(JSON.parse(bytes.toString()).code).toBe('range-not-satisfiable');
  });

  it.each(['bytes=0-1,5-6', 'bytes=0-499999,0-499999,0-1', 'items=0-5', 'bytes 0-5', `bytes=${'0-1,'.repeat(2_000)}`])(
    'several parts at once, and other units, are answered whole: %j',
    async (range) => {
      const { status, bytes } = await get({ range });
      expect([status, bytes.length]).toEqual([200, 500_000]);
    },
  );

  it('goes on only with the same document', async () => {
    const range = 'bytes=10-19';
    expect((await get({ range, 'if-range': ETAG })).status).toBe(206);
    for (const other of [`"${sha256('altro')}"`, `W/${ETAG}`, 'Wed, 21 Oct 2026 07:28:00 GMT'])
      expect((await get({ range, 'if-range': other })).status).toBe(200);
  });

  it('is not sent to who has it', async () => {
    for (const field of [ETAG, `W/${ETAG}`, `"x", ${ETAG}`, `,"a,b" ,, W/${ETAG} ,`, '*']) {
      const { status, header, bytes } = await get({ 'if-none-match': field });
      expect([status, bytes.length, header('etag')]).toEqual([304, 0, ETAG]);
    }
    for (const other of ['"x"', ETAG.slice(1, -1), `"x, ${ETAG.slice(1)}`])
      expect((await get({ 'if-none-match': other })).status).toBe(200);
  });

  it('is described by HEAD without being read', async () => {
    read = 0;
    const { status, header, bytes } = await get({}, 'HEAD');
    expect([status, header('content-length'), header('etag'), bytes.length]).toEqual([200, '500000', ETAG, 0]);
    expect(read).toBe(0);
    // Ranges are of GET alone (RFC 9110 section 14.2).
    const part = await get({ range: 'bytes=5-9' }, 'HEAD');
    expect([part.status, part.header('content-length')]).toEqual([200, '500000']);
    expect((await get()).bytes.length).toBe(500_000);
  });

  it('breaks the connection when the disk has less of it than was promised', async () => {
    size = BYTES.length + 10;
    await expect(get()).rejects.toThrow();
    size = BYTES.length;
    const path = join(house.root, sha256(BYTES).slice(0, 2), sha256(BYTES));
    await truncate(path, 100);
    await expect(get()).rejects.toThrow();
  });

  it('is read no faster than the client takes it, and no further when it goes away', async () => {
    [read, opened, closed] = [0, 0, 0];
    const { socket } = await rawConnection(server.port);
    socket.pause();
    socket.write('GET /v1/large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer chiave uno\r\n\r\n');
    let before = -1;
    for (let tries = 0; (read !== before || read === 0) && tries < 200; tries++) {
      before = read;
      await sleep(100);
    }
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(large.length / 2);
    socket.resetAndDestroy();
    for (let tries = 0; closed === 0 && tries < 200; tries++) await sleep(25);
    expect([opened, closed]).toEqual([1, 1]);
    expect(read).toBeLessThan(large.length / 2);
  });
});

describe('a range', () => {
  it('of an empty document is never there', () => {
    expect(requestedRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(requestedRange('bytes=-5', 0)).toBe('unsatisfiable');
    expect(requestedRange(undefined, 0)).toBe('whole');
  });
});

describe('the name of a document', () => {
  it.each([
    ['a.pdf', 'attachment; filename="a.pdf"'],
    ['a b;c=1.pdf', 'attachment; filename="a b;c=1.pdf"'],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['C:\\x\\y.pdf', 'attachment; filename="y.pdf"'],
    ['a".pdf\r\nSet-Cookie: x', 'attachment; filename="a_.pdfSet-Cookie_ x"'],
    ['.bashrc', 'attachment; filename="_bashrc"'],
    ['', 'attachment; filename="documento"'],
    [null, 'attachment; filename="documento"'],
    ['..', 'attachment; filename="documento"'],
    ['fattura\u202efdp.exe', 'attachment; filename="fatturafdp.exe"'],
    ['100%41.pdf', `attachment; filename="100_41.pdf"; filename*=UTF-8''100%2541.pdf`],
    ["l'atto (1).pdf", `attachment; filename="l'atto (1).pdf"`],
    ["è*'(x).pdf", `attachment; filename="e_'(x).pdf"; filename*=UTF-8''%C3%A8_%27%28x%29.pdf`],
    ['\ud800日本.pdf', `attachment; filename="___.pdf"; filename*=UTF-8''%EF%BF%BD%E6%97%A5%E6%9C%AC.pdf`],
  ])('%j', (name, field) => expect(attachment(name)).toBe(field));

  it('is never longer than a file system takes', () => {
    const field = attachment(`${'日'.repeat(1_000)}.pdf`);
    const [, encoded = ''] = field.split("UTF-8''");
    expect(Buffer.byteLength(decodeURIComponent(encoded))).toBeLessThanOrEqual(255);
    expect(encoded).toMatch(/\.pdf$/);
  });
});
