import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { postgresMetrics } from '../../../../src/adapters/postgres/queries/metrics.ts';
import { buildServer, type HttpDeps, PREFIX } from '../../../../src/entrances/http/server.ts';
import { uuidv7 } from '../../../../src/kernel/uuid.ts';
import type { ReadMetrics } from '../../../../src/service/queries/metrics.ts';
import { type House, MAILBOX, office, openHouse } from '../../../adapters/postgres/support.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const NOW = new Date('2026-11-22T10:00:00Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

describe('/metrics', () => {
  let house: House;
  const servers: FastifyInstance[] = [];
  const open = async (metrics: ReadMetrics, more: Partial<HttpDeps> = {}) => {
    const deps = { ...depsOfAllRoutes(), views: house.views, ...more };
    const server = await buildServer({ ...deps, token: NODE_TOKEN, log: openLogger('silent'), metrics });
    servers.push(server);
    return server;
  };
  const scrape = async (server: FastifyInstance) =>
    (await server.inject({ url: '/metrics', headers: AS_ADMINISTRATOR })).body.split('\n');
  beforeAll(async () => {
    house = await openHouse([ESEMPIO]);
    const { pool } = house;
    const exchange = (state: string, at: Date) =>
      pool.query(
        `insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
           subject, created_at, updated_at) values ($1, $2, 'incoming', $5, 'x', $3, 1, '2013', 'a@b', 's', $4, $4)`,
        [ESEMPIO.aoo, uuidv7(at), state, at, `${state} ${at.toISOString()}`],
      );
    const mail = (uid: number, state: string, kind: string | null, action: string | null, at: Date) =>
      pool.query(
        `insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, kind, action, settled_at)
           values ($1, $2, $3, 1, $4, 'x', 1, $5, $5, $6, $7, $8, $5)`,
        [ESEMPIO.aoo, uuidv7(at), MAILBOX, uid, at, state, kind, action],
      );
    await exchange('confirmed', ago(1));
    await exchange('confirmed', ago(23));
    await exchange('operator', ago(2));
    await exchange('confirmed', ago(25));
    await mail(1, 'settled', 'pec-receipt', 'correlate', ago(1));
    await mail(2, 'settled', 'anomaly', 'operator', ago(2));
    await mail(3, 'kept', null, null, ago(3));
    await mail(4, 'failed', null, null, ago(48));
    await pool.query(
      `insert into task (aoo, task_id, seq, code, detail, opened_at) values ($1, $2, 1, 'decide', '', $3)`,
      [ESEMPIO.aoo, uuidv7(NOW), NOW],
    );
    await pool.query(
      `insert into revocation_point (issuer, url, issuer_name, issuer_certificate, learned_at, used_at, due_at, failures,
         this_update, next_update)
       select repeat(n::text, 64), 'http://crl.example.it/' || n, 'CA Gestori', '', $1, $1, $1, n, begins, ends
         from (values (1, $1::timestamptz, $1::timestamptz + interval '1 hour'), (2, null, null)) as v (n, begins, ends)`,
      [NOW],
    );
    await pool.query('update mailbox set last_success = $1, failures = 2 where mailbox = $2', [ago(0.01), MAILBOX]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await house?.close();
  });

  it('tells what comes from the database, of the last day alone where the archive grows', async () => {
    const lines = await scrape(await open(postgresMetrics(house.pool, { now: () => NOW })));
    expect(lines).toEqual(
      expect.arrayContaining([
        'interpro_database_up 1',
        `interpro_mailbox_lag_seconds{aoo="c_esempio/AESEMP1",mailbox="${MAILBOX}"} 36`,
        `interpro_mailbox_failures{aoo="c_esempio/AESEMP1",mailbox="${MAILBOX}"} 2`,
        'interpro_outbox_depth 0',
        'interpro_outbox_age_seconds 0',
        'interpro_mails_waiting 1',
        'interpro_mails_failed 1',
        'interpro_tasks_open 1',
        'interpro_office_tasks_open{aoo="c_esempio/AESEMP1"} 1',
        'interpro_revocation_list_left_seconds{issuer="CA Gestori",url="http://crl.example.it/1"} 3600',
        'interpro_revocation_list_failures{issuer="CA Gestori",url="http://crl.example.it/2"} 2',
        'interpro_exchanges_last_day{direction="incoming",state="confirmed"} 2',
        'interpro_exchanges_last_day{direction="incoming",state="operator"} 1',
        'interpro_mails_last_day{kind="pec-receipt",verdict="correlate"} 1',
        'interpro_mails_last_day{kind="anomaly",verdict="operator"} 1',
        'interpro_mails_last_day{kind="",verdict=""} 1',
      ]),
    );
  });

  it('tells of disks and certificates, also while the database is away', async () => {
    const in30Days = new Date(NOW.getTime() + 30 * 86_400_000);
    const server = await open(async () => Promise.reject(new Error('away')), {
      now: () => NOW,
      nodeState: async () => ({
        disks: [{ use: 'documents', folder: '/var/lib/interpro/documents', freeBytes: 5_000, sizeBytes: 10_000 }],
        certificates: [
          { use: 'api', name: 'protocollo.example.it', expiresAt: ago(1) },
          { use: 'seal', name: ESEMPIO.aoo, expiresAt: in30Days },
          { use: 'seal', name: ESEMPIO.aoo, expiresAt: new Date(in30Days.getTime() + 1) },
        ],
      }),
    });
    expect(await scrape(server)).toEqual(
      expect.arrayContaining([
        'interpro_database_up 0',
        'interpro_disk_free_bytes{use="documents",folder="/var/lib/interpro/documents"} 5000',
        'interpro_disk_size_bytes{use="documents",folder="/var/lib/interpro/documents"} 10000',
        'interpro_certificate_expires_seconds{use="api",name="protocollo.example.it"} -3600',
        'interpro_certificate_expires_seconds{use="seal",name="c_esempio/AESEMP1"} 2592000',
      ]),
    );
  });

  it('walks the primary keys, whatever the archive holds', async () => {
    const asked: string[] = [];
    const query = house.pool.query.bind(house.pool);
    const watched = new Proxy(house.pool, {
      get: (pool, name) =>
        name !== 'query'
          ? Reflect.get(pool, name)
          : async (sql: string, values: unknown[]) => {
              if (sql.includes('recent')) {
                const client = await pool.connect();
                try {
                  await client.query('begin');
                  await client.query('set local enable_seqscan = off');
                  const plan = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
                  asked.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'));
                } finally {
                  await client.query('rollback');
                  client.release();
                }
              }
              return query(sql, values);
            },
    });
    await postgresMetrics(watched, { now: () => NOW })();
    expect(asked.length).toBe(2);
    for (const [table, id] of [
      ['exchange', 'exchange_id'],
      ['mail', 'mail_id'],
    ]) {
      const walk = new RegExp(`Index (Only )?Scan Backward using ${table}_pkey[^]*Index Cond: .*${id} >=`);
      expect(
        asked.some((plan) => walk.test(plan)),
        asked.join(),
      ).toBe(true);
    }
  });

  it('asks once for many who scrape, and says so when the database is away', async () => {
    let readings = 0;
    const real = postgresMetrics(house.pool, { now: () => NOW });
    const server = await open(async () => {
      readings += 1;
      return real();
    });
    await Promise.all([scrape(server), scrape(server), scrape(server)]);
    await scrape(server);
    expect(readings).toBe(1);
    const other = await open(async () => {
      readings += 1;
      throw new Error('connect ECONNREFUSED');
    });
    const lines = await scrape(other);
    expect(lines).toContain('interpro_database_up 0');
    expect(lines.some((line) => line.startsWith('interpro_outbox_depth'))).toBe(false);
    // A failed reading is not kept.
    await scrape(other);
    expect(readings).toBe(3);
  });

  it('times requests by route, in a registry of its own', async () => {
    const [one, two] = [
      await open(postgresMetrics(house.pool, { now: () => NOW })),
      await open(async () => Promise.reject(new Error('no'))),
    ];
    await one.inject(`${PREFIX}/index/imports/1`);
    await one.inject(`${PREFIX}/problems`);
    await one.inject('/nowhere/at/all');
    const counts = (await scrape(one)).filter((line) =>
      line.startsWith('interpro_http_request_duration_seconds_count'),
    );
    expect(counts.sort()).toEqual([
      'interpro_http_request_duration_seconds_count{method="GET",route="/rest/interpro/v1/problems",status="200"} 1',
      'interpro_http_request_duration_seconds_count{method="GET",route="none",status="404"} 2',
    ]);
    expect((await scrape(two)).filter((line) => line.includes('v1/problems'))).toEqual([]);
  });
});
