import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticateCallers } from '../../../../src/entrances/http/access/authentication.ts';
import { nodeTokenAlone } from '../../../../src/service/access/access.ts';
import {
  createCredential,
  revokeCredential,
  rotateCredential,
} from '../../../../src/service/access/manage-credentials.ts';
import { type AccessHouse, ESEMPIO, openAccessHouse, PROVARIA } from '../../../support/access-house.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';

describe('who has an API key', () => {
  let house: AccessHouse;
  let at: string;
  beforeAll(async () => {
    house = await openAccessHouse();
    at = await house.serve();
  });
  afterAll(() => house?.stop());

  const ask = async (path: string, authorization?: string, more: RequestInit = {}, where = at) => {
    const headers = { ...(authorization !== undefined && { authorization }), ...(more.headers as object) };
    const answer = await fetch(`${where}${path}`, { ...more, headers });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const bearer = (key: string) => `Bearer ${key}`;
  /** Changes are told by the database: what was known before is forgotten within moments. */
  const until = async (key: string, status: number, where = at) => {
    await expect.poll(async () => (await ask('/who', bearer(key), {}, where)).status, { timeout: 4_000 }).toBe(status);
    return ask('/who', bearer(key), {}, where);
  };

  it('is its office and nobody else', async () => {
    const { key, id } = await house.make(ESEMPIO);
    expect(key).toMatch(/^ipk_[0-9a-f]{16}_[0-9a-f]{64}$/);
    const who = { id, name: 'Protocollo di prova', aoo: ESEMPIO.aoo, how: 'api-key', office: ESEMPIO.aoo };
    expect(await ask('/who', bearer(key))).toMatchObject({ status: 200, body: who });
    expect(await ask(`/who?aoo=${ESEMPIO.aoo}`, bearer(key))).toMatchObject({ status: 200 });
    const other = await ask(`/who?aoo=${PROVARIA.aoo}`, bearer(key));
    const none = await ask('/who?aoo=c_nessuno/NESSUNO', bearer(key));
    expect(other).toMatchObject({ status: 403, body: { code: 'forbidden-office' } });
    expect({ ...none.body, instance: '' }).toEqual({ ...other.body, instance: '' });
    expect((await ask(`/who?aoo=${ESEMPIO.aoo}&aoo=${PROVARIA.aoo}`, bearer(key))).status).toBe(403);
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', 'Basic dXRlbnRlOnBhc3N3b3Jk'],
    ['a made-up key', `Bearer ipk_${'0'.repeat(16)}_${'a'.repeat(64)}`],
    ['half a key', 'Bearer ipk_0123456789abcdef'],
    ['no token at all', 'Bearer '],
    ['something else', 'Bearer qualcosa'],
  ])('%s is refused', async (_what, authorization) => {
    const answer = await ask('/who', authorization);
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized', status: 401 } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="interpro"/);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('with the right id and a wrong secret learns nothing, not even that the key was revoked', async () => {
    const { key, id } = await house.make(ESEMPIO);
    const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    expect(await ask('/who', bearer(wrong))).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    await revokeCredential(ESEMPIO, id, 'prova', house.manage);
    await until(key, 401);
    expect(await ask('/who', bearer(wrong))).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  it('without the scope is told which one is missing', async () => {
    const { key } = await house.make(ESEMPIO);
    const answer = await ask('/things', bearer(key), {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="messages:send"');
  });

  it('is out once the key is revoked, in a running service that knew it', async () => {
    const { key, id } = await house.make(ESEMPIO);
    expect((await ask('/who', bearer(key))).status).toBe(200);
    await revokeCredential(ESEMPIO, id, 'prova', house.manage);
    expect(await until(key, 401)).toMatchObject({ body: { code: 'credential-revoked' } });
  });

  it('is out at once, also with what is under way; others go on', async () => {
    const [one, other] = [await house.make(ESEMPIO), await house.make(ESEMPIO)];
    const long = ({ key }: typeof one) => fetch(`${at}/long`, { headers: { authorization: bearer(key) } });
    const ended = long(one).then(
      ({ status }) => status,
      () => 'cut off',
    );
    const goesOn = long(other);
    await expect.poll(async () => (await house.manage.credentials.byId(other.id))?.lastUsedAt).not.toBeNull();
    await expect.poll(async () => (await house.manage.credentials.byId(one.id))?.lastUsedAt).not.toBeNull();
    await rotateCredential(ESEMPIO, other.id, {}, 'prova', house.manage);
    await revokeCredential(ESEMPIO, one.id, 'prova', house.manage);
    expect(await ended).toBe('cut off');
    expect((await goesOn).status).toBe(200);
  });

  it('is out once the key has expired', async () => {
    const expires = new Date(house.clock.now().getTime() + 60_000);
    const { key } = await house.make(ESEMPIO, { expires });
    expect((await ask('/who', bearer(key))).status).toBe(200);
    house.clock.forward(60);
    expect(await ask('/who', bearer(key))).toMatchObject({ status: 401, body: { code: 'credential-expired' } });
  });

  it('changes its key without a pause: both are good, then the old one ends; the client stays the same', async () => {
    const { key, id } = await house.make(ESEMPIO);
    const rotated = await rotateCredential(ESEMPIO, id, { overlapDays: 1 }, 'prova', house.manage);
    const fresh = (rotated.ok && rotated.value.key) || '';
    expect((await ask('/who', bearer(key))).body['id']).toBe(id);
    expect((await ask('/who', bearer(fresh))).body['id']).toBe(id);
    house.clock.forward(86_400);
    expect(await until(key, 401)).toMatchObject({ body: { code: 'credential-expired' } });
    expect((await ask('/who', bearer(fresh))).status).toBe(200);
  });

  it('cannot be given a new key for longer than a first one', async () => {
    const { id } = await house.make(ESEMPIO);
    const done = await rotateCredential(ESEMPIO, id, { expires: new Date('2099-01-01') }, 'prova', house.manage);
    expect(done).toMatchObject({ ok: false, problem: { code: 'credential-invalid' } });
  });

  it('cannot change or revoke what belongs to another office', async () => {
    const { key, id } = await house.make(ESEMPIO);
    expect(await revokeCredential(PROVARIA, id, 'prova', house.manage)).toMatchObject({
      problem: { code: 'not-found' },
    });
    expect(await rotateCredential(null, id, {}, 'prova', house.manage)).toMatchObject({
      problem: { code: 'not-found' },
    });
    expect((await ask('/who', bearer(key))).status).toBe(200);
  });

  it.each([
    ['an unknown scope', { scopes: ['tutto'] }],
    ['no scope', { scopes: [] }],
    ['the node for an office', { scopes: ['node:admin'] }],
    ['an end in the past', { expires: new Date('2020-01-01') }],
    ['an end beyond all', { expires: new Date('2099-01-01') }],
    ['a name with control characters', { name: 'a\nb' }],
    ['signatures without keys', { requires: ['integrity'] }],
    [
      'a private key',
      { requires: ['integrity'], signingKeys: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } },
    ],
  ])('is not given %s', async (_what, wish) => {
    const full = { kind: 'api-key', name: 'Prova', scopes: ['events:read'], ...wish } as const;
    const done = await createCredential(ESEMPIO, full, 'prova', house.manage);
    expect(done).toMatchObject({ ok: false, problem: { code: 'credential-invalid' } });
  });

  it('stands in the audit chain of the office, without its secret', async () => {
    const { key, id } = await house.make(PROVARIA);
    await revokeCredential(PROVARIA, id, 'prova', house.manage);
    const { rows } = await house.pool.query<{ content: string }>('select content from audit where aoo = $1', [
      PROVARIA.aoo,
    ]);
    const mine = rows.map(({ content }) => content).filter((content) => content.includes(id));
    expect(mine.map((content) => (JSON.parse(content) as { action: string }).action)).toEqual([
      'credential-created',
      'credential-revoked',
    ]);
    expect(mine.join()).not.toContain(key.slice(-64));
    const stored = await house.pool.query('select * from credential where credential_id = $1', [id]);
    expect(JSON.stringify(stored.rows)).not.toContain(key.slice(-64));
  });

  it('its last use is written down', async () => {
    const { key, id } = await house.make(ESEMPIO);
    const lastUse = async () => (await house.manage.credentials.byId(id))?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    await ask('/who', bearer(key));
    await expect.poll(lastUse).toEqual(house.clock.now());
  });

  it('the database lets the service neither widen a credential nor give an office the node', async () => {
    const { id } = await house.make(ESEMPIO);
    await expect(
      house.pool.query(`update credential set scopes = '{node:admin}' where credential_id = $1`, [id]),
    ).rejects.toThrow(/permission denied/);
    await expect(house.pool.query('delete from credential where credential_id = $1', [id])).rejects.toThrow(
      /permission denied/,
    );
    await expect(
      house.pool.query(
        `insert into credential (aoo, credential_id, client_id, kind, name, scopes, secret_sha256, created_at, created_by)
         values ($1, $2, $2, 'api-key', 'x', '{node:admin}', $3, now(), 'x')`,
        [ESEMPIO.aoo, 'a'.repeat(16), 'b'.repeat(64)],
      ),
    ).rejects.toThrow(/check constraint/);
  });

  it('the administrator of the node says which office is meant', async () => {
    const { key } = await house.make(null, { scopes: ['node:admin', 'events:read'] });
    for (const authorization of [bearer(NODE_TOKEN), bearer(key)]) {
      expect(await ask('/who', authorization)).toMatchObject({ status: 400, body: { code: 'office-missing' } });
      expect(await ask(`/who?aoo=${PROVARIA.aoo}`, authorization)).toMatchObject({ body: { office: PROVARIA.aoo } });
      expect(await ask('/who?aoo=c_nessuno/X', authorization)).toMatchObject({ status: 404 });
      expect(await ask('/who?aoo=nulla', authorization)).toMatchObject({ status: 400 });
    }
    expect((await ask(`/who?aoo=${PROVARIA.aoo}`, bearer(NODE_TOKEN))).body).toMatchObject({
      how: 'node-token',
      aoo: null,
    });
  });

  it('nobody is the administrator for where a request comes from', async () => {
    expect((await ask(`/who?aoo=${ESEMPIO.aoo}`)).status).toBe(401);
    expect((await ask('/who', 'Bearer qualcosa')).status).toBe(401);
    const { host, port } = new URL(at);
    const near = [
      { host },
      { host: `localhost:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' },
      { host, 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    ];
    for (const headers of near) expect([headers, await bare(at, headers)]).toEqual([headers, 401]);
  });

  /** With headers a page cannot choose, nor `fetch`. */
  const bare = async (where: string, headers: Readonly<Record<string, string | string[]>>) => {
    const asked = httpRequest(`${where}/who?aoo=${ESEMPIO.aoo}`, { headers, agent: false }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };

  it('says once who it is: of two keys in one request none is taken', async () => {
    const { key } = await house.make(ESEMPIO);
    expect(await bare(at, { authorization: [bearer(key)] })).toBe(200);
    for (const other of [bearer('qualcosa'), bearer(NODE_TOKEN), bearer(key)]) {
      expect(await bare(at, { authorization: [bearer(key), other] })).toBe(400);
      expect(await bare(at, { authorization: [other, bearer(key)] })).toBe(400);
    }
  });

  it('every answer tells the limit: right ones, refusals, what does not exist, what breaks', async () => {
    const { key } = await house.make(ESEMPIO);
    const bad = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } };
    const answers = [
      await ask('/status'),
      await ask('/who'),
      await ask('/who', bearer(key)),
      await ask('/things', bearer(key), bad),
      await ask('/things', bearer(NODE_TOKEN), bad),
      await ask('/nothing'),
      await ask('/%zz'),
      await ask('/broken', bearer(key)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 403, 400, 404, 400, 500]);
    expect(JSON.stringify(answers.at(-1)?.body)).not.toContain('no answer may contain');
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-limit')).toBe('10000');
      expect(headers.get('ratelimit-remaining')).toMatch(/^\d+$/);
      expect(headers.get('ratelimit-reset')).toMatch(/^\d+$/);
    }
  });

  it('each client has its own limit; who has none of its own, that of the address', async () => {
    const tight = await house.serve({ perMinute: 2, publicPerMinute: 1 });
    const [one, other] = [await house.make(ESEMPIO), await house.make(ESEMPIO)];
    const times = async (path: string, authorization?: string) => {
      const first = await ask(path, authorization, {}, tight);
      const second = await ask(path, authorization, {}, tight);
      const third = await ask(path, authorization, {}, tight);
      return [first, second, third];
    };
    const answers = await times('/who', bearer(one.key));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.body).toMatchObject({ code: 'too-many-requests' });
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await times('/who', bearer(other.key))).map(({ status }) => status)).toEqual([200, 200, 429]);
    expect((await times('/index')).map(({ status }) => status)).toEqual([200, 429, 429]);
    expect((await times('/status')).map(({ status }) => status)).toEqual([200, 200, 429]);
    expect((await times('/who', 'Bearer ipk_x')).map(({ status }) => status)).toEqual([401, 401, 429]);
  });

  it('a route that does not say who may call it, or is open where it may not be, does not come into being', async () => {
    const server = Fastify();
    const log = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };
    const access = nodeTokenAlone(NODE_TOKEN, house.clock, log);
    await authenticateCallers(server as never, {
      access,
      perMinute: 1,
      publicPerMinute: null,
      offices: null,
      proxies: { addresses: [], certificateHeader: null },
    });
    expect(() => server.get('/silent', async () => 'x')).toThrow(/does not say who may call it/);
    expect(() => server.get('/messages', { config: { access: 'public' } }, async () => 'x')).toThrow(
      /may not be public/,
    );
    server.get('/messages', { config: { access: 'messages:read' } }, async () => 'x');
    expect(server.routeAccess).toMatchObject([
      { method: 'GET', url: '/messages', access: 'messages:read' },
      { method: 'HEAD' },
    ]);
    await server.close();
  });
});
