import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { idempotencyOf } from '../../../src/entrances/http/idempotency.ts';
import { operation } from '../../../src/entrances/http/operation.ts';
import { sendProblem } from '../../../src/entrances/http/reply/problem-reply.ts';
import { closed, line, listOf } from '../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { PROBLEMS, type ProblemCode, problem } from '../../../src/kernel/problems.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../support/node-token.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';

const Body = closed({ subject: line(20), to: Type.Optional(listOf(closed({ code: line(5) }), 2)) });
const PATH = `${PREFIX}/prova`;
const HEAD = [
  `POST ${PATH} HTTP/1.1`,
  'Host: localhost',
  `Authorization: Bearer ${NODE_TOKEN}`,
  'Content-Type: application/json',
  '',
].join('\r\n');

describe('a request that is wrong', () => {
  let server: FastifyInstance;
  let port: number;
  let done = 0;
  const lines: string[] = [];
  beforeAll(async () => {
    server = await buildServer({
      ...depsOfAllRoutes(),
      token: NODE_TOKEN,
      log: openLogger('info', { write: (text) => void lines.push(text) }),
      limits: { bodyBytes: 5_000, bodySeconds: 0.3, headersSeconds: 0.4, jsonDepth: 5, jsonValues: 100 },
      beforeRoutes: (root) =>
        void root.register(async (api) => {
          api.post(
            PATH,
            operation({
              id: 'try',
              tag: 'node',
              access: 'messages:send',
              summary: 'Prova',
              body: Body,
              command: 'optional',
              answers: { 200: closed({ digest: line(64) }) },
            }),
            async (request) => {
              done += 1;
              return { digest: idempotencyOf(request)?.digest ?? '' };
            },
          );
          api.get(
            `${PATH}/fault`,
            operation({ id: 'fail', tag: 'node', access: 'messages:send', summary: 'Prova', answers: {} }),
            async () => {
              throw new Error('relation "secret_table" does not exist at /srv/app.ts:1');
            },
          );
          api.get(
            `${PATH}/refused`,
            operation({ id: 'refuse', tag: 'node', access: 'messages:send', summary: 'Prova', answers: {} }),
            async (_request, reply) => sendProblem(reply, problem('mail-too-large', '', '7')),
          );
        }),
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const address = server.server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => server.close());

  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: AS_ADMINISTRATOR });
  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...AS_ADMINISTRATOR, ...headers },
      body: body as string,
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
  /** Sends pieces over a bare connection and reads until it is closed. */
  const speak = async (pieces: readonly string[], pauseMs = 0): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (piece) => {
      heard += piece.toString();
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    for (const piece of pieces) {
      if (socket.destroyed || !socket.writable) break;
      socket.write(piece);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    await closed;
    return heard;
  };
  const answered = (heard: string): { status: number; code: unknown } => ({
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1]),
    code: (JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4)) as { code: unknown }).code,
  });

  it.each<[string, string | Uint8Array, Record<string, string>, ProblemCode]>([
    ['empty', '', {}, 'body-missing'],
    ['no JSON', '{"subject":', {}, 'body-not-json'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 'body-encoding'],
    ['a name twice', '{"subject":"a","subject":"b"}', {}, 'body-duplicate-key'],
    ['a prototype', '{"subject":"a","__proto__":{}}', {}, 'body-forbidden-key'],
    ['NUL', '{"subject":"a\\u0000"}', {}, 'body-forbidden-text'],
    ['half a character', '{"subject":"\\ud800"}', {}, 'body-forbidden-text'],
    ['too deep', '[[[[[[1]]]]]]', {}, 'body-too-deep'],
    ['too many values', `[${'0,'.repeat(100)}0]`, {}, 'body-too-many-values'],
    ['too large', ' '.repeat(5_001), {}, 'body-too-large'],
    ['XML', '<a/>', { 'content-type': 'text/xml' }, 'body-media-type'],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 'body-media-type'],
    ['text', '{}', { 'content-type': 'text/plain' }, 'body-media-type'],
    ['a key of blanks', '{"subject":"a"}', { 'idempotency-key': 'a b' }, 'idempotency-key-invalid'],
    ['a key too long', '{"subject":"a"}', { 'idempotency-key': 'a'.repeat(101) }, 'idempotency-key-invalid'],
  ])('%s is told by its code, and nothing is done', async (_name, body, headers, code) => {
    const before = done;
    const answer = await post(body, headers);
    expect(answer).toMatchObject({
      status: PROBLEMS[code].http,
      body: { code, status: PROBLEMS[code].http, type: `urn:interpro:problem:${code}` },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body['instance']).toBe(`urn:interpro:request:${answer.headers.get('request-id')}`);
    expect(answer.headers.get('ratelimit-remaining')).not.toBeNull();
    expect(done).toBe(before);
  });

  it.each<[string, unknown, string]>([
    ['a member that is not known', { subject: 'a', more: 1 }, '/more'],
    ['a member that is missing', {}, '/subject'],
    ['a number for a text', { subject: 1 }, '/subject'],
    ['a control character', { subject: 'a\u0007' }, '/subject'],
    ['a text that is too long', { subject: 'a'.repeat(21) }, '/subject'],
    ['a fault deep down', { subject: 'a', to: [{ code: 'x' }, { code: 'xxxxxx' }] }, '/to/1/code'],
    ['too many of them', { subject: 'a', to: [{ code: 'x' }, { code: 'x' }, { code: 'x' }] }, '/to'],
  ])('%s is shown where it is', async (_name, body, pointer) => {
    const answer = await post(JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-request', errors: [{ in: 'body', pointer }] } });
  });

  it('is told every mistake of its body, one a place, where the body is small', async () => {
    const wrong = { subject: ' ', more: true, to: [{ code: 'xxxxxx\n' }, { other: 1 }, 'x'] };
    const { body } = await post(JSON.stringify(wrong));
    const places = (body['errors'] as { pointer: string; message: string }[]).map(
      ({ pointer, message }) => [pointer, message] as const,
    );
    expect(Object.fromEntries(places)).toEqual({
      '/more': 'un dato non è previsto',
      '/subject': 'il testo contiene solo spazi',
      '/to': 'gli elementi sono più di 2',
      '/to/0/code': 'il testo supera i 5 caratteri',
      '/to/1/code': 'manca un dato obbligatorio',
      '/to/1/other': 'un dato non è previsto',
      '/to/2': 'serve un oggetto',
    });
    expect(body['detail']).toBe(`La richiesta non è corretta: ${places[0]?.[1]}.`);
  });

  it('is told which types of content are taken', async () => {
    const { body } = await post('<a/>', { 'content-type': 'text/xml' });
    expect(body['detail']).toBe(
      'Il tipo di contenuto della richiesta non è ammesso qui: text/xml (serve application/json).',
    );
  });

  it('is told by parameter where the fault is in the address', async () => {
    const wrong = await get(`${PREFIX}/index/entries?limit=many`);
    expect(await wrong.json()).toMatchObject({ code: 'bad-request', errors: [{ in: 'query', pointer: 'limit' }] });
    const forged = await get(`${PREFIX}/index/entries?cursor=%00`);
    expect(await forged.json()).toMatchObject({ code: 'cursor-invalid', status: 400 });
    const broken = await get(`${PREFIX}/index/bodies/%zz`);
    expect(await broken.json()).toMatchObject({ code: 'request-malformed', status: 400 });
    const long = await get(`${PREFIX}/index/bodies/${'a'.repeat(300)}`);
    expect(await long.json()).toMatchObject({ code: 'address-too-long', status: 414 });
  });

  it('hears nothing of our insides, whoever is at fault', async () => {
    const answer = await get(`${PATH}/fault`);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', title: PROBLEMS.internal.sentence });
    expect(text).not.toMatch(/secret_table|app\.ts|Error:|stack/);
    const known = await get(`${PATH}/refused`);
    expect(await known.json()).toMatchObject({ code: 'mail-too-large', status: 413 });
  });

  it('does not hold a connection by being slow', async () => {
    const slowBody = speak([`${HEAD}Content-Length: 4000\r\n\r\n{`, ...Array(20).fill(' ')], 100);
    const silentBody = speak([`${HEAD}Transfer-Encoding: chunked\r\n\r\n`]);
    const slowHead = speak([HEAD, ...Array(100).fill('X-A: b\r\n')], 100);
    expect(answered(await slowBody)).toEqual({ status: 408, code: 'body-too-slow' });
    expect(answered(await silentBody)).toEqual({ status: 408, code: 'body-too-slow' });
    expect(answered(await slowHead)).toEqual({ status: 408, code: 'request-too-slow' });
  });

  it('is told before its body is read, by what it announces', async () => {
    expect(answered(await speak([`${HEAD}Content-Length: 99999999\r\n\r\n`]))).toEqual({
      status: 413,
      code: 'body-too-large',
    });
    const endless = `${HEAD}Transfer-Encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(6)}`;
    expect(answered(await speak([endless]))).toEqual({ status: 413, code: 'body-too-large' });
    expect(answered(await speak([`GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`]))).toEqual({
      status: 431,
      code: 'headers-too-large',
    });
    expect(answered(await speak(['HELO example.it\r\n\r\n']))).toEqual({ status: 400, code: 'request-malformed' });
  });

  it('leaves nothing when the client goes away in the middle', async () => {
    const before = done;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${HEAD}Content-Length: 400\r\n\r\n{"a`);
    await sleep(50);
    socket.destroy();
    await sleep(100);
    expect(done).toBe(before);
    expect((await post('{"subject":"a"}')).status).toBe(200);
  });

  it('is the same command whatever the order of its names, and another with another body', async () => {
    const digest = async (body: string) => (await post(body, { 'idempotency-key': 'k-1' })).body['digest'];
    const first = await digest('{"subject":"a","to":[{"code":"x"}]}');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest('{ "to": [ {"code":"\\u0078"} ], "subject":"a" }')).toBe(first);
    expect(await digest('{"subject":"b","to":[{"code":"x"}]}')).not.toBe(first);
  });

  it('is logged in one line that tells who, what and how it ended, and no secret', async () => {
    lines.length = 0;
    const answer = await fetch(`http://127.0.0.1:${port}${PREFIX}/index/entries?tax-code=RSSMRA80A01H501U&limit=0`, {
      headers: { authorization: 'Bearer segretissimo', 'x-request-id': 'richiesta-0001' },
    });
    expect(answer.headers.get('request-id')).toBe('richiesta-0001');
    await sleep(20);
    const logged = lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');
    expect(logged).toEqual([
      expect.objectContaining({
        method: 'GET',
        uri: `${PREFIX}/index/entries?tax-code&limit`,
        reqId: 'richiesta-0001',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        status: answer.status,
      }),
    ]);
    expect(lines.join('')).not.toMatch(/RSSMRA|segretissimo/);
    const strange = await fetch(`http://127.0.0.1:${port}/status`, { headers: { 'request-id': 'a b"}' } });
    expect(strange.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const own = await fetch(`http://127.0.0.1:${port}/status`, { headers: { 'request-id': 'richiesta-0002' } });
    expect(own.headers.get('request-id')).toBe('richiesta-0002');
  });
});
