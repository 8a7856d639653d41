import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { ImportDeps } from '../../service/index/import-index.ts';
import type { LayerDeps } from '../../service/index/layer.ts';
import type { Views } from '../../service/views.ts';
import { guard } from './authentication.ts';
import { answerFaults } from './faults.ts';
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

export const PREFIX = '/rest/interpro/v1';

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

  answerFaults(server);
  server.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  guard(server, { token: deps.token, publicPerMinute: deps.index?.publicPerMinute ?? null });
  await server.register(async (open) => statusRoutes(open, deps.views));
  await server.register(async (api) => businessRoutes(api, deps), { prefix: PREFIX });
  return server;
}

/** Everything under the versioned path. A new file of routes is one line here. */
async function businessRoutes(api: FastifyInstance, { views, index }: HttpDeps): Promise<void> {
  readRoutes(api, views);
  if (index === undefined) return;
  indexReadRoutes(api, index);
  indexLayerRoutes(api, index.layerDeps);
  const { imports } = index;
  if (imports !== undefined) await api.register((own) => indexImportRoutes(own, imports));
}
