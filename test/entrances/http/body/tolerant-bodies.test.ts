/** What clients write differently and mean the same: a byte order mark, null for what is absent, a quoted key. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { idempotencyOf } from '../../../../src/entrances/http/idempotency.ts';
import { operation } from '../../../../src/entrances/http/operation.ts';
import { anyValue, closed, int32, line, listOf } from '../../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';

const Body = closed({
  subject: line(20),
  notes: Type.Optional(line(20)),
  priority: Type.Optional(int32(0, 9, { default: 5 })),
  cleared: Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'] })),
  either: Type.Optional(Type.Union([closed({ one: Type.Optional(line(5)) }), closed({ two: line(5) })])),
  people: Type.Optional(listOf(closed({ name: line(20), office: Type.Optional(line(20)) }), 5)),
});

let server: FastifyInstance;
beforeAll(async () => {
  server = await buildServer({
    ...depsOfAllRoutes(),
    token: NODE_TOKEN,
    log: openLogger('silent'),
    beforeRoutes: (root) =>
      void root.register(async (api) => {
        api.post(
          `${PREFIX}/prova`,
          operation({
            id: 'try',
            tag: 'node',
            access: 'messages:send',
            summary: 'Prova',
            command: true,
            body: Body,
            answers: { 200: closed({ body: anyValue(), call: anyValue() }) },
          }),
          async (request) => ({ body: request.body, call: idempotencyOf(request) }),
        );
      }),
  });
});
afterAll(() => server.close());

async function post(body: string, key = 'chiave-1') {
  const answer = await server.inject({
    method: 'POST',
    url: `${PREFIX}/prova`,
    headers: {
      authorization: `Bearer ${NODE_TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    payload: body,
  });
  return { status: answer.statusCode, said: answer.json() };
}
const sent = async (body: object) => (await post(JSON.stringify(body))).said;

describe('null', () => {
  it('for an optional member is its absence, at every level', async () => {
    const { body, call } = await sent({
      subject: 'a',
      notes: null,
      priority: null,
      people: [{ name: 'Mario', office: null }],
      either: { one: null },
    });
    expect(body).toEqual({ subject: 'a', priority: 5, people: [{ name: 'Mario' }], either: {} });
    const same = await sent({ subject: 'a', people: [{ name: 'Mario' }], either: {} });
    expect(call.digest).toBe(same.call.digest);
  });

  it('stays where it means something', async () => {
    expect((await sent({ subject: 'a', cleared: null })).body).toEqual({ subject: 'a', priority: 5, cleared: null });
  });

  it.each([
    ['a required member', { subject: null }],
    ['a required member of one alternative', { subject: 'a', either: { two: null } }],
    ['an unknown member', { subject: 'a', other: null }],
    ['an element of a list', { subject: 'a', people: [null] }],
    ['a required member of an element', { subject: 'a', people: [{ name: null }] }],
  ])('for %s is refused', async (_what, body) => {
    expect((await post(JSON.stringify(body))).status).toBe(400);
  });
});

it('a byte order mark before the body is skipped', async () => {
  expect(await post('\ufeff{"subject":"a"}')).toMatchObject({ status: 200, said: { body: { subject: 'a' } } });
});

describe('Idempotency-Key', () => {
  it('is the same with and without quotation marks', async () => {
    const keys = await Promise.all(['abc', '"abc"'].map(async (key) => (await post('{"subject":"a"}', key)).said.call));
    expect(keys[0]).toEqual(keys[1]);
    expect(keys[0]).toMatchObject({ key: 'abc' });
  });

  it.each(['"abc', 'abc"', '""', '"a"b"', `"${'x'.repeat(101)}"`])('%s is refused', async (key) => {
    expect(await post('{"subject":"a"}', key)).toMatchObject({
      status: 400,
      said: { code: 'idempotency-key-invalid' },
    });
  });
});
