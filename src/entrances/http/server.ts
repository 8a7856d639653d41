import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { nodeTokenAlone } from '../../service/access/access.ts';
import type { ImportDeps } from '../../service/index/import-index.ts';
import type { LayerDeps } from '../../service/index/layer.ts';
import type { Views } from '../../service/views.ts';
import { type AccessDeps, guard } from './authentication.ts';
import { answerClientError, answerFault, answerFaults } from './faults.ts';
import { takeJson } from './json-body.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { logRequests, requestId } from './request-log.ts';
import { indexImportRoutes } from './rest/index-import-routes.ts';
import { indexLayerRoutes } from './rest/index-layer-routes.ts';
import { type IndexReading, indexReadRoutes } from './rest/index-routes.ts';
import { readRoutes } from './rest/read-routes.ts';
import { statusRoutes } from './status-routes.ts';
import { validateStrictly } from './validation.ts';

export interface HttpDeps {
  readonly views: Views;
  readonly log: FastifyBaseLogger;
  /** Bearer token asked of every caller of the API; null: the API listens on loopback only. */
  readonly token: string | null;
  /** Who else may call, and how often; left out: only who has the token. */
  readonly access?: Omit<AccessDeps, 'publicPerMinute'>;
  /** PEM; left out: plain HTTP. `ca`: who issues the certificates of clients. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string | null };
  readonly index?: IndexDoors;
  /** Bounds other than the usual ones, for tests. */
  readonly limits?: Partial<HttpLimits>;
}

export interface IndexDoors extends IndexReading {
  readonly layerDeps: LayerDeps;
  /** Left out: nothing is imported over HTTP. */
  readonly imports?: ImportDeps;
  /** Requests a minute that anybody may make from one address; null: the index is for who has the token. */
  readonly publicPerMinute: number | null;
}

export const PREFIX = '/rest/interpro/v1';

/** The API: `/status` for everybody, the lists for who may read them. Not listening yet. */
export async function buildServer(deps: HttpDeps): Promise<FastifyInstance> {
  const server = openServer(deps.log, { ...HTTP_LIMITS, ...deps.limits });
  guard(server, { ...accessOf(deps), publicPerMinute: deps.index?.publicPerMinute ?? null });
  await server.register(async (open) => statusRoutes(open, deps.views));
  await server.register(async (api) => businessRoutes(api, deps), { prefix: PREFIX });
  return server;
}

const accessOf = ({ access, token, log }: HttpDeps): Omit<AccessDeps, 'publicPerMinute'> =>
  access ?? {
    access: nodeTokenAlone(token, { now: () => new Date() }, log),
    perMinute: 6_000,
    offices: null,
    proxies: { addresses: [], certificateHeader: null },
  };

/** A client without a certificate comes in too, and shows a key or a token; one of no authority of ours counts as none. */
const tlsOptions = ({ cert, key, ca }: NonNullable<HttpDeps['tls']>) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  ...(ca !== null && { ca, requestCert: true, rejectUnauthorized: false }),
});

/** The bare server with its bounds, its reading of bodies, its faults and its log: what every route stands on. */
function openServer(log: FastifyBaseLogger, limits: HttpLimits): FastifyInstance {
  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestSeconds * 1000,
    connectionTimeout: limits.idleSeconds * 1000,
    http: {
      headersTimeout: limits.headersSeconds * 1000,
      connectionsCheckingInterval: Math.min(5_000, limits.headersSeconds * 250),
      maxHeaderSize: limits.headerBytes,
    },
    genReqId: requestId,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    frameworkErrors: answerFault as never,
    clientErrorHandler: answerClientError,
  }) as unknown as FastifyInstance;
  server.server.maxConnections = limits.connections;
  validateStrictly(server);
  answerFaults(server);
  logRequests(server);
  takeJson(server, limits);
  server.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  return server;
}

/** No answer is kept, sniffed, framed or asked for by another site's page: CORS is off. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** Everything under the versioned path. A new file of routes is one line here. */
async function businessRoutes(api: FastifyInstance, { views, index }: HttpDeps): Promise<void> {
  readRoutes(api, views);
  if (index === undefined) return;
  indexReadRoutes(api, index);
  indexLayerRoutes(api, index.layerDeps);
  const { imports } = index;
  if (imports !== undefined) await api.register((own) => indexImportRoutes(own, imports));
}
