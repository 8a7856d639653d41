import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpFetcher } from '../../../src/adapters/index-files/fetcher.ts';
import type { Fetched } from '../../../src/service/index/fetch-index.ts';

const CONTENT = Buffer.from(Array.from({ length: 5_000 }, (_, index) => `riga ${index}\n`).join(''));
const folder = mkdtempSync(join(tmpdir(), 'interpro-fetch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: Server;
let url: string;
let asked: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/enti.csv`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;
const fetcher = (more: Partial<Parameters<typeof httpFetcher>[0]> = {}) =>
  httpFetcher({ folder, silenceMs: 2_000, ...more });

async function content(fetched: Fetched): Promise<Buffer> {
  if (fetched.outcome !== 'fetched') throw new Error(JSON.stringify(fetched));
  const pieces: Uint8Array[] = [];
  for await (const piece of fetched.bytes) pieces.push(piece);
  await fetched.discard();
  return Buffer.concat(pieces);
}

describe('a file by http', () => {
  it('arrives whole, with its ETag and date, and leaves nothing behind', async () => {
    answer = (_, response) => response.setHeader('etag', '"uno"').end(CONTENT);
    const fetched = await fetcher().fetch(url, null, never);
    expect(fetched).toMatchObject({ outcome: 'fetched', etag: '"uno"', lastModified: null });
    expect((await content(fetched)).equals(CONTENT)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is requested by its ETag or its date, and not sent again', async () => {
    answer = (_, response) => response.writeHead(304).end();
    expect(await fetcher().fetch(url, { url, etag: '"uno"', lastModified: 'x' }, never)).toEqual({
      outcome: 'unchanged',
    });
    expect(
      await fetcher().fetch(url, { url, etag: null, lastModified: 'Mon, 07 Sep 2026 10:00:00 GMT' }, never),
    ).toEqual({ outcome: 'unchanged' });
    expect(asked.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']])).toEqual([
      ['"uno"', undefined],
      [undefined, 'Mon, 07 Sep 2026 10:00:00 GMT'],
    ]);
  });

  it('is resumed where the connection broke', async () => {
    answer = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const to = Math.min(CONTENT.length, from + 20_000);
      response.setHeader('etag', '"uno"').setHeader('content-length', CONTENT.length - from);
      if (from > 0) response.setHeader('content-range', `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`);
      response.writeHead(from > 0 ? 206 : 200);
      response.write(CONTENT.subarray(from, to), () =>
        to === CONTENT.length ? response.end() : setTimeout(() => response.destroy(), 50),
      );
    };
    const fetched = await fetcher({ tries: 20 }).fetch(url, null, never);
    expect((await content(fetched)).equals(CONTENT)).toBe(true);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.at(-1)?.headers['if-range']).toBe('"uno"');
  });

  it('that changed in between is fetched from the start', async () => {
    answer = (_, response) => {
      const isFirst = asked.length === 1;
      response.setHeader('etag', isFirst ? '"uno"' : '"due"').setHeader('content-length', CONTENT.length);
      if (isFirst) response.write(Buffer.alloc(10_000, 'x'), () => setTimeout(() => response.destroy(), 50));
      else response.end(CONTENT);
    };
    const fetched = await fetcher().fetch(url, null, never);
    expect(fetched).toMatchObject({ etag: '"due"' });
    expect((await content(fetched)).equals(CONTENT)).toBe(true);
  });

  type Reply = (request: IncomingMessage, response: ServerResponse) => void;
  const replies: readonly (readonly [what: string, reason: string, times: number, reply: Reply])[] = [
    [
      'a server that is silent',
      'il server non risponde più',
      1,
      (_, response) => response.writeHead(200).flushHeaders(),
    ],
    ['one that always breaks off', '', 2, (_, response) => void response.destroy()],
    ['one that knows no such file', '404', 1, (_, response) => void response.writeHead(404).end()],
    ['one in trouble', '503', 2, (_, response) => void response.writeHead(503).end()],
    ['too large a file, declared', 'più di', 1, (_, response) => void response.end(Buffer.alloc(200_000))],
    [
      'too large a file, not declared',
      'più di',
      1,
      (_, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(Buffer.alloc(200_000)),
    ],
    [
      'a piece that was not asked for',
      'parte non richiesta',
      2,
      (_, response) => {
        response.setHeader('etag', '"uno"');
        if (asked.length > 1) {
          response.writeHead(206, { 'content-range': 'bytes 3-9/10' }).end('1234567');
          return;
        }
        response.setHeader('content-length', 10);
        response.write('12345', () => setTimeout(() => response.destroy(), 50));
      },
    ],
  ];
  it.each(replies)('%s is a failure with its reason', async (_, reason, times, reply) => {
    answer = reply;
    const fetched = await fetcher({
      tries: reason === 'il server non risponde più' ? 1 : 2,
      silenceMs: 300,
      mostBytes: 100_000,
    }).fetch(url, null, never);
    expect(fetched).toEqual({ outcome: 'failed', reason: expect.stringContaining(reason) });
    expect(asked).toHaveLength(times);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['file:///etc/passwd', 'ftp://example.it/a', 'data:text/plain,a', 'enti.csv'])(
    'only: %s is refused',
    async (other) => {
      expect(await fetcher().fetch(other, null, never)).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining('http'),
      });
    },
  );

  it('that is compressed without being asked for is unpacked, and fetched from the start if it breaks', async () => {
    const packed = gzipSync(CONTENT);
    answer = (_, response) => {
      response
        .setHeader('etag', '"uno"')
        .setHeader('content-encoding', 'gzip')
        .setHeader('content-length', packed.length);
      if (asked.length > 1) return void response.end(packed);
      response.write(packed.subarray(0, packed.length >> 1), () => setTimeout(() => response.destroy(), 50));
    };
    const fetched = await fetcher().fetch(url, null, never);
    expect(fetched).toMatchObject({ outcome: 'fetched', etag: '"uno"' });
    expect((await content(fetched)).equals(CONTENT)).toBe(true);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it('that never ends is given up', async () => {
    answer = (_, response) => {
      const more = setInterval(() => response.write('riga\n'), 20);
      response.on('close', () => clearInterval(more));
    };
    const fetched = await fetcher({ wholeMs: 300 }).fetch(url, null, never);
    expect(fetched).toEqual({ outcome: 'failed', reason: 'il file non è arrivato per intero in 0.3 secondi' });
    expect(asked).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given up on request', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const running = fetcher().fetch(url, null, stop.signal);
    await expect.poll(() => asked.length).toBe(1);
    stop.abort();
    expect(await running).toEqual({ outcome: 'failed', reason: 'interrotto' });
  });
});
