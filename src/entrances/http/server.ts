import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { PublishedKey } from '../../formats/modi/public-keys.ts';
import { nodeTokenAlone } from '../../service/access/access.ts';
import type { ImportDeps } from '../../service/index/import-index.ts';
import type { LayerDeps } from '../../service/index/layer.ts';
import type { ReadMetrics } from '../../service/queries/metrics.ts';
import type { Views } from '../../service/queries/views.ts';
import type { WebhookDeps } from '../../service/webhooks/manage-webhooks.ts';
import { type AccessDeps, guard } from './access/authentication.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { healthRoutes } from './node/health-routes.ts';
import { metricsRoutes } from './node/metrics-routes.ts';
import { collectProblems, problemListRoutes } from './node/problem-list-routes.ts';
import { type Readiness, readinessOf } from './node/readiness.ts';
import { signingKeyRoutes } from './node/signing-key-routes.ts';
import { statusRoutes } from './node/status-routes.ts';
import { openServer, type Tls } from './open-server.ts';
import { type ApiInfo, describeApi, documentRoutes, NO_INFO } from './openapi/openapi.ts';
import { type CredentialDoors, credentialRoutes } from './rest/credential-routes.ts';
import { type EventDeps, eventRoutes } from './rest/event-routes.ts';
import { type ExchangeDeps, exchangeRoutes } from './rest/exchange-routes.ts';
import { type IncomingDeps, incomingRoutes } from './rest/incoming-routes.ts';
import { indexImportRoutes } from './rest/index-import-routes.ts';
import { indexLayerRoutes } from './rest/index-layer-routes.ts';
import { type IndexReading, indexReadRoutes } from './rest/index-read-routes.ts';
import { type OutgoingDeps, outgoingRoutes } from './rest/outgoing-routes.ts';
import { type RegisterDeps, registerRoutes } from './rest/register-routes.ts';
import { type UploadRoutesDeps, uploadRoutes } from './rest/upload-routes.ts';
import { webhookRoutes } from './rest/webhook-routes.ts';

export interface HttpDeps {
  readonly views: Views;
  readonly log: FastifyBaseLogger;
  /** Bearer token asked of every caller of the API; null: the API listens on loopback only. */
  readonly token: string | null;
  /** Who else may call, and how often; left out: only who has the token. */
  readonly access?: Omit<AccessDeps, 'publicPerMinute'>;
  /** Left out: plain HTTP. */
  readonly tls?: Tls;
  readonly index?: IndexDoors;
  /** Messages, register and events of the offices; left out: only the index and the node's own pages. */
  readonly office?: OfficeDoors;
  /** Left out: nobody changes its own key. */
  readonly credentials?: CredentialDoors;
  /** Left out: nobody is told of events. */
  readonly webhooks?: WebhookDeps;
  /** By which others check what this node signs; left out: it signs nothing. */
  readonly signingKeys?: readonly PublishedKey[];
  /** Bounds other than the usual ones, for tests. */
  readonly limits?: Partial<HttpLimits>;
  /** What the operator says of the node, for the documentation. */
  readonly api?: ApiInfo;
  /** For `/metrics`; left out: durations of requests alone. */
  readonly figures?: ReadMetrics;
  readonly now?: () => Date;
  /** Rejects when nothing can be written to the document store; left out: there is none. */
  readonly storage?: () => Promise<void>;
  /** What was found wrong when the service began, and stays so until it begins again; Italian. */
  readonly faults?: readonly string[];
  /** Called before any route is declared: a place for hooks that look at everything. */
  readonly watch?: (server: FastifyInstance) => void;
}

export interface IndexDoors extends IndexReading {
  readonly layerDeps: LayerDeps;
  /** Left out: nothing is imported over HTTP. */
  readonly imports?: ImportDeps;
  /** Requests a minute that anybody may make from one address; null: the index is for who has the token. */
  readonly publicPerMinute: number | null;
}

/** What the protocol systems of the offices do here. */
export type OfficeDoors = OutgoingDeps &
  IncomingDeps &
  ExchangeDeps &
  EventDeps &
  RegisterDeps & { readonly files: UploadRoutesDeps };

export const PREFIX = '/rest/interpro/v1';

/** The API: `/status` and the documentation for everybody, the rest for who may. Not listening yet. */
export async function buildServer(deps: HttpDeps): Promise<FastifyInstance> {
  const server = openServer(
    deps.log,
    { ...HTTP_LIMITS, ...deps.limits },
    deps.tls ?? null,
    deps.access?.proxies.addresses,
  );
  await describeApi(server, PREFIX, deps.api ?? NO_INFO);
  guard(server, { ...accessOf(deps), publicPerMinute: deps.index?.publicPerMinute ?? null });
  const problems = collectProblems(server);
  deps.watch?.(server);
  metricsRoutes(server, deps.figures ?? null);
  const standing = readinessOf(deps.views, deps.storage);
  healthRoutes(server, standing, deps.now ?? (() => new Date()));
  statusRoutes(server, standing, deps.faults);
  await server.register(async (api) => problemListRoutes(api, problems), { prefix: PREFIX });
  await server.register(async (api) => businessRoutes(api, deps, standing), { prefix: PREFIX });
  await documentRoutes(server, PREFIX);
  return server;
}

const accessOf = ({ access, token, log }: HttpDeps): Omit<AccessDeps, 'publicPerMinute'> =>
  access ?? {
    access: nodeTokenAlone(token, { now: () => new Date() }, log),
    perMinute: 6_000,
    offices: null,
    proxies: { addresses: [], certificateHeader: null },
  };

/** Everything under the versioned path. A new file of routes is one line here. */
async function businessRoutes(api: FastifyInstance, deps: HttpDeps, standing: Readiness): Promise<void> {
  const { index, webhooks, office, credentials } = deps;
  statusRoutes(api, standing, deps.faults);
  signingKeyRoutes(api, deps.signingKeys ?? []);
  if (office !== undefined) {
    await uploadRoutes(api, office.files);
    await outgoingRoutes(api, office);
    incomingRoutes(api, office);
    exchangeRoutes(api, office);
    eventRoutes(api, office);
    registerRoutes(api, office);
  }
  if (credentials !== undefined) credentialRoutes(api, credentials);
  if (webhooks !== undefined) webhookRoutes(api, webhooks);
  if (index === undefined) return;
  indexReadRoutes(api, index);
  indexLayerRoutes(api, index.layerDeps);
  const { imports } = index;
  if (imports !== undefined) await api.register((own) => indexImportRoutes(own, imports));
}
