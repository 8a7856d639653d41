/** Wiring by hand: the only file that sees adapters and entrances together. Read it to see what the service is made of. */
import { folderDocuments } from '../adapters/documents/folder.ts';
import { folderPartials } from '../adapters/documents/partials.ts';
import { loadGrammars } from '../adapters/grammar-files.ts';
import { imapMailboxes } from '../adapters/imap/connector.ts';
import { httpFeed } from '../adapters/index-feed/feed.ts';
import { httpFetcher } from '../adapters/index-files/fetcher.ts';
import { jwksSource } from '../adapters/jwks/source.ts';
import { openLogger } from '../adapters/logger.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { migrate } from '../adapters/postgres/database/migrate.ts';
import { isPassing, openPool } from '../adapters/postgres/database/pool.ts';
import { indexEntries } from '../adapters/postgres/index/entries.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { indexLayer } from '../adapters/postgres/index/layer.ts';
import { postgresEvidence } from '../adapters/postgres/queries/evidence.ts';
import { postgresFeed } from '../adapters/postgres/queries/feed.ts';
import { postgresMetrics } from '../adapters/postgres/queries/metrics.ts';
import { postgresOfficeViews } from '../adapters/postgres/queries/office-views.ts';
import { postgresViews } from '../adapters/postgres/queries/views.ts';
import { postgresVisura } from '../adapters/postgres/queries/visura.ts';
import { postgresStore } from '../adapters/postgres/store.ts';
import { postgresUploads } from '../adapters/postgres/uploads.ts';
import { postgresWebhooks } from '../adapters/postgres/webhooks/webhooks.ts';
import { openSecrets } from '../adapters/secrets/open.ts';
import { compose as composeMail } from '../adapters/smtp/compose.ts';
import { smtpSender } from '../adapters/smtp/sender.ts';
import { configuredTrust } from '../adapters/trust-files.ts';
import { webhookEndpoint } from '../adapters/webhook-endpoint/endpoint.ts';
import { NO_ACCESS } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import { NO_WEBHOOKS } from '../config/webhooks.ts';
import { buildServer, type HttpDeps } from '../entrances/http/server.ts';
import { startDeadlineJob } from '../entrances/jobs/deadline-job.ts';
import { startIndexFeedJob } from '../entrances/jobs/index-feed-job.ts';
import { startIndexJob } from '../entrances/jobs/index-job.ts';
import type { Job } from '../entrances/jobs/job.ts';
import { type MailboxJobDeps, newOwner, startMailboxJob } from '../entrances/jobs/mailbox-job.ts';
import { startOutboxJob } from '../entrances/jobs/outbox-job.ts';
import { startUploadJob } from '../entrances/jobs/upload-job.ts';
import { startWebhookJob } from '../entrances/jobs/webhook-job.ts';
import { publishedKey } from '../formats/modi/public-keys.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AooId } from '../kernel/ids.ts';
import { openAccess } from '../service/access/access.ts';
import type { Secrets } from '../service/access/secrets.ts';
import { type Commands, openCommands } from '../service/commands/commands.ts';
import { type Documents, DocumentsError, type Staging } from '../service/documents/documents.ts';
import { documentReader } from '../service/documents/read-document.ts';
import type { EventFeed } from '../service/events/feed.ts';
import { openLongPoll } from '../service/events/long-poll.ts';
import { evidence } from '../service/evidence/evidence.ts';
import type { LayerDeps } from '../service/index/layer.ts';
import { peerObserver } from '../service/index/observe-peers.ts';
import { type AooIndex, openIndex } from '../service/index/open-index.ts';
import { sendMessage } from '../service/outgoing/send-message.ts';
import type { SendRequest } from '../service/outgoing/send-request.ts';
import type { Views } from '../service/queries/views.ts';
import { type AskedRegistration, type Asker, visura } from '../service/queries/visura.ts';
import type { Office } from '../service/register/office.ts';
import type { UploadDeps } from '../service/uploads/uploads.ts';
import type { WebhookDeps } from '../service/webhooks/manage.ts';
import { modiWebhookSigner } from '../service/webhooks/sign.ts';

export interface Service {
  readonly views: Views;
  readonly commands: Commands;
  readonly feed: EventFeed;
  readonly index: AooIndex;
  /** What is sealed at rest. */
  readonly secrets: Secrets;
  /** Where the API listens; null until `start`. */
  readonly address: { readonly host: string; readonly port: number };
  send(office: Office, request: SendRequest): ReturnType<typeof sendMessage>;
  stop(): Promise<void>;
}

export interface ComposeOptions {
  readonly clock?: Clock;
  /** A taken port of the API is refused; with this, another one is chosen. */
  readonly anyPort?: boolean;
  /** Where no key for secrets is configured, one is made in the data folder; for a region that tries things. */
  readonly makeSecretKey?: boolean;
  /** Sees the API before its routes are declared. */
  readonly watch?: HttpDeps['watch'];
}

/** Builds the service and starts it: the database brought up to date, the API, one job per mailbox, one for the outbox. */
export async function compose(
  config: Config & { databaseUrl: string },
  options: ComposeOptions = {},
): Promise<Service> {
  const log = openLogger(config.logLevel);
  log.info(await migrate(config.databaseUrl), 'database ready');
  for (const file of config.exposed ?? [])
    log.warn({ file }, 'every user of this machine may read a password or a key in this file: chmod 600');
  const clock: Clock = options.clock ?? { now: () => new Date() };
  const documents = await folderDocuments(`${config.dataFolder}/documents`);
  const grammars = await loadGrammars();
  const { trust, faults } = await configuredTrust(config.trustFolder);
  for (const fault of faults) log.warn(fault);
  const pool = openPool(config.databaseUrl, 'interpro');
  const store = postgresStore(pool);
  const served = config.offices.flatMap(({ aoo, mailboxes }) =>
    mailboxes.map(({ address }) => ({ aoo, mailbox: address })),
  );
  const views = postgresViews(pool, served);
  const sender = smtpSender(documents);
  await store.declareOffices(config.offices, served);

  const owner = newOwner(clock.now());
  const shared = { store, documents, clock, owner, random: Math.random };
  const index = await openAooIndex(config, pool, clock, log);
  const { secretKeys } = config.access ?? NO_ACCESS;
  const secrets = await openSecrets(secretKeys, options.makeSecretKey === true ? config.dataFolder : null);
  const door = await openDoor(config, pool, clock, log);
  const feed = postgresFeed(pool);
  const webhooks = webhookDeps(config, { webhooks: postgresWebhooks(pool), feed, clock, secrets });
  const learn = peerObserver(index.layer, log.child({ part: 'index' }));
  const mailDeps = {
    ...shared,
    trust,
    validate: grammars.validate,
    connector: imapMailboxes({ log: log.child({ part: 'imap' }) }),
    pollSeconds: config.pollSeconds,
    senders: { entries: index.entries, layer: index.layer },
    log: log.child({ part: 'intake' }),
    learn,
    isPassing: (error: unknown) => isPassing(error) || (error instanceof DocumentsError && error.isPassing),
  };
  const commands = openCommands({ ...mailDeps, resolve: index.resolve });
  const offices = new Map(config.offices.map((office) => [office.aoo, office]));
  const news = await openLongPoll(feed);
  const files = await folderPartials(`${config.dataFolder}/documents`, documents);
  const uploads = { uploads: postgresUploads(pool), files, clock };
  const server = await buildServer({
    ...doorsOf(config, log),
    views,
    faults,
    storage: () => documents.probe(),
    now: clock.now,
    office: { ...officeDoors(pool, documents, clock), views, feed, news, commands, offices, uploads, files: uploads },
    webhooks,
    credentials: { credentials: postgresCredentials(pool), secrets, clock, offices },
    access: door,
    ...(options.watch !== undefined && { watch: options.watch }),
    figures: postgresMetrics(pool, clock, served),
    index: { ...index, publicPerMinute: config.index.publicPerMinute, imports: { index: indexImports(pool), clock } },
  });
  const port = await listen(server, config.http, options.anyPort ?? false);

  const working = { pool, sender, offices, mailDeps, uploads, webhooks: { ...webhooks, feed }, log };
  const jobs = await startJobs(config, { ...working, layerDeps: index.layerDeps });

  return {
    views,
    index,
    secrets,
    commands,
    feed,
    address: { host: config.http.host, port },
    send: (office, request) => sendMessage(office, request, { store, documents, clock }),
    async stop() {
      // Those who wait for news are answered first: a server closes when the last one is.
      await news.stop();
      await server.close();
      await door.access.stop();
      await Promise.all(jobs.map((job) => job.stop()));
      webhooks.endpoint.close();
      await index.stop();
      await sender.close();
      await pool.end();
    },
  };
}

type Logger = ReturnType<typeof openLogger>;

const openAooIndex = (config: Config, pool: ReturnType<typeof openPool>, clock: Clock, log: Logger) =>
  openIndex({
    entries: indexEntries(pool),
    layer: indexLayer(pool),
    clock,
    log: log.child({ part: 'index' }),
    node: config.index.node,
    eager: true,
  });

/** What the configuration alone says of the door. */
function doorsOf(
  { http, access, api, webhooks = NO_WEBHOOKS }: Config,
  log: Logger,
): Pick<HttpDeps, 'log' | 'token' | 'tls' | 'api' | 'signingKeys'> {
  const { tls } = access ?? NO_ACCESS;
  const { signer } = webhooks;
  return {
    log: log.child({ part: 'http' }),
    token: http.token,
    ...(tls !== null && { tls }),
    ...(api !== undefined && { api }),
    ...(signer !== null && { signingKeys: [publishedKey(signer)] }),
  };
}

interface Working {
  readonly pool: ReturnType<typeof openPool>;
  readonly sender: ReturnType<typeof smtpSender>;
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly mailDeps: MailboxJobDeps;
  readonly uploads: UploadDeps;
  readonly webhooks: WebhookDeps & { readonly feed: EventFeed };
  readonly layerDeps: LayerDeps;
  readonly log: Logger;
}

/** Everything that works without being asked. */
async function startJobs(config: Config, working: Working): Promise<readonly Job[]> {
  const { pool, sender, offices, mailDeps, uploads, webhooks, layerDeps, log } = working;
  const { owner, random, store, clock, learn } = mailDeps;
  const jobs: Job[] = [
    await startOutboxJob({ store, clock, owner, random, sender, offices, log: log.child({ part: 'outbox' }) }),
    await startWebhookJob({ ...webhooks, owner, random, log: log.child({ part: 'webhooks' }) }),
    startDeadlineJob({ store, clock, learn, offices, log: log.child({ part: 'deadlines' }) }),
    startUploadJob({ ...uploads, log: log.child({ part: 'uploads' }) }),
  ];
  for (const office of config.offices) {
    for (const mailbox of office.mailboxes) jobs.push(startMailboxJob(office, mailbox, mailDeps));
  }
  const { urls, peers } = config.index;
  if (urls.length > 0) {
    const fetcher = httpFetcher({ folder: `${config.dataFolder}/index` });
    jobs.push(
      startIndexJob(config.index, { index: indexImports(pool), clock, fetcher, log: log.child({ part: 'index' }) }),
    );
  }
  if (peers.length > 0)
    jobs.push(
      startIndexFeedJob({
        ...layerDeps,
        source: httpFeed(),
        peers,
        everySeconds: 300,
        log: log.child({ part: 'feed' }),
      }),
    );
  return jobs;
}

/** What the API shows and hands out of the offices. */
function officeDoors(pool: ReturnType<typeof openPool>, documents: Documents & Staging, clock: Clock) {
  const records = postgresVisura(pool);
  const proofs = evidence({ records: postgresEvidence(pool), documents, compose: composeMail, clock });
  return {
    documents,
    officeViews: postgresOfficeViews(pool),
    reader: documentReader(documents),
    async evidence(aoo: AooId, exchangeId: string) {
      const opened = await proofs.openEvidence(aoo, exchangeId);
      // Told to nobody here: whoever reads the stream sees that it ends early.
      opened?.index.catch(() => undefined);
      return opened;
    },
    visura: (aoo: AooId, asker: Asker, asked: AskedRegistration) => visura(aoo, asker, asked, records),
  };
}

function webhookDeps(
  { webhooks = NO_WEBHOOKS, index }: Config,
  parts: Omit<WebhookDeps, 'endpoint' | 'signer'>,
): WebhookDeps {
  const { hosts, signer } = webhooks;
  return {
    ...parts,
    endpoint: webhookEndpoint({ allowed: hosts }),
    signer: signer === null ? null : modiWebhookSigner(signer, index.node),
  };
}

/** Who may call: credentials in the database, issuers and the node's token from the configuration. */
async function openDoor(
  { http, offices, access: settings = NO_ACCESS }: Config,
  pool: ReturnType<typeof openPool>,
  clock: Clock,
  log: Logger,
) {
  const { issuers, audiences, perMinute, proxies } = settings;
  const access = await openAccess({
    issuers,
    audiences,
    store: postgresCredentials(pool),
    source: jwksSource(),
    nodeToken: http.token,
    clock,
    log: log.child({ part: 'access' }),
  });
  return { access, perMinute, proxies, offices: new Set(offices.map(({ aoo }) => aoo)) };
}

type Server = Awaited<ReturnType<typeof buildServer>>;

async function listen(server: Server, { host, port }: Config['http'], anyPort: boolean): Promise<number> {
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
