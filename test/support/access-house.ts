import type { FastifyInstance } from 'fastify';
import { jwksSource } from '../../src/adapters/jwks/source.ts';
import { openLogger } from '../../src/adapters/logger.ts';
import { postgresCredentials } from '../../src/adapters/postgres/credentials.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { authenticateCallers } from '../../src/entrances/http/access/authentication.ts';
import type { Proxies } from '../../src/entrances/http/access/client-certificate.ts';
import { requestedOffice } from '../../src/entrances/http/access/request-office.ts';
import { HTTP_LIMITS } from '../../src/entrances/http/limits.ts';
import { openServer } from '../../src/entrances/http/open-server.ts';
import { sendProblem } from '../../src/entrances/http/reply/problem-reply.ts';
import { aooId } from '../../src/kernel/ids.ts';
import { openAccess } from '../../src/service/access/access.ts';
import type { Issuer } from '../../src/service/access/issuer-keys.ts';
import { createCredential, type ManageDeps } from '../../src/service/access/manage-credentials.ts';
import type { NewCredential } from '../../src/service/access/new-credential.ts';
import type { Office } from '../../src/service/register/office.ts';
import { AUDIENCE } from './issuer.ts';
import { NODE_TOKEN } from './node-token.ts';
import { createDatabase } from './postgres.ts';

export const ESEMPIO = office('c_esempio', 'AESEMP1', 'Comune di Esempio');
export const PROVARIA = office('c_provaria', 'APROVA1', 'Comune di Provaria');

function office(administration: string, code: string, name: string): Office {
  const address = `protocollo@pec.${code.toLowerCase()}.example.it`;
  const aoo = aooId(administration, code);
  // Credentials need no more of an office than this.
  return { aoo, administration, code, register: 'PROT', name, address } as unknown as Office;
}

export interface AccessHouse {
  readonly url: string;
  readonly pool: ReturnType<typeof openPool>;
  readonly manage: ManageDeps;
  /** Stands still unless moved forward. */
  readonly clock: { now(): Date; forward(seconds: number): void };
  /** Creates a credential; `key` is empty unless it is an API key. */
  make(office: Office | null, wish?: Partial<NewCredential>): Promise<{ readonly id: string; readonly key: string }>;
  /** Starts a server with a few routes behind authentication, and returns its URL. */
  serve(options?: ServeOptions): Promise<string>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly issuers?: readonly Issuer[];
  readonly perMinute?: number;
  readonly publicPerMinute?: number | null;
  readonly proxies?: Proxies;
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** `start` sets its clock. TLS judges client certificates by the real time all the same. */
export async function openAccessHouse(start = new Date('2026-05-04T09:00:00Z')): Promise<AccessHouse> {
  const database = await createDatabase();
  const pool = openPool(database.url, 'interpro test access', 4);
  for (const { aoo, administration, code, register, name, address } of [ESEMPIO, PROVARIA]) {
    await pool.query(
      'insert into aoo (aoo, administration, code, register, name, address) values ($1, $2, $3, $4, $5, $6)',
      [aoo, administration, code, register, name, address],
    );
  }
  let time = start.getTime();
  const clock = {
    now: () => new Date(time),
    forward(seconds: number) {
      time += seconds * 1000;
    },
  };
  const credentials = postgresCredentials(pool);
  const manage = { credentials, clock };
  const stops: (() => Promise<unknown>)[] = [];
  return {
    url: database.url,
    pool,
    manage,
    clock,
    async make(owner, wish = {}) {
      const full = { kind: 'api-key', name: 'Protocollo di prova', scopes: ['events:read'], ...wish } as const;
      const done = await createCredential(owner, full, 'prova', manage);
      if (!done.ok) throw new Error(done.problem.message);
      return { id: done.value.credential.id, key: done.value.key ?? '' };
    },
    async serve(options = {}) {
      const access = await openAccess({
        store: credentials,
        source: jwksSource(2),
        issuers: options.issuers ?? [],
        audiences: [AUDIENCE],
        nodeToken: NODE_TOKEN,
        clock,
        log: openLogger('silent'),
      });
      const proxies = options.proxies ?? { addresses: [], certificateHeader: null };
      const server = openServer(openLogger('silent'), HTTP_LIMITS, options.tls ?? null, proxies.addresses);
      await authenticateCallers(server, {
        access,
        perMinute: options.perMinute ?? 10_000,
        publicPerMinute: options.publicPerMinute ?? null,
        offices: new Set([ESEMPIO.aoo, PROVARIA.aoo]),
        proxies,
      });
      routes(server);
      stops.push(async () => {
        await server.close();
        await access.stop();
      });
      return server.listen({ host: '127.0.0.1', port: 0 });
    },
    async stop() {
      for (const stop of stops) await stop();
      await pool.end();
      await database.drop();
    },
  };
}

function routes(server: FastifyInstance): void {
  server.get('/status', { config: { access: 'public' } }, async () => ({ ok: true }));
  server.get('/who', { config: { access: 'events:read' } }, async (request, reply) => {
    const office = requestedOffice(request);
    if (!office.ok) return sendProblem(reply, office.problem);
    const { client, evidence } = request;
    return {
      ip: request.ip,
      id: client?.id,
      name: client?.name,
      aoo: client?.aoo,
      how: client?.how,
      office: office.value,
      evidence,
    };
  });
  server.get('/long', { config: { access: 'events:read' } }, async ({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 1_500);
    signal.addEventListener('abort', () => resolve());
    await promise;
    return { ok: true };
  });
  server.get('/index', { config: { access: 'index:read', openIndex: true } }, async () => ({ ok: true }));
  server.get('/broken', { config: { access: 'events:read' } }, async () => {
    throw new Error('a secret that no answer may contain');
  });
  server.post('/things', { config: { access: 'messages:send' } }, async ({ body }) => ({ took: body }));
}
