import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../src/adapters/logger.ts';
import { postgresViews } from '../../../src/adapters/postgres/views.ts';
import { buildServer, PREFIX } from '../../../src/entrances/http/server.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { openAccess } from '../../../src/service/access/access.ts';
import { type AccessHouse, ESEMPIO, NODE_TOKEN, openAccessHouse, PROVARIA } from '../../support/access-house.ts';

describe('what lies in another office', () => {
  let house: AccessHouse;
  let server: FastifyInstance;
  let stop: () => Promise<void>;
  let key: string;
  const mine = uuidv7(new Date('2026-05-04T08:00:00Z'));
  const theirs = uuidv7(new Date('2026-05-04T08:00:01Z'));
  beforeAll(async () => {
    house = await openAccessHouse();
    for (const [{ aoo, address }, id] of [
      [ESEMPIO, mine],
      [PROVARIA, theirs],
    ] as const) {
      await house.pool.query(
        `insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at)
         values ($1, $2, $3, 1, 1, $4, 1, now(), now())`,
        [aoo, id, address, '0'.repeat(64)],
      );
    }
    const log = openLogger('silent');
    const access = await openAccess({
      store: house.manage.credentials,
      source: { load: () => Promise.reject(new Error('no issuer')) },
      issuers: [],
      audiences: [],
      nodeToken: NODE_TOKEN,
      clock: house.clock,
      log,
    });
    stop = access.stop;
    server = await buildServer({
      views: postgresViews(house.pool),
      log,
      token: NODE_TOKEN,
      access: {
        access,
        perMinute: 1_000,
        offices: new Set([ESEMPIO.aoo, PROVARIA.aoo]),
        proxies: { addresses: [], certificateHeader: null },
      },
    });
    key = (await house.make(ESEMPIO, { scopes: ['register:read', 'messages:read'] })).key;
  });
  afterAll(async () => {
    await server?.close();
    await stop?.();
    await house?.stop();
  });

  const ask = async (path: string, token = key) => {
    const answer = await server.inject({ url: `${PREFIX}${path}`, headers: { authorization: `Bearer ${token}` } });
    const body = answer.json<{ code?: string; instance?: string; items?: { id: string }[] }>();
    return { status: answer.statusCode, body, ids: body.items?.map(({ id }) => id) };
  };

  it('is not in the lists, also for who does not name an office', async () => {
    expect(await ask('/messages')).toMatchObject({ status: 200, ids: [mine] });
    expect(await ask(`/messages?aoo=${ESEMPIO.aoo}`)).toMatchObject({ status: 200, ids: [mine] });
    for (const path of ['/messages', '/registrations', '/exchanges'])
      expect(await ask(`${path}?aoo=${PROVARIA.aoo}`)).toMatchObject({
        status: 403,
        body: { code: 'forbidden-office' },
      });
    expect((await ask('/messages', NODE_TOKEN)).ids?.toSorted()).toEqual([mine, theirs].toSorted());
    expect((await ask(`/messages?aoo=${PROVARIA.aoo}`, NODE_TOKEN)).ids).toEqual([theirs]);
  });

  it('is not found by its id, as if it did not exist', async () => {
    expect((await ask(`/messages/${mine}`)).status).toBe(200);
    const there = await ask(`/messages/${theirs}`);
    const nowhere = await ask(`/messages/${uuidv7(new Date())}`);
    expect(there.status).toBe(404);
    expect({ ...there.body, instance: '' }).toEqual({ ...nowhere.body, instance: '' });
    expect((await ask(`/messages/${theirs}`, NODE_TOKEN)).status).toBe(200);
    expect((await ask(`/registrations/${PROVARIA.aoo}/PROT/2026/1`)).status).toBe(404);
  });

  it('no route but those of health and documentation is open, and each says what it asks for', async () => {
    const open = server.routeAccess.filter(({ access }) => access === 'public').map(({ url }) => url);
    expect(open.filter((url) => !/\/(?:status|health|docs|openapi|problems)/.test(url))).toEqual([]);
    for (const { method, url, access } of server.routeAccess) {
      if (access === 'public' || /[:*]/.test(url) || method === 'HEAD') continue;
      const answer = await server.inject({ method: method as 'GET', url });
      expect([method, url, answer.statusCode]).toEqual([method, url, 401]);
    }
  });
});
