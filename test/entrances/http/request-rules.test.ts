/** What is no proper request, and what the parser would answer by itself: each is told as a problem, and is heard. */

import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { operation } from '../../../src/entrances/http/operation.ts';
import { closed, line } from '../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { PROBLEMS, type ProblemCode } from '../../../src/kernel/problems.ts';
import { NODE_TOKEN } from '../../support/node-token.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';

const PATH = `${PREFIX}/prova`;
const WHO = `Authorization: Bearer ${NODE_TOKEN}\r\n`;
const HOST = 'Host: x\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const BODY = '{"subject":"a"}';
const SIZE = `Content-Length: ${BODY.length}\r\n`;
const post = (more: string, body = BODY): string => `POST ${PATH} HTTP/1.1\r\n${more}Connection: close\r\n\r\n${body}`;
const get = (target: string, more = HOST): string => `GET ${target} HTTP/1.1\r\n${more}Connection: close\r\n\r\n`;

let server: FastifyInstance;
let port: number;
beforeAll(async () => {
  server = await buildServer({
    ...depsOfAllRoutes(),
    token: NODE_TOKEN,
    log: openLogger('silent'),
    limits: { lingerSeconds: 2 },
    beforeRoutes: (root) =>
      void root.register(async (api) => {
        api.post(
          PATH,
          operation({
            id: 'try',
            tag: 'node',
            access: 'messages:send',
            summary: 'Prova',
            body: closed({ subject: line(20) }),
            answers: { 200: closed({ done: Type.Boolean() }) },
          }),
          async () => ({ done: true }),
        );
      }),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => server.close());

/** Says it over a bare connection and hears all that is answered. */
async function speak(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (piece) => {
    heard += piece.toString();
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  for (const piece of pieces) socket.write(piece);
  await ended;
  return heard;
}

function told(heard: string, code: ProblemCode): void {
  const { http } = PROBLEMS[code];
  expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${http} `));
  expect(heard).toMatch(/\r\ncontent-type: application\/problem\+json; charset=utf-8\r\n/i);
  expect(heard).toMatch(/\r\ncache-control: no-store\r\n/i);
  expect(JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4))).toMatchObject({ code, status: http });
}

describe('a request that is not in order', () => {
  it.each<[string, string, ProblemCode]>([
    ['no host', get('/status', ''), 'request-malformed'],
    ['two hosts', get('/status', `${HOST}Host: y\r\n`), 'request-malformed'],
    ['two credentials', get('/status', `${HOST}${WHO}${WHO}`), 'request-malformed'],
    ['two types', post(`${HOST}${WHO}${JSON_TYPE}Content-Type: text/xml\r\n${SIZE}`), 'request-malformed'],
    ['another expectation', post(`${HOST}${WHO}${JSON_TYPE}${SIZE}Expect: 200-ok\r\n`), 'expectation-failed'],
    ['a tunnel', `CONNECT example.it:443 HTTP/1.1\r\n${HOST}\r\n`, 'method-not-allowed'],
    ['a method of nobody', `FOO /status HTTP/1.1\r\n${HOST}\r\n`, 'request-malformed'],
    ['an escape that is none', get('/status?a=%zz'), 'request-malformed'],
    ['an escape that is no UTF-8', get('/status?a=%ff'), 'request-malformed'],
    ['half a character', get('/status?a=%ed%a0%80'), 'request-malformed'],
    ['bytes beyond ASCII in the address', get('/status?a=è'), 'request-malformed'],
    ['two lengths', post(`${HOST}${WHO}${JSON_TYPE}${SIZE}Content-Length: 1\r\n`), 'request-malformed'],
    [
      'a length and pieces',
      post(`${HOST}${WHO}${JSON_TYPE}${SIZE}Transfer-Encoding: chunked\r\n`),
      'request-malformed',
    ],
    [
      'pieces that are none',
      post(`${HOST}${WHO}${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 'zz\r\n'),
      'request-malformed',
    ],
    [
      'another character set',
      post(`${HOST}${WHO}Content-Type: application/json; charset=latin1\r\n${SIZE}`),
      'body-media-type',
    ],
    ['packed', post(`${HOST}${WHO}${JSON_TYPE}${SIZE}Content-Encoding: gzip\r\n`), 'body-media-type'],
    ['a patch', post(`${HOST}${WHO}Content-Type: application/merge-patch+json\r\n${SIZE}`), 'body-media-type'],
    ['no type', post(`${HOST}${WHO}${SIZE}`), 'body-media-type'],
  ])('%s', async (_name, text, code) => {
    told(await speak(text), code);
  });

  it.each([
    ['HTTP/1.0 without a host', 'GET /status HTTP/1.0\r\n\r\n'],
    ['UTF-8, said', post(`${HOST}${WHO}Content-Type: application/json;charset="UTF-8"\r\n${SIZE}`)],
    ['as it is, said', post(`${HOST}${WHO}${JSON_TYPE}${SIZE}Content-Encoding: identity\r\n`)],
    [
      'in pieces, with a field behind them',
      post(
        `${HOST}${WHO}${JSON_TYPE}Transfer-Encoding: chunked\r\nTrailer: X-A\r\n`,
        `f\r\n${BODY}\r\n0\r\nX-A: b\r\n\r\n`,
      ),
    ],
    ['an address as proxies write it', get(`http://altrove.example.it/health/live?a=%C3%A8`)],
  ])('%s is in order', async (_name, text) => {
    expect(await speak(text)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['OPTIONS', 'PUT', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'])('%s where there is only POST', async (method) => {
    const heard = await speak(`${method} ${PATH} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    told(heard, 'method-not-allowed');
    expect(heard).toMatch(/\r\nallow: POST\r\n/);
    told(await speak(`${method} ${PATH}/altro HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`), 'not-found');
  });

  it('says every method of an address, also of one with parameters', async () => {
    const heard = await speak(`PUT ${PREFIX}/uploads/1?x=1 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(heard).toMatch(/\r\nallow: DELETE, GET, HEAD\r\n/);
  });
});

describe('a client that waits to be asked for its body', () => {
  it('is asked once it is known, and not when it is refused', async () => {
    const waits = `${HOST}${JSON_TYPE}${SIZE}Expect: 100-Continue\r\n`;
    expect(await speak(post(`${waits}${WHO}`))).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    told(await speak(post(`${waits}Authorization: Bearer no\r\n`, '')), 'unauthorized');
    told(await speak(`POST ${PATH}/altro HTTP/1.1\r\n${waits}\r\n`), 'not-found');
  });
});

it('who is slow on purpose does not hold up the end', async () => {
  const one = await buildServer({
    ...depsOfAllRoutes(),
    token: NODE_TOKEN,
    log: openLogger('silent'),
    limits: { stopSeconds: 0.2 },
  });
  await one.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((one.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  const gone = new Promise((done) => socket.once('close', done));
  socket.write(`POST ${PATH} HTTP/1.1\r\n${HOST}`);
  await once(one.server, 'connection');
  await one.close();
  await gone;
});

describe('a refusal is heard', () => {
  const most = 40_000_000;
  const large = Buffer.alloc(most, ' ');
  it.each<[string, string, ProblemCode]>([
    ['by who is not let in', `${HOST}Authorization: Bearer no\r\n`, 'unauthorized'],
    ['by who sends too much', `${HOST}${WHO}`, 'body-too-large'],
    ['by who sends what is not taken', `${HOST}${WHO}Content-Encoding: gzip\r\n`, 'body-media-type'],
  ])('%s, also when it writes all before it reads', async (_name, more, code) => {
    const head = `POST ${PATH} HTTP/1.1\r\n${more}${JSON_TYPE}Content-Length: ${most}\r\n\r\n`;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    // Nothing is read until all is written: a reset meanwhile would lose the answer.
    await new Promise<void>((done, failed) => {
      socket.once('error', failed);
      socket.write(head);
      socket.write(large, () => done());
    });
    let heard = '';
    for await (const piece of socket) heard += String(piece);
    told(heard, code);
  });

  it('and who goes on for ever is left', async () => {
    for (const [method, more] of [
      ['POST', 'Authorization: Bearer no\r\n'],
      ['GET', ''],
    ] as const) {
      const target = method === 'GET' ? '/status' : PATH;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined).resume();
      const gone = new Promise((done) => socket.once('close', done));
      socket.write(`${method} ${target} HTTP/1.1\r\n${HOST}${more}${JSON_TYPE}Content-Length: 1000000\r\n\r\n`);
      const dribble = setInterval(() => socket.write(' '), 50);
      await gone;
      clearInterval(dribble);
    }
  });
});
