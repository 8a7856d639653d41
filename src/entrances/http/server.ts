import { timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify';
import { sha256 } from '../../kernel/digest.ts';
import type { ImportDeps } from '../../service/index/import-index.ts';
import type { LayerDeps } from '../../service/index/layer.ts';
import type { Views } from '../../service/views.ts';
import { send } from './problem-reply.ts';
import { rateLimit } from './rate-limit.ts';
import { indexImportRoutes } from './rest/index-import-routes.ts';
import { indexLayerRoutes } from './rest/index-layer-routes.ts';
import { type IndexReading, indexReadRoutes } from './rest/index-routes.ts';
import { readRoutes } from './rest/read-routes.ts';
import { statusRoutes } from './status-routes.ts';

export interface HttpDeps {
  readonly views: Views;
  readonly log: FastifyBaseLogger;
  /** Bearer token asked of every caller of the API; null: the API listens on loopback only. */
  readonly token: string | null;
  readonly index?: IndexDoors;
}

export interface IndexDoors extends IndexReading {
  readonly layerDeps: LayerDeps;
  /** Left out: nothing is imported over HTTP. */
  readonly imports?: ImportDeps;
  /** Requests a minute that anybody may make from one address; null: the index is for who has the token. */
  readonly publicPerMinute: number | null;
}

/** The API: `/status` for everybody, the lists for who may read them. Not listening yet. */
export async function buildServer(deps: HttpDeps): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    // A filter that is misspelt must not pass as no filter.
    ajv: { customOptions: { removeAdditional: false } },
  }) as unknown as FastifyInstance;

  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return send(reply, 'bad-request', error.message);
    const code = isDatabaseFailure(error) ? 'database-unavailable' : 'internal';
    request.log.error({ err: error, url: request.url }, 'request failed');
    return send(reply, code);
  });
  server.setNotFoundHandler((_request, reply) => send(reply, 'not-found'));
  server.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });

  await server.register(async (open) => statusRoutes(open, deps.views));
  await server.register(
    async (guarded) => {
      const { token } = deps;
      if (token !== null) {
        guarded.addHook('onRequest', async (request, reply) => {
          if (!sameToken(request.headers.authorization, token)) return send(reply, 'unauthorized');
          return undefined;
        });
      }
      readRoutes(guarded, deps.views);
      if (deps.index !== undefined) indexLayerRoutes(guarded, deps.index.layerDeps);
      const imports = deps.index?.imports;
      if (imports !== undefined) await guarded.register((own) => indexImportRoutes(own, imports));
    },
    { prefix: PREFIX },
  );
  const { index, token } = deps;
  if (index !== undefined) {
    await server.register(async (reading) => indexReading(reading, index, token), { prefix: PREFIX });
  }
  return server;
}

const PREFIX = '/rest/interpro/v1';

/** Who has the token reads without limit; others where the index is public, so many times a minute. */
function indexReading(server: FastifyInstance, index: IndexDoors, token: string | null): void {
  const limited = index.publicPerMinute === null ? null : rateLimit(index.publicPerMinute);
  server.addHook('onRequest', async (request, reply) => {
    if (token !== null && sameToken(request.headers.authorization, token)) return undefined;
    if (limited !== null) return limited(request, reply);
    return token === null ? undefined : send(reply, 'unauthorized');
  });
  indexReadRoutes(server, index);
}

/** Digests are compared, so that neither the length nor the content of the token can be timed. */
function sameToken(header: string | undefined, token: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(header ?? '')), Buffer.from(sha256(`Bearer ${token}`)));
}

/** What the driver says when the database is away: no HTTP status, and a system or SQLSTATE code of class 08, 53, 57. */
const isDatabaseFailure = (error: FastifyError): boolean =>
  /^(08|53|57|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(error.code ?? '') ||
  /connect|terminated/i.test(error.message);
