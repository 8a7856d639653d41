import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { buildServer } from '../../../src/entrances/http/server.ts';
import { PROBLEMS } from '../../../src/kernel/problems.ts';
import { SCOPES } from '../../../src/service/access/scopes.ts';
import { pictureOf } from '../../support/database-picture.ts';
import {
  type Answered,
  API,
  type Caller,
  caller,
  ESTERNO,
  type Json,
  type Node,
  PROVARIA,
  startNode,
} from '../../support/node.ts';
import { NODE_TOKEN } from '../../support/node-token.ts';
import { writtenOut } from '../../support/written-out.ts';
import { type Belongings, belongingsOf, describeValidationError, nothing, refusingReceiver } from './belongings.ts';
import { depsOfAllRoutes } from './deps-of-all-routes.ts';
import { GOLDEN, type GoldenRoute } from './golden-routes.ts';

const named = ({ method, url }: GoldenRoute) => `${method} ${url}`;
const GUARDED = GOLDEN.filter(({ access }) => access !== 'public');
/** Not of one office: the index is everybody's, the rest is the node's. */
const SHARED = (route: GoldenRoute) => route.url.startsWith('~/index/') || route.access === 'node:admin';
const OWNED = GUARDED.filter((route) => !SHARED(route));

let node: Node;
let own: Belongings;
let document: Json;
let receiver: Awaited<ReturnType<typeof refusingReceiver>>;
let owner: Caller;
/** Another office of this node, which may do everything. */
let stranger: Caller;
beforeAll(async () => {
  receiver = await refusingReceiver();
  node = await startNode({ webhookHosts: ['127.0.0.1'] });
  own = await belongingsOf(node, receiver.url);
  owner = caller(node.origin, own.key);
  stranger = caller(node.origin, await node.key(PROVARIA));
  document = writtenOut((await owner('GET', '/openapi.json')).json);
});
afterAll(async () => {
  await node?.stop();
  await receiver?.close();
});

/** The desk's pages have a table of their own, by role. No path of the API may pass for one of them. */
const ofApi = () => {
  const { routeAccess } = node.server;
  expect(routeAccess.filter(({ url, access }) => access === 'desk' && url.startsWith('/rest/'))).toEqual([]);
  return routeAccess.filter(({ access }) => access !== 'desk');
};

const said = (route: GoldenRoute): Json =>
  document.paths[route.url.slice(1).replace(/:([A-Za-z0-9]+)/g, '{$1}')]?.[route.method.toLowerCase()];

/** The request the documentation shows for a route, about what belongs to somebody. */
function requestOf(whose: Caller, route: GoldenRoute, about: Belongings, query: Readonly<Record<string, string>> = {}) {
  const { path, query: asked } = describeValidationError(route, about);
  for (const [name, value] of Object.entries(query)) asked.set(name, value);
  const [type, shown] = Object.entries<Json>(said(route)?.requestBody?.content ?? {})[0] ?? [];
  const example = shown?.example ?? shown?.examples?.[whose === stranger ? 'example2' : 'example1']?.value;
  const body =
    example && typeof example === 'object' && 'documents' in example
      ? { ...example, documents: [about.upload] }
      : example;
  const sent = type === 'multipart/form-data' ? `${type}; boundary=confine` : type;
  return {
    path: asked.size === 0 ? path : `${path}?${asked}`,
    options: body === undefined ? {} : { body, headers: { 'content-type': sent ?? '' } },
  };
}

const call = (ask: Caller, route: GoldenRoute, about: Belongings, query?: Readonly<Record<string, string>>) => {
  const { path, options } = requestOf(ask, route, about, query);
  return ask(route.method, `${node.origin}${path}`, options);
};

/**
 * All that a caller sees, without what names the request, what counts, and what says whether the connection goes on: a
 * refusal closes it when the body has not all come yet.
 */
function seen({ status, headers, bytes }: Answered): Json {
  const shown = Object.fromEntries(headers);
  const text = bytes.toString().replace(/"resolvedAt":"[^"]+"/, '');
  for (const name of ['date', 'request-id', 'ratelimit-remaining', 'ratelimit-reset', 'connection', 'keep-alive'])
    delete shown[name];
  const asked = [own.upload, nothing(own).upload];
  const body = asked.reduce((told, id) => told.replace(id, 'asked'), text);
  return {
    status,
    headers: shown,
    body: body.replace(/urn:interpro:request:[A-Za-z0-9._-]+/, 'urn:interpro:request:'),
  };
}

function limited(answer: Answered, what: string): void {
  for (const name of ['limit', 'remaining', 'reset'])
    expect(answer.headers.get(`ratelimit-${name}`), `${what}: ${name}`).toMatch(/^\d+$/);
}

function refused(answer: Answered, what: string, status: number, codes: readonly string[]): void {
  expect(answer.status, `${what}: ${answer.bytes}`).toBe(status);
  limited(answer, what);
  expect(answer.headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8');
  expect(codes, what).toContain(answer.json.code);
  expect(PROBLEMS[answer.json.code as keyof typeof PROBLEMS].http, what).toBe(status);
  expect(answer.json).toMatchObject({ status, type: `urn:interpro:problem:${answer.json.code}` });
}

describe('the golden table of routes', () => {
  it('is what the service serves, and asks for what it says', () => {
    const served = ofApi()
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url, access, openIndex }) => {
        const route = { method, url: url.startsWith(API) ? `~${url.slice(API.length)}` : url, access };
        const headers: Json[] = said({ ...route, marks: [] })?.parameters ?? [];
        const mark = (name: string, text: string) =>
          headers.filter((one) => one.name === name).map(({ required }) => (required ? text : `${text}?`));
        const marks = [...(openIndex ? ['open'] : []), ...mark('Idempotency-Key', 'key'), ...mark('If-Match', 'match')];
        return { ...route, marks };
      });
    const sorted = (rows: readonly GoldenRoute[]) =>
      rows.map((one) => `${named(one)} ${one.access} ${one.marks}`).sort();
    expect(sorted(served)).toEqual(sorted(GOLDEN));
    expect(new Set(GOLDEN.map(({ access }) => access))).toEqual(new Set([...SCOPES, 'public']));
  });

  it('asks for an Idempotency-Key wherever something is done, but for what is listed with its reason', () => {
    const without = GOLDEN.filter(({ method, marks }) => method !== 'GET' && !marks.some((one) => /^key/.test(one)));
    expect(Object.fromEntries(without.map((route) => [named(route), WITHOUT_KEY[named(route)]]))).toEqual(WITHOUT_KEY);
    for (const route of GOLDEN) {
      const takes = route.marks.some((one) => /^key/.test(one));
      const codes: readonly string[] = said(route)?.['x-problem-codes'] ?? [];
      const told = Object.values<Json>(said(route)?.responses ?? {}).flatMap((one) => one['x-problem-codes'] ?? []);
      const reused = [...codes, ...told].includes('idempotency-key-reused');
      expect(reused, named(route)).toBe(takes);
    }
  });

  it('is documented as the document that is judged', async () => {
    const judged = await buildServer({ ...depsOfAllRoutes(), log: openLogger('silent'), token: NODE_TOKEN });
    try {
      const { paths } = writtenOut((await judged.inject(`${API}/openapi.json`)).json<Json>());
      expect(document.paths).toEqual(paths);
    } finally {
      await judged.close();
    }
  });

  it('has for every HEAD the GET with the same scope', () => {
    const gets = new Map(GOLDEN.filter(({ method }) => method === 'GET').map(({ url, access }) => [url, access]));
    const heads = ofApi().filter(({ method }) => method === 'HEAD');
    for (const { url, access } of heads) expect(gets.get(url.replace(API, '~').replace(/\/$/, '')), url).toBe(access);
    expect(heads.length).toBeGreaterThanOrEqual(gets.size);
  });
});

describe('who has no credential, or not for this', () => {
  it.each(GUARDED.map((route) => [named(route), route] as const))('%s', async (what, route) => {
    refused(await call(caller(node.origin, null), route, own), what, 401, ['unauthorized']);
    const wrong = caller(node.origin, `ipk_0123456789abcdef_${'0'.repeat(64)}`);
    refused(await call(wrong, route, own), what, 401, ['unauthorized']);
    const others = SCOPES.filter((scope) => scope !== route.access && scope !== 'node:admin');
    const answer = await call(caller(node.origin, await keyFor(others)), route, own);
    refused(answer, what, 403, ['forbidden']);
    expect(answer.headers.get('www-authenticate')).toContain(`scope="${route.access}"`);
  });

  it('public routes tell the limit too', async () => {
    for (const route of GOLDEN.filter(({ access }) => access === 'public')) {
      const answer = await call(caller(node.origin, null), route, own);
      expect([200, 302], `${named(route)} ${answer.status}`).toContain(answer.status);
      limited(answer, named(route));
    }
  });

  const made = new Map<string, Promise<string>>();
  const keyFor = (scopes: readonly string[]): Promise<string> => {
    const known = made.get(scopes.join());
    if (known !== undefined) return known;
    const fresh = node.key(ESTERNO, scopes);
    made.set(scopes.join(), fresh);
    return fresh;
  };
});

describe('who belongs to another office', () => {
  it.each(OWNED.map((route) => [named(route), route] as const))('%s', async (what, route) => {
    const none = nothing(own);
    const before = await pictureOf(node.pool);
    const there = await call(stranger, route, own, { aoo: ESTERNO });
    refused(there, what, 403, ['forbidden-office']);
    expect(seen(there)).toEqual(seen(await call(stranger, route, none, { aoo: 'c_nessuno/NESSUNO' })));

    // What it may make for itself is nothing to do with others.
    if (route.method === 'POST' && !/:/.test(route.url) && route.url !== '~/outgoing-messages') return;
    const answer = await call(stranger, route, own);
    if (/:(?!date)/.test(route.url) || route.url === '~/visure') {
      refused(answer, what, 404, ['not-found', 'upload-unknown']);
      expect(seen(answer), what).toEqual(seen(await call(stranger, route, none)));
    } else if (route.method === 'GET') {
      // Its own, and nothing of others in it.
      expect(answer.status, what).toBe(200);
      for (const id of Object.values(own).filter((one) => /^[0-9a-f-]{36}$/.test(one)))
        expect(answer.bytes.toString(), what).not.toContain(id);
      // What has no id is known by whose it is.
      expect(answer.bytes.toString(), what).not.toMatch(/c_santangelo|"number":4711\b|0004711/);
      return;
    } else {
      // With a document that another office has uploaded.
      refused(answer, what, 404, ['upload-unknown']);
      expect(seen(answer), what).toEqual(seen(await call(stranger, route, none)));
    }
    expect(changed(before, await pictureOf(node.pool))).toEqual([]);
  });

  it('an office announces changes of itself alone', async () => {
    const changes = [{ field: 'contact', value: 'Ufficio protocollo', validFrom: '2026-03-02' }];
    const message = { messageId: crypto.randomUUID(), changes, author: 'Prova', reason: 'Prova' };
    const announce = (body: string, aoo?: string) =>
      stranger('POST', '/index/messages', { body: { ...message, body, aoo } });
    for (const [body, aoo] of [
      ['c_esempio', 'AESEMP1'],
      ['c_esempio', undefined],
      ['c_provaria', 'AESEMP1'],
    ] as const)
      refused(await announce(body, aoo), `${body}/${aoo}`, 403, ['forbidden-office']);
  });

  it('index and node: the same for every office, or for none', async () => {
    for (const route of GUARDED.filter(SHARED)) {
      const answer = await call(stranger, route, own);
      if (route.access === 'node:admin') refused(answer, named(route), 403, ['forbidden']);
      else if (route.method === 'GET') expect(seen(answer), named(route)).toEqual(seen(await call(owner, route, own)));
      limited(answer, named(route));
    }
  });
});

/** What is done without one, and why. */
const WITHOUT_KEY: Readonly<Record<string, string>> = {
  'POST ~/index/look-ups': 'reads: the keys it looks for do not fit into an address',
  'PUT ~/uploads/:id/content': 'the same bytes at the same place are the same; where to go on is in every answer',
};

const changed = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);

/** An answer has the type and the headers the documentation says. */
function documented(answer: Answered, route: GoldenRoute): void {
  const shown = said(route)?.responses[answer.status];
  if (said(route) === undefined) return;
  const types = Object.keys(shown?.content ?? {});
  const type = (answer.headers.get('content-type') ?? '').replace(/;.*$/, '');
  expect(types.includes('*/*') ? [type] : types, named(route)).toContain(type);
  expect('ETag' in shown.headers, `${named(route)}: ETag`).toBe(answer.headers.has('etag'));
  if (answer.headers.has('accept-ranges')) expect(said(route).responses).toHaveProperty('206');
}

describe('reading', () => {
  it.each(GOLDEN.filter(({ method }) => method === 'GET').map((route) => [named(route), route] as const))(
    '%s changes nothing',
    async (what, route) => {
      const ask = route.access === 'node:admin' ? caller(node.origin, NODE_TOKEN) : owner;
      const before = await pictureOf(node.pool);
      const answer = await call(ask, route, own);
      expect([200, 302], `${what}: ${answer.bytes.subarray(0, 300)}`).toContain(answer.status);
      limited(answer, what);
      documented(answer, route);
      const head = await call(ask, { ...route, method: 'HEAD' }, own);
      expect([200, 204, 302], `HEAD ${what}`).toContain(head.status);
      expect(head.bytes.length).toBe(0);
      expect(await pictureOf(node.pool)).toEqual(before);
    },
  );

  it('would be found out if it did', async () => {
    const before = await pictureOf(node.pool);
    const path = `/incoming-messages/${own.incoming}/taking`;
    expect((await owner('POST', path, { body: { reason: 'Preso in carico.' } })).status).toBe(200);
    expect(changed(before, await pictureOf(node.pool))).toEqual(
      expect.arrayContaining(['audit', 'exchange', 'exchange_event']),
    );
  });
});

it('no schema of an answer dropped anything, and every refusal was one the route tells of', () => {
  expect(node.lost).toEqual([]);
  expect([...node.undeclared]).toEqual([]);
});
