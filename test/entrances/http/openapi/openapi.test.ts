import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import spectral from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { operation } from '../../../../src/entrances/http/operation.ts';
import { closed, oneOf, uuid } from '../../../../src/entrances/http/schemas.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { PROBLEMS } from '../../../../src/kernel/problems.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { repository } from '../../../support/shared.ts';
import { writtenOut } from '../../../support/written-out.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';
import { complaints, type Json, RULES } from './api-rules.ts';

const at = (document: Json, ...path: string[]): Json =>
  path.reduce<Json>((found, name) => found[name] as Json, document);

/** A document that breaks each rule, made of the one that breaks none. */
const BREAKS: Readonly<Record<string, (document: Json) => void>> = {
  'OpenAPI 3.0 or later': (d) => Object.assign(d, { openapi: '2.0' }),
  'servers over https, described, under /rest/<domain>/v<major>': (d) =>
    Object.assign(d, { servers: [{ url: 'http://example.it/api' }] }),
  'kebab-case paths': (d) => Object.assign(at(d, 'paths'), { '/index/lookUps': at(d, 'paths', '/status') }),
  'lists as items, with cursor and limit': (d) =>
    Object.assign(at(d, 'paths', '/index/entries', 'get', 'responses', '200', 'content', 'application/json'), {
      schema: { type: 'array', maxItems: 3, items: {} },
    }),
  'format on every number': (d) => Object.assign(problemMember(d, 'status'), { format: undefined }),
  'no null arrays or booleans': (d) => Object.assign(problemMember(d, 'errors'), { type: ['array', 'null'] }),
  'no credentials in URLs': (d) =>
    Object.assign(at(d, 'paths', '/index/entries', 'get'), { parameters: [{ in: 'query', name: 'access_token' }] }),
  'errors as application/problem+json': (d) =>
    Object.assign(at(d, 'components', 'responses', 'Problem404'), { content: { 'application/json': {} } }),
  'GET /status answers 200 application/problem+json': (d) => delete at(d, 'paths')['/status'],
  '429 documented for every operation': (d) => delete at(d, 'paths', '/index/entries', 'get', 'responses')['429'],
  '429 and 503 with Retry-After': (d) =>
    delete at(d, 'components', 'responses', 'Problem503', 'headers')['Retry-After'],
  'rate-limit headers on every response': (d) =>
    delete at(d, 'paths', '/index/entries', 'get', 'responses', '200', 'headers')['RateLimit-Remaining'],
  'info: contact, termsOfService, semantic version, x-api-id, x-summary': (d) => delete at(d, 'info')['x-api-id'],
  'strings with maxLength and a pattern, format or enum': (d) => delete problemMember(d, 'title')['pattern'],
  'arrays with their limits': (d) => delete problemMember(d, 'errors')['minItems'],
  'numbers with their limits': (d) => delete problemMember(d, 'status')['maximum'],
  'no header with X-': (d) =>
    Object.assign(at(d, 'components', 'responses', 'Problem404', 'headers'), { 'X-Request-Id': {} }),
  'no header that OpenAPI has a place of its own for': (d) =>
    Object.assign(at(d, 'components', 'parameters', 'IfMatchHeader'), { name: 'Accept' }),
  'what caches may do, with every success': (d) =>
    Object.assign(at(d, 'components', 'headers', 'Cache-Control'), { description: 'Non si conserva.' }),
  'bodies where they belong': (d) =>
    Object.assign(at(d, 'paths', '/uploads/{id}', 'delete', 'responses', '204'), { content: {} }),
  'answers in JSON are objects': (d) => Object.assign(at(d, 'components', 'schemas', 'TaskPage'), { type: 'array' }),
  'no name of a method in an operationId': (d) =>
    Object.assign(at(d, 'paths', '/status', 'get'), { operationId: 'getStatus' }),
  'schemas in PascalCase': (d) => Object.assign(at(d, 'components', 'schemas'), { problem_place: {} }),
  'security for the whole document, tokens by RFC8725': (d) => delete d['security'],
  'objects closed, or maps with an end': (d) =>
    delete at(d, 'components', 'schemas', 'Problem')['additionalProperties'],
  'security on every operation; nothing is changed without': (d) =>
    Object.assign(at(d, 'paths', '/index/layer', 'post'), { security: [] }),
  'OAuth by client credentials or code alone': (d) =>
    Object.assign(at(d, 'components', 'securitySchemes'), { old: { type: 'oauth2', flows: { implicit: {} } } }),
  'PATCH with a JSON-Patch or merge-patch type': (d) =>
    Object.assign(at(d, 'paths', '/index/entries'), { patch: at(d, 'paths', '/index/layer', 'post') }),
  'If-Match with 412': (d) =>
    Object.assign(at(d, 'paths', '/index/entries', 'get'), { parameters: [{ in: 'header', name: 'If-Match' }] }),
};
const problemMember = (document: Json, name: string) =>
  at(document, 'components', 'schemas', 'Problem', 'properties', name);

describe('the OpenAPI document', () => {
  const deps = depsOfAllRoutes();
  const servers: FastifyInstance[] = [];
  const open = async (publicUrl: string | null, more = deps) => {
    const contact = { name: 'Gestore del nodo', email: 'interpro@example.it' };
    const api = { publicUrl, contact, termsOfService: null };
    const server = await buildServer({ ...more, log: openLogger('silent'), token: NODE_TOKEN, api });
    servers.push(server);
    return server;
  };
  const read = async (server: FastifyInstance) =>
    (await server.inject(`${PREFIX}/openapi.json`)).json() as Json & { paths: Record<string, Record<string, Json>> };
  let server: FastifyInstance;
  let document: Awaited<ReturnType<typeof read>>;
  beforeAll(async () => {
    server = await open('https://interpro.example.it');
    document = await read(server);
  });
  afterAll(() => Promise.all(servers.map((one) => one.close())));

  const lint = async (candidate: Json) => {
    const linter = new spectral.Spectral();
    linter.setRuleset({ extends: [[rulesets.oas as never, 'all']] });
    return (await linter.run(candidate)).map(({ code, path }) => `${code} at ${path.join('.')}`);
  };

  it('has no fault and no warning under the rules of OpenAPI', async () => {
    expect(await lint({ ...document, info: { title: 'x' } })).not.toEqual([]);
    expect(await lint(document)).toEqual([]);
    // Where nobody has said how the world reaches the node.
    expect(await lint(await read(await open(null)))).toEqual([]);
  });

  it('keeps the rules of a public body, also where its operator has said nothing of the node', async () => {
    expect(complaints(document)).toEqual([]);
    const silent = await buildServer({ ...deps, log: openLogger('silent'), token: NODE_TOKEN });
    servers.push(silent);
    expect(complaints(await read(silent))).toEqual([]);
  });

  it.each(Object.keys(RULES))('would be found to break: %s', (name) => {
    const broken = structuredClone(document);
    BREAKS[name]?.(broken);
    const found = complaints(broken);
    expect(found.filter((complaint) => complaint.startsWith(`${name}: `)).length).toBeGreaterThan(0);
  });

  it('names every route under the versioned path, once, and asks for what the route asks', async () => {
    const written = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, said]) => `${method.toUpperCase()} ${path} ${said['x-scope']}`),
    );
    const declared = server.routeAccess
      .filter(({ method, url }) => method !== 'HEAD' && url.startsWith(PREFIX) && !url.endsWith('/openapi.json'))
      .map(({ method, url, access }) => {
        const path = url.slice(PREFIX.length).replace(/:([A-Za-z][A-Za-z0-9]*)/g, '{$1}');
        return `${method} ${path} ${access}`;
      });
    expect(written.sort()).toEqual(declared.sort());
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };
    expect(document['info']).toMatchObject({ version });
  });

  it('is served to everybody, with a page that asks nothing of the rest of the world', async () => {
    const closedServer = await open(null, { ...deps, token: 'un-segreto-lungo-abbastanza-per-la-prova' } as never);
    const answer = await closedServer.inject(`${PREFIX}/openapi.json`);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const page = await closedServer.inject('/docs/');
    expect(page).toMatchObject({ statusCode: 200 });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect(file).toMatch(/^\.\/static\//);
    for (const file of [...files.map((name) => `/docs/${name}`), '/docs/json', '/docs/terms'])
      expect((await closedServer.inject(file)).statusCode, file).toBe(200);
    // On the page one tries the node itself.
    const { servers: own } = (await closedServer.inject('/docs/json')).json() as Json;
    expect(own).toEqual([{ url: PREFIX, description: expect.any(String) }]);
    expect((await closedServer.inject('/docs/static/swagger-initializer.js')).body).not.toMatch(
      /https?:\/\/(?!stackoverflow)/,
    );
  });

  it('describes a command in one call: key, version, problems, security', async () => {
    const one = await open('https://interpro.example.it', {
      ...deps,
      beforeRoutes: (root) =>
        void root.register(async (api) => {
          api.post(
            `${PREFIX}/prova/:id/refusal`,
            operation({
              id: 'refuse',
              tag: 'incoming',
              access: 'messages:receive',
              summary: 'Rifiuta',
              params: closed({ id: uuid() }),
              body: closed({ reason: oneOf(['a']) }),
              command: true,
              ifMatch: 'required',
              answers: { 200: closed({ id: uuid() }), 204: null },
              problems: ['state-conflict'],
            }),
            async () => null,
          );
        }),
    });
    const { paths } = writtenOut(await read(one));
    const said = paths['/prova/{id}/refusal']?.['post'] ?? {};
    const headers = (said['parameters'] as { name: string; required?: boolean }[]).filter(({ required }) => required);
    expect(headers.map(({ name }) => name).sort()).toEqual(['Idempotency-Key', 'If-Match', 'id']);
    expect(Object.keys(said['responses'] as object)).toEqual([
      '200',
      '204',
      '400',
      '401',
      '403',
      '404',
      '408',
      '409',
      '412',
      '413',
      '415',
      '422',
      '428',
      '429',
      '500',
      '503',
    ]);
    expect(said['security']).toEqual([{ bearer: [] }, { certificate: [] }]);
    expect(said['x-problem-codes']).toEqual(expect.arrayContaining(['state-conflict', 'if-match-required']));
    expect(said['responses']).toMatchObject({ 200: { headers: { ETag: {} } } });
    expect((await one.inject(`${PREFIX}/problems`)).json().items).toEqual(
      expect.arrayContaining([
        {
          code: 'state-conflict',
          status: 409,
          title: "L'operazione non è ammessa nello stato attuale.",
          detail: PROBLEMS['state-conflict'].sentence,
        },
      ]),
    );
    expect(complaints(await read(one))).toEqual([]);
  });
});
