import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

describe('security headers', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = await buildServer({
      ...depsOfAllRoutes(),
      token: 'un-segreto-lungo-abbastanza-per-la-prova',
      log: openLogger('silent'),
    });
  });
  afterAll(() => server.close());

  it.each([
    ['a public page', '/health/live', 200],
    ['a refused caller', `${PREFIX}/exchanges`, 401],
    ['an address that does not exist', '/nothing', 404],
    ['a malformed address', '/%zz', 400],
    ['the OpenAPI document', `${PREFIX}/openapi.json`, 200],
  ])('%s has all of them, with exactly these values', async (_what, url, status) => {
    const answer = await server.inject({ url, headers: { origin: 'https://altro.example.it' } });
    expect(answer.statusCode).toBe(status);
    for (const [name, value] of Object.entries(HEADERS)) expect(answer.headers[name], name).toBe(value);
    expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('the page of the documentation has a policy of its own, and all the others', async () => {
    const answer = await server.inject('/docs/');
    const { 'content-security-policy': policy, ...others } = HEADERS;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-security-policy']).not.toBe(policy);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    for (const name of Object.keys(others)) expect(answer.headers[name], name).toBeDefined();
  });
});
