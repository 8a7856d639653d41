import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { authenticateCallers, type CallerDeps } from '../../../../src/entrances/http/access/authentication.ts';
import { HTTP_LIMITS } from '../../../../src/entrances/http/limits.ts';
import { openServer } from '../../../../src/entrances/http/open-server.ts';
import { webhookDeliveryRoutes } from '../../../../src/entrances/http/rest/webhook-delivery-routes.ts';
import { webhookRoutes } from '../../../../src/entrances/http/rest/webhook-routes.ts';
import { problem } from '../../../../src/kernel/problems.ts';
import { ok, refuse } from '../../../../src/kernel/result.ts';
import { uuidv7 } from '../../../../src/kernel/uuid.ts';
import type { Client } from '../../../../src/service/access/client.ts';
import type { Scope } from '../../../../src/service/access/scopes.ts';
import { leaseWebhooks, takeTurn } from '../../../../src/service/webhooks/deliver-events.ts';
import { A, B, NOON, openReceiver, openWebhookHouse } from '../../../service/webhooks/house.ts';

const house = await openWebhookHouse();
const client = (id: string, aoo: Client['aoo'], ...scopes: Scope[]): Client => ({
  id,
  name: `Protocollo ${id}`,
  aoo,
  scopes: new Set(scopes),
  how: 'api-key',
});
const clients: Readonly<Record<string, Client>> = {
  'Bearer a': client('a', A.aoo, 'webhooks:manage'),
  'Bearer b': client('b', B.aoo, 'webhooks:manage'),
  'Bearer reader': client('reader', A.aoo, 'events:read'),
  'Bearer node': client('node', null, 'webhooks:manage', 'node:admin'),
};
const access: CallerDeps['access'] = {
  authenticate: async ({ authorization }) => {
    const found = clients[authorization ?? ''];
    return found === undefined ? refuse(problem('unauthorized')) : ok({ client: found, credential: null } as never);
  },
  checkSignatures: () => Promise.reject(new Error('nobody signs')),
};
const server = openServer(openLogger('silent'), HTTP_LIMITS, null);
const proxies = { addresses: [], certificateHeader: null };
await authenticateCallers(server, {
  access,
  perMinute: 100_000,
  publicPerMinute: null,
  offices: new Set([A.aoo, B.aoo]),
  proxies,
});
await server.register(
  async (api) => {
    webhookRoutes(api, house.worker());
    webhookDeliveryRoutes(api, house.worker());
  },
  { prefix: '/rest/interpro/v1' },
);

afterAll(async () => {
  await server.close();
  await house.close();
});
afterEach(async () => {
  await house.pool.query(`update webhook set state = 'removed', pause_reason = null`);
});

type Method = 'GET' | 'POST' | 'DELETE';
async function ask(who: string, method: Method, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await server.inject({
    method,
    url: `/rest/interpro/v1${path}`,
    headers: { authorization: `Bearer ${who}`, ...headers },
    ...(body !== undefined && { payload: body }),
  });
  const json = answer.body === '' ? null : JSON.parse(answer.body);
  return { status: answer.statusCode, json, headers: answer.headers };
}
const key = () => ({ 'idempotency-key': uuidv7(NOON) });
const URL = 'https://ricevitore.esempio.example.it/eventi';
const create = async (url = URL): Promise<string> => (await ask('a', 'POST', '/webhooks', { url }, key())).json.id;

describe('subscriptions over the API', () => {
  it('are made, read, paused, resumed, given another secret and removed', async () => {
    const made = await ask('a', 'POST', '/webhooks', { url: URL, types: ['received'] }, key());
    expect(made).toMatchObject({ status: 201, json: { aoo: A.aoo, url: URL, types: ['received'], state: 'active' } });
    const { id, secret } = made.json;
    expect(made.headers['location']).toBe(`/rest/interpro/v1/webhooks/${id}`);
    const read = await ask('a', 'GET', `/webhooks/${id}`);
    expect(read).toMatchObject({ status: 200, json: { id, createdBy: 'Protocollo a', version: 1 } });
    expect(JSON.stringify(read.json)).not.toContain(secret);
    expect(read.headers['etag']).toBe('"1"');
    expect((await ask('a', 'GET', `/webhooks/${id}`, undefined, { 'if-none-match': '"1"' })).status).toBe(304);
    expect((await ask('a', 'GET', '/webhooks')).json).toEqual({ items: [read.json] });
    const stale = await ask('a', 'POST', `/webhooks/${id}/pause`, undefined, { 'if-match': '"7"' });
    expect(stale).toMatchObject({ status: 412, json: { code: 'version-conflict' } });
    const paused = await ask('a', 'POST', `/webhooks/${id}/pause`, undefined, { 'if-match': '"1"' });
    expect(paused).toMatchObject({ status: 200, json: { state: 'paused', pauseReason: 'person', version: 2 } });
    expect((await ask('a', 'POST', `/webhooks/${id}/resume`)).json).toMatchObject({ state: 'active', version: 3 });
    const rotated = await ask('a', 'POST', `/webhooks/${id}/secret`, undefined, key());
    expect(rotated).toMatchObject({
      status: 200,
      json: { version: 4, previousSecretUntil: '2026-03-03T12:00:00.000Z' },
    });
    expect(rotated.json.secret).not.toBe(secret);
    expect((await ask('a', 'DELETE', `/webhooks/${id}`)).status).toBe(204);
    expect((await ask('a', 'DELETE', `/webhooks/${id}`)).status).toBe(404);
  });

  it('are made once under one key, and not without one', async () => {
    const same = key();
    const first = await ask('a', 'POST', '/webhooks', { url: URL }, same);
    expect(await ask('a', 'POST', '/webhooks', { url: URL }, same)).toMatchObject({ status: 201, json: first.json });
    const other = await ask('a', 'POST', '/webhooks', { url: `${URL}/altro` }, same);
    expect(other).toMatchObject({ status: 409, json: { code: 'idempotency-key-reused' } });
    expect((await ask('a', 'POST', '/webhooks', { url: URL })).status).toBe(400);
    expect((await ask('a', 'GET', '/webhooks')).json.items).toHaveLength(1);
  });

  it.each([
    [{ url: 'https://127.0.0.1.nip.example.it@10.0.0.1/' }, 422, 'webhook-address'],
    [{ url: 'https://10.0.0.1/' }, 422, 'webhook-address'],
    [{ url: 'http://ricevitore.esempio.example.it/' }, 422, 'webhook-address'],
    [{ url: URL, after: 1_000_000 }, 422, 'webhook-position'],
    [{ url: 'eventi' }, 400, 'bad-request'],
    [{ url: URL, types: ['NO SUCH'] }, 400, 'bad-request'],
    [{ url: URL, types: ['recieved'] }, 400, 'bad-request'],
    [{ url: URL, more: 1 }, 400, 'bad-request'],
    [{}, 400, 'bad-request'],
  ])('%j: %d %s', async (body, status, code) => {
    expect(await ask('a', 'POST', '/webhooks', body, key())).toMatchObject({ status, json: { code } });
  });

  it('are tried, and their dead letters listed and sent again', async () => {
    const receiver = await openReceiver();
    const id = await create(receiver.url);
    expect((await ask('a', 'POST', `/webhooks/${id}/test`)).json).toMatchObject({ delivered: true, outcome: '204' });
    receiver.answer = () => 422;
    const seqs = [await house.happen('received'), await house.happen('received'), await house.happen('received')];
    const work = async (): Promise<void> => {
      const { signal } = new AbortController();
      const deps = house.worker();
      for (const one of await leaseWebhooks(null, 9, deps)) await takeTurn(one, deps, { signal, abort: signal });
    };
    await work();
    const page = await ask('a', 'GET', `/webhooks/${id}/deliveries?state=dead&limit=2`);
    expect(page.json.items).toMatchObject([
      { id: seqs[0], eventId: `${A.aoo}:${seqs[0]}`, state: 'dead', lastOutcome: '422', attempts: 1 },
      { id: seqs[1] },
    ]);
    const rest = await ask('a', 'GET', `/webhooks/${id}/deliveries?state=dead&limit=2&cursor=${page.json.cursor}`);
    expect(rest.json).toMatchObject({ items: [{ id: seqs[2] }] });
    expect(rest.json.cursor).toBeUndefined();
    expect((await ask('a', 'GET', `/webhooks/${id}/deliveries?cursor=WyJ4Il0`)).json.code).toBe('cursor-invalid');
    const one = await ask('a', 'POST', `/webhooks/${id}/deliveries/${seqs[1]}/replay`);
    expect(one).toMatchObject({ status: 202, json: { replayed: 1 } });
    expect((await ask('a', 'POST', `/webhooks/${id}/deliveries/999999/replay`)).status).toBe(404);
    expect((await ask('a', 'POST', `/webhooks/${id}/deliveries/replay`)).json).toEqual({ replayed: 2 });
    receiver.answer = () => 200;
    await work();
    expect((await ask('a', 'GET', `/webhooks/${id}/deliveries?state=dead`)).json.items).toEqual([]);
    expect((await ask('a', 'GET', `/webhooks/${id}/deliveries`)).json.items).toHaveLength(3);
    await receiver.close();
  });

  it('are of their office alone, and of who may', async () => {
    const id = await create();
    const routes: readonly (readonly [Method, string])[] = [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/secret'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
      ['POST', '/deliveries/1/replay'],
      ['POST', '/deliveries/replay'],
    ];
    for (const [method, path] of routes) {
      const at = `/webhooks/${id}${path}`;
      expect(await ask('b', method, at, undefined, key()), at).toMatchObject({
        status: 404,
        json: { code: 'not-found' },
      });
      expect((await ask('b', method, `${at}?aoo=${A.aoo}`, undefined, key())).status, at).toBe(403);
      expect((await ask('reader', method, at, undefined, key())).status, at).toBe(403);
      expect((await ask('nobody', method, at, undefined, key())).status, at).toBe(401);
      expect((await ask('a', method, `/webhooks/nope${path}`, undefined, key())).status, at).toBe(400);
    }
    expect((await ask('b', 'GET', '/webhooks')).json).toEqual({ items: [] });
    expect((await ask('node', 'GET', '/webhooks')).status).toBe(400);
    expect((await ask('node', 'GET', `/webhooks?aoo=${A.aoo}`)).json.items).toHaveLength(1);
  });
});
