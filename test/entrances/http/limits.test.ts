import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { HTTP_LIMITS } from '../../../src/entrances/http/limits.ts';
import { operation } from '../../../src/entrances/http/operation.ts';
import { anyValue, closed, matching } from '../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../support/node-token.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';

const MiB = 1024 * 1024;

describe('what one caller may cost', () => {
  let server: FastifyInstance;
  let address: string;
  const bodyLimits = new Map<string, number>();
  beforeAll(async () => {
    server = await buildServer({
      ...depsOfAllRoutes(),
      token: NODE_TOKEN,
      log: openLogger('silent'),
      beforeRoutes: (root) => {
        root.addHook('onRoute', ({ method, url, bodyLimit }) => {
          if (bodyLimit !== undefined) bodyLimits.set(`${method} ${url.replace(PREFIX, '')}`, bodyLimit);
        });
        void root.register(async (api) => {
          const shared = { tag: 'node', access: 'messages:send', summary: 'Prova' } as const;
          const answers = { 204: null };
          api.post('/body', operation({ ...shared, id: 'try', body: anyValue(), answers }), (_request, reply) =>
            reply.code(204).send(),
          );
          const params = closed({ name: matching('^a+$', 300) });
          api.get('/name/:name', operation({ ...shared, id: 'name', params, answers }), (_request, reply) =>
            reply.code(204).send(),
          );
        });
      },
    });
    address = await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server.close());

  const post = async (body: string) => {
    const answer = await fetch(`${address}/body`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...AS_ADMINISTRATOR },
      body,
    });
    return answer.status === 204 ? 204 : ((await answer.json()) as { code: string }).code;
  };

  it('is a table: whoever changes a limit changes it here, too', () => {
    expect(HTTP_LIMITS).toEqual({
      bodyBytes: MiB,
      jsonDepth: 32,
      jsonValues: 20_000,
      bodySeconds: 20,
      headersSeconds: 10,
      lingerSeconds: 10,
      requestSeconds: 1_800,
      idleSeconds: 120,
      stopSeconds: 20,
      headerBytes: 16_384,
      connections: 2_000,
    });
  });

  it('is set on the server', () => {
    const { headersTimeout, requestTimeout, timeout, maxConnections } = server.server;
    expect({ headersTimeout, requestTimeout, timeout, maxConnections }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 1_800_000,
      timeout: 120_000,
      maxConnections: 2_000,
    });
  });

  it('a JSON body has at most 1 MiB, 32 levels and 20,000 values', async () => {
    const text = (bytes: number) => `"${'a'.repeat(bytes - 2)}"`;
    expect(await post(text(MiB))).toBe(204);
    expect(await post(text(MiB + 1))).toBe('body-too-large');
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(await post(nested(32))).toBe(204);
    expect(await post(nested(33))).toBe('body-too-deep');
    const values = (count: number) => `[${Array(count - 1).fill(0)}]`;
    expect(await post(values(20_000))).toBe(204);
    expect(await post(values(20_001))).toBe('body-too-many-values');
  });

  it('headers have at most 16 KiB, a path parameter 200 characters', async () => {
    const withHeader = (bytes: number) => fetch(`${address}/health/live`, { headers: { 'x-long': 'a'.repeat(bytes) } });
    expect((await withHeader(15_000)).status).toBe(200);
    const refused = await withHeader(17_000);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([431, 'headers-too-large']);
    const named = (length: number) => fetch(`${address}/name/${'a'.repeat(length)}`, { headers: AS_ADMINISTRATOR });
    expect((await named(200)).status).toBe(204);
    const long = await named(201);
    expect([long.status, ((await long.json()) as { code: string }).code]).toEqual([414, 'address-too-long']);
  });

  it('these routes take larger or smaller bodies than the others', () => {
    expect(Object.fromEntries(bodyLimits)).toEqual({
      'POST /outgoing-messages/with-documents': 256 * MiB,
      'POST /index/imports': 256 * MiB,
      'POST /index/look-ups': MiB / 2,
      'PUT /uploads/:id/content': LIMITS.sentBytes,
    });
    expect(LIMITS.sentBytes).toBe(100 * MiB);
  });
});
