/** Wiring by hand: the only file that sees adapters and entrances together. Read it to see what the service is made of. */
import { DocumentsError, heals } from './adapters/documents/documents-error.ts';
import { folderDocuments } from './adapters/documents/folder.ts';
import { loadGrammars } from './adapters/grammar-files.ts';
import { imapMailboxes } from './adapters/imap/connector.ts';
import { httpFeed } from './adapters/index-feed/feed.ts';
import { httpFetcher } from './adapters/index-files/fetcher.ts';
import { jwksSource } from './adapters/jwks/source.ts';
import { openLogger } from './adapters/logger.ts';
import { postgresCredentials } from './adapters/postgres/credentials.ts';
import { postgresFeed } from './adapters/postgres/feed.ts';
import { indexEntries } from './adapters/postgres/index-entries.ts';
import { indexImports } from './adapters/postgres/index-imports.ts';
import { indexLayer } from './adapters/postgres/index-layer.ts';
import { migrate } from './adapters/postgres/migrate.ts';
import { isPassing, openPool } from './adapters/postgres/pool.ts';
import { postgresStore } from './adapters/postgres/store.ts';
import { postgresViews } from './adapters/postgres/views.ts';
import { postgresWebhooks } from './adapters/postgres/webhooks.ts';
import { openSecrets } from './adapters/secrets/open.ts';
import { smtpSender } from './adapters/smtp/sender.ts';
import { builtInTrust, folderTrust, joinTrust } from './adapters/trust-files.ts';
import { webhookEndpoint } from './adapters/webhook-endpoint/endpoint.ts';
import type { Config } from './config.ts';
import { NO_ACCESS } from './config-access.ts';
import { NO_WEBHOOKS } from './config-webhooks.ts';
import { buildServer } from './entrances/http/server.ts';
import { startDeadlineJob } from './entrances/jobs/deadline-job.ts';
import { startIndexFeedJob } from './entrances/jobs/index-feed-job.ts';
import { startIndexJob } from './entrances/jobs/index-job.ts';
import type { Job } from './entrances/jobs/job.ts';
import { newOwner, startMailboxJob } from './entrances/jobs/mailbox-job.ts';
import { startOutboxJob } from './entrances/jobs/outbox-job.ts';
import { startWebhookJob } from './entrances/jobs/webhook-job.ts';
import type { Clock } from './kernel/clock.ts';
import { openAccess } from './service/access/access.ts';
import { type Commands, openCommands } from './service/commands.ts';
import type { EventFeed } from './service/feed.ts';
import { type AooIndex, openIndex } from './service/index/open-index.ts';
import { learnInto } from './service/learn-from-traffic.ts';
import type { Office } from './service/office.ts';
import type { Secrets } from './service/secrets.ts';
import { type SendRequest, sendMessage } from './service/send-message.ts';
import type { Views } from './service/views.ts';
import type { WebhookDeps } from './service/webhooks/manage.ts';
import { modiWebhookSigner } from './service/webhooks/sign.ts';

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
}

/** Builds the service and starts it: the database brought up to date, the API, one job per mailbox, one for the outbox. */
export async function compose(
  config: Config & { databaseUrl: string },
  options: ComposeOptions = {},
): Promise<Service> {
  const log = openLogger(config.logLevel);
  const migrated = await migrate(config.databaseUrl);
  log.info(migrated, 'database ready');
  const clock: Clock = options.clock ?? { now: () => new Date() };
  const documents = await folderDocuments(`${config.dataFolder}/documents`);
  const grammars = await loadGrammars();
  const added = config.trustFolder === null ? null : await folderTrust(config.trustFolder);
  for (const { name, reason } of added?.unreadable ?? []) log.warn({ file: name, reason }, 'certificate not usable');
  const trust = joinTrust(builtInTrust(), ...(added === null ? [] : [added.trust]));

  const pool = openPool(config.databaseUrl, 'interpro');
  const store = postgresStore(pool);
  const views = postgresViews(pool);
  const sender = smtpSender(documents);
  await store.declareOffices(
    config.offices,
    config.offices.flatMap(({ aoo, mailboxes }) => mailboxes.map(({ address }) => ({ aoo, mailbox: address }))),
  );

  const owner = newOwner(clock.now());
  const shared = { store, documents, clock, owner, random: Math.random };
  const index = await openIndex({
    entries: indexEntries(pool),
    layer: indexLayer(pool),
    clock,
    log: log.child({ part: 'index' }),
    node: config.index.node,
    eager: true,
  });
  const settings = config.access ?? NO_ACCESS;
  const secrets = await openSecrets(settings.secretKeys, options.makeSecretKey === true ? config.dataFolder : null);
  const door = await openDoor(config, pool, clock, log);
  const feed = postgresFeed(pool);
  const webhooks = webhookDeps(config, { webhooks: postgresWebhooks(pool), feed, clock, secrets });
  const server = await buildServer({
    views,
    webhooks,
    log: log.child({ part: 'http' }),
    token: config.http.token,
    access: door,
    ...(settings.tls !== null && { tls: settings.tls }),
    index: { ...index, publicPerMinute: config.index.publicPerMinute, imports: { index: indexImports(pool), clock } },
  });
  const port = await listen(server, config.http, options.anyPort ?? false);

  const learn = learnInto(index.layer, log.child({ part: 'index' }));
  const mailDeps = {
    ...shared,
    trust,
    validate: grammars.validate,
    connector: imapMailboxes({ log: log.child({ part: 'imap' }) }),
    pollSeconds: config.pollSeconds,
    senders: { entries: index.entries, layer: index.layer },
    log: log.child({ part: 'intake' }),
    learn,
    isPassing: (error: unknown) => isPassing(error) || (error instanceof DocumentsError && heals(error)),
  };
  const offices = new Map(config.offices.map((office) => [office.aoo, office]));
  const jobs: Job[] = [await startOutboxJob({ ...shared, sender, offices, log: log.child({ part: 'outbox' }) })];
  jobs.push(startDeadlineJob({ store, clock, learn, offices, log: log.child({ part: 'deadlines' }) }));
  const telling = { ...webhooks, feed, owner, random: Math.random, log: log.child({ part: 'webhooks' }) };
  jobs.push(await startWebhookJob(telling));
  for (const office of config.offices) {
    for (const mailbox of office.mailboxes) jobs.push(startMailboxJob(office, mailbox, mailDeps));
  }
  if (config.index.urls.length > 0) {
    const fetcher = httpFetcher({ folder: `${config.dataFolder}/index` });
    const deps = { index: indexImports(pool), clock, fetcher, log: log.child({ part: 'index' }) };
    jobs.push(startIndexJob(config.index, deps));
  }
  if (config.index.peers.length > 0) {
    const peers = {
      source: httpFeed(),
      peers: config.index.peers,
      everySeconds: 300,
      log: log.child({ part: 'feed' }),
    };
    jobs.push(startIndexFeedJob({ ...index.layerDeps, ...peers }));
  }

  return {
    views,
    index,
    secrets,
    commands: openCommands({ ...mailDeps, resolve: index.resolve }),
    feed,
    address: { host: config.http.host, port },
    send: (office, request) => sendMessage(office, request, { store, documents, clock }),
    async stop() {
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
  log: ReturnType<typeof openLogger>,
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
