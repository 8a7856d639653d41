import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { PublishedKey } from '../../formats/modi/public-keys.ts';
import { nodeTokenAlone } from '../../service/access/access.ts';
import type { ImportDeps } from '../../service/index/import-index.ts';
import type { LayerDeps } from '../../service/index/layer.ts';
import type { ReadMetrics } from '../../service/queries/metrics.ts';
import type { ReadNodeState } from '../../service/queries/node-state.ts';
import type { Views } from '../../service/queries/views.ts';
import type { WebhookDeps } from '../../service/webhooks/manage-webhooks.ts';
import { authenticateCallers, type CallerDeps } from './access/authentication.ts';
import { deskRoutes } from './desk/desk-server.ts';
import { type DeskDeps, screens } from './desk/screens.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { healthRoutes } from './node/health-routes.ts';
import { metricsRoutes } from './node/metrics-routes.ts';
import { collectProblemCodes, problemListRoutes } from './node/problem-list-routes.ts';
import { readinessOf } from './node/readiness.ts';
import { signingKeyRoutes } from './node/signing-key-routes.ts';
import { statusRoutes } from './node/status-routes.ts';
import { openServer, type Tls } from './open-server.ts';
import { type ApiInfo, NO_INFO, openApiRoutes, registerOpenApi } from './openapi/openapi.ts';
import type { ApiServer } from './operation.ts';
import { type CredentialRoutesDeps, credentialRoutes } from './rest/credential-routes.ts';
import { type EventDeps, eventRoutes } from './rest/event-routes.ts';
import { type ExchangeDeps, exchangeRoutes } from './rest/exchange-routes.ts';
import { type IncomingDecisionDeps, incomingDecisionRoutes } from './rest/incoming-decision-routes.ts';
import { type IncomingDeps, incomingRoutes } from './rest/incoming-routes.ts';
import { indexEntryRoutes } from './rest/index-entry-routes.ts';
import { indexImportRoutes } from './rest/index-import-routes.ts';
import { indexLayerRoutes } from './rest/index-layer-routes.ts';
import { type IndexReading, indexReadRoutes } from './rest/index-read-routes.ts';
import { type MailDeps, mailRoutes } from './rest/mail-routes.ts';
import { type OutgoingDeps, outgoingRoutes } from './rest/outgoing-routes.ts';
import { type RegisterDeps, registerRoutes } from './rest/register-routes.ts';
import { type RegistrationFileDeps, registrationFileRoutes } from './rest/registration-file-routes.ts';
import { type UploadRoutesDeps, uploadRoutes } from './rest/upload-routes.ts';
import { type VisuraDeps, visuraRoutes } from './rest/visura-routes.ts';
import { webhookDeliveryRoutes } from './rest/webhook-delivery-routes.ts';
import { webhookRoutes } from './rest/webhook-routes.ts';

export interface HttpDeps {
  readonly views: Views;
  readonly log: FastifyBaseLogger;
  /** Bearer token of the node's administrator. */
  readonly token: string;
  /** Which other credentials are known, and the limits of requests; left out: none, and the usual limits. */
  readonly access?: Omit<CallerDeps, 'publicPerMinute'>;
  /** Left out: plain HTTP. */
  readonly tls?: Tls;
  /** Left out: no routes of the index. */
  readonly index?: IndexRoutesDeps;
  /** Left out: no routes of offices (messages, register, events). */
  readonly office?: OfficeRoutesDeps;
  /** Left out: clients cannot rotate their own key. */
  readonly credentials?: CredentialRoutesDeps;
  /** Left out: no routes of webhooks. */
  readonly webhooks?: WebhookDeps;
  /** Public keys of what this node signs; left out: it signs nothing. */
  readonly signingKeys?: readonly PublishedKey[];
  /** Other limits than `HTTP_LIMITS`, for tests. */
  readonly limits?: Partial<HttpLimits>;
  /** What the operator says of the node, for the documentation. */
  readonly api?: ApiInfo;
  /** What `/metrics` reads from the database; left out: only durations of requests. */
  readonly metrics?: ReadMetrics;
  /** What it reads of disks and certificates; left out: nothing. */
  readonly nodeState?: ReadNodeState;
  /** Left out: no pages for people. */
  readonly desk?: DeskDeps;
  readonly now?: () => Date;
  /** Rejects when the document store cannot be written to; left out: there is none. */
  readonly storage?: () => Promise<void>;
  /** What was found wrong with the configuration, and stays so until it is read again; Italian. */
  readonly startFaults?: readonly string[];
  /** Called before the routes are declared, for hooks that see all of them. */
  readonly beforeRoutes?: (server: FastifyInstance) => void;
}

export interface IndexRoutesDeps extends IndexReading {
  readonly layerDeps: LayerDeps;
  /** Left out: nothing is imported over HTTP. */
  readonly imports?: ImportDeps;
  /** Requests a minute of one address without a credential; null: the index is not public. */
  readonly publicPerMinute: number | null;
}

/** What the protocol systems of offices use. */
export type OfficeRoutesDeps = OutgoingDeps &
  IncomingDeps &
  IncomingDecisionDeps &
  ExchangeDeps &
  MailDeps &
  EventDeps &
  RegisterDeps &
  RegistrationFileDeps &
  VisuraDeps & { readonly files: UploadRoutesDeps };

/** Before every versioned path. */
export const PREFIX = '/rest/interpro/v1';

/** The API with all its routes, not listening yet. */
export async function buildServer(deps: HttpDeps): Promise<ApiServer> {
  const server = openServer(
    deps.log,
    { ...HTTP_LIMITS, ...deps.limits },
    deps.tls ?? null,
    deps.access?.proxies.addresses,
  );
  await registerOpenApi(server, PREFIX, deps.api ?? NO_INFO);
  await authenticateCallers(server, { ...callersOf(deps), publicPerMinute: deps.index?.publicPerMinute ?? null });
  const problemCodes = collectProblemCodes(server);
  deps.beforeRoutes?.(server);
  const readiness = readinessOf(deps.views, deps.storage);
  metricsRoutes(server, deps.metrics ?? null, deps.nodeState ?? null, deps.now);
  healthRoutes(server, readiness, deps.now ?? (() => new Date()));
  statusRoutes(server, readiness, deps.startFaults);
  await server.register(
    async (api) => {
      statusRoutes(api, readiness, deps.startFaults);
      problemListRoutes(api, problemCodes);
      signingKeyRoutes(api, deps.signingKeys ?? []);
      await businessRoutes(api, deps);
    },
    { prefix: PREFIX },
  );
  await openApiRoutes(server, PREFIX);
  const { desk } = deps;
  if (desk !== undefined) await deskRoutes(server, desk, (own) => screens(own, desk));
  return server;
}

const callersOf = ({ access, token, log }: HttpDeps): Omit<CallerDeps, 'publicPerMinute'> =>
  access ?? {
    access: nodeTokenAlone(token, { now: () => new Date() }, log),
    perMinute: 6_000,
    offices: null,
    proxies: { addresses: [], certificateHeader: null },
  };

/** Everything under the versioned path. A new file of routes is one line here. */
async function businessRoutes(api: ApiServer, { index, webhooks, office, credentials }: HttpDeps): Promise<void> {
  if (office !== undefined) {
    await uploadRoutes(api, office.files);
    await outgoingRoutes(api, office);
    incomingRoutes(api, office);
    incomingDecisionRoutes(api, office);
    exchangeRoutes(api, office);
    mailRoutes(api, office);
    eventRoutes(api, office);
    registerRoutes(api, office);
    registrationFileRoutes(api, office);
    visuraRoutes(api, office);
  }
  if (credentials !== undefined) credentialRoutes(api, credentials);
  if (webhooks !== undefined) {
    webhookRoutes(api, webhooks);
    webhookDeliveryRoutes(api, webhooks);
  }
  if (index === undefined) return;
  indexReadRoutes(api, index);
  indexEntryRoutes(api, index);
  indexLayerRoutes(api, index.layerDeps);
  const { imports } = index;
  if (imports !== undefined) await api.register((own) => indexImportRoutes(own, imports));
}
