/** What the API is made of: who may call it, what it shows of the offices, and where it listens. */
import { jwksSource } from '../adapters/jwks/source.ts';
import type { openLogger } from '../adapters/logger.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { postgresEvidence } from '../adapters/postgres/queries/evidence.ts';
import { postgresFilePlaces } from '../adapters/postgres/queries/file-places.ts';
import { postgresOfficeViews } from '../adapters/postgres/queries/office-views.ts';
import { postgresVisura } from '../adapters/postgres/queries/visura.ts';
import { postgresWebhooks } from '../adapters/postgres/webhooks/webhooks.ts';
import { adminToken } from '../adapters/secrets/admin-token.ts';
import { compose } from '../adapters/smtp/compose.ts';
import { webhookEndpoint } from '../adapters/webhook-endpoint/endpoint.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import { adminTokenFile, type Config } from '../config/config.ts';
import { DEFAULT_WEBHOOKS } from '../config/webhooks.ts';
import type { buildServer, HttpDeps } from '../entrances/http/server.ts';
import { publishedKey } from '../formats/modi/public-keys.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AooId } from '../kernel/ids.ts';
import { openAccess } from '../service/access/access.ts';
import type { MailLooks } from '../service/documents/mail-looks.ts';
import { messageContents } from '../service/documents/message-content.ts';
import { documentReader } from '../service/documents/read-document.ts';
import { evidence } from '../service/evidence/open-evidence.ts';
import { registrationFiles } from '../service/evidence/registration-files.ts';
import { type AskedRegistration, type Asker, visura } from '../service/queries/visura.ts';
import type { WebhookDeps } from '../service/webhooks/manage-webhooks.ts';
import { modiWebhookSigner } from '../service/webhooks/sign-post.ts';
import type { Storage } from './storage.ts';

type Logger = ReturnType<typeof openLogger>;

/** What the configuration alone decides. */
export function apiSettings(
  { access = DEFAULT_ACCESS, api, webhooks = DEFAULT_WEBHOOKS }: Config,
  token: string,
  log: Logger,
): Pick<HttpDeps, 'log' | 'token' | 'tls' | 'api' | 'signingKeys'> {
  const { tls } = access;
  const { signer } = webhooks;
  return {
    log: log.child({ part: 'http' }),
    token,
    ...(tls !== null && { tls }),
    ...(api !== undefined && { api }),
    ...(signer !== null && { signingKeys: [publishedKey(signer)] }),
  };
}

/** The configured token of the administrator, or the one in the data folder, which is made at the first start. */
export async function tokenOf({ http, dataFolder }: Config, log: Logger): Promise<string> {
  if (http.token !== null) return http.token;
  const file = adminTokenFile(dataFolder);
  const token = await adminToken(file);
  log.info({ file }, "the token of the node's administrator");
  return token;
}

/** Who may call: credentials in the database, issuers from the configuration, and the administrator with this token. */
export async function apiAccess(
  { access: settings = DEFAULT_ACCESS }: Config,
  offices: ReadonlySet<AooId>,
  nodeToken: string,
  { pool }: Storage,
  clock: Clock,
  log: Logger,
) {
  const { issuers, audiences, perMinute, proxies } = settings;
  const access = await openAccess({
    issuers,
    audiences,
    store: postgresCredentials(pool),
    source: jwksSource(),
    nodeToken,
    clock,
    log: log.child({ part: 'access' }),
  });
  return { access, perMinute, proxies, offices };
}

/** What the API shows and hands out of the offices. */
export function officeReading({ pool, documents }: Storage, clock: Clock, looks: MailLooks) {
  const records = postgresVisura(pool);
  const reader = documentReader(documents, looks);
  const contents = messageContents(documents, looks);
  const places = postgresFilePlaces(pool);
  const proofs = evidence({ records: postgresEvidence(pool), documents, compose, clock, looks });
  return {
    documents,
    officeViews: postgresOfficeViews(pool),
    reader,
    contents,
    registrationFiles: registrationFiles({ places, reader, contents, documents, compose }),
    async evidence(aoo: AooId, exchangeId: string) {
      const opened = await proofs.openEvidence(aoo, exchangeId);
      // Whoever reads the stream sees that it ends early; nobody else needs to be told.
      opened?.index.catch(() => undefined);
      return opened;
    },
    visura: (aoo: AooId, asker: Asker, asked: AskedRegistration) => visura(aoo, asker, asked, records),
  };
}

export function webhookDeps(
  { webhooks: { hosts, signer } = DEFAULT_WEBHOOKS, index }: Config,
  { pool, feed, secrets }: Storage,
  clock: Clock,
): WebhookDeps {
  return {
    webhooks: postgresWebhooks(pool),
    feed,
    clock,
    secrets,
    endpoint: webhookEndpoint({ allowed: hosts }),
    signer: signer === null ? null : modiWebhookSigner(signer, index.node),
  };
}

type Server = Awaited<ReturnType<typeof buildServer>>;

/** Resolves with the port. `anyPort`: where the one that is asked for is taken, another one. */
export async function startListening(
  server: Server,
  { host, port }: Config['http'],
  anyPort: boolean,
): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (!anyPort)
      throw new Error(`port ${port} on ${host} is taken by another program: set INTERPRO_HTTP_PORT to a free one`);
    await server.listen({ host, port: 0 });
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
