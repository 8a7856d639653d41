/**
 * The service, wired by hand: no container, no autoload. This folder alone sees adapters and entrances together; read it
 * to see what the service is made of.
 */
import { loadGrammars } from '../adapters/grammar-files.ts';
import { imapMailboxes } from '../adapters/imap/connector.ts';
import { openLogger } from '../adapters/logger.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { migrate } from '../adapters/postgres/database/migrate.ts';
import { indexEntries } from '../adapters/postgres/index/entries.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { indexLayer } from '../adapters/postgres/index/layer.ts';
import { postgresMetrics } from '../adapters/postgres/queries/metrics.ts';
import { smtpSender } from '../adapters/smtp/sender.ts';
import { configuredTrust } from '../adapters/trust-files.ts';
import type { Config } from '../config/config.ts';
import { buildServer, type HttpDeps } from '../entrances/http/server.ts';
import type { MailboxJobDeps } from '../entrances/jobs/read-mailbox.ts';
import { newOwner } from '../entrances/jobs/reconnect-mailbox.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Secrets } from '../service/access/secrets.ts';
import { type Commands, openCommands } from '../service/commands/commands.ts';
import type { EventFeed } from '../service/events/feed.ts';
import { openEventWaiters } from '../service/events/long-poll.ts';
import { peerObserver } from '../service/index/observe-peers.ts';
import { type AooIndex, openIndex } from '../service/index/open-index.ts';
import { sendMessage } from '../service/outgoing/send-message.ts';
import type { SendRequest } from '../service/outgoing/send-request.ts';
import type { Views } from '../service/queries/views.ts';
import type { Office } from '../service/register/office.ts';
import { apiAccess, apiSettings, officeReading, startListening, tokenOf, webhookDeps } from './api.ts';
import { startJobs } from './jobs.ts';
import { openStorage, type Storage } from './storage.ts';

export interface Service {
  readonly views: Views;
  readonly commands: Commands;
  readonly feed: EventFeed;
  readonly index: AooIndex;
  /** What is sealed at rest. */
  readonly secrets: Secrets;
  /** Where the API listens. */
  readonly address: { readonly host: string; readonly port: number };
  send(office: Office, request: SendRequest): ReturnType<typeof sendMessage>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Left out: the database's. */
  readonly clock?: Clock;
  /** Where the port of the API is taken, another one is chosen; else the service does not start. */
  readonly anyPort?: boolean;
  /** Where no key for secrets is configured, one is made in the data folder; for a region that tries things. */
  readonly makeSecretKey?: boolean;
  /** Sees the API before its routes are declared. */
  readonly watch?: HttpDeps['beforeRoutes'];
}

type Logger = ReturnType<typeof openLogger>;
type ServiceConfig = Config & { readonly databaseUrl: string };

/** Brings the database up to date, opens the API, and starts the jobs: one for each mailbox, one for the outbox, others. */
export async function startService(config: ServiceConfig, options: ServiceOptions = {}): Promise<Service> {
  const log = openLogger(config.logLevel);
  const storage = await prepareStorage(config, options, log);
  const { store, documents, views, feed, secrets, uploads, pool, clock } = storage;
  const { trust, faults, remarks = [] } = await configuredTrust(config.trustFolder);
  for (const fault of [...faults, ...remarks]) log.warn(fault);
  const index = await openAooIndex(config, storage, clock, log);
  const mailboxDeps = await mailDeps(config, storage, { clock, trust, index }, log);
  const commands = openCommands({ ...mailboxDeps, resolve: index.resolve });
  const offices = new Map(config.offices.map((office) => [office.aoo, office]));
  const webhooks = webhookDeps(config, storage, clock);
  const token = await tokenOf(config, log);
  const access = await apiAccess(config, token, storage, clock, log);
  const waiters = await openEventWaiters(feed);
  const reading = officeReading(storage, clock);
  const server = await buildServer({
    ...apiSettings(config, token, log),
    views,
    startFaults: faults,
    storage: () => documents.probe(),
    now: clock.now,
    office: { ...reading, views, feed, waiters, commands, offices, uploads, files: uploads },
    webhooks,
    credentials: { credentials: postgresCredentials(pool), secrets, clock, offices },
    access,
    ...(options.watch !== undefined && { beforeRoutes: options.watch }),
    metrics: postgresMetrics(pool, clock, storage.mailboxes),
    index: { ...index, publicPerMinute: config.index.publicPerMinute, imports: { index: indexImports(pool), clock } },
  });
  const port = await startListening(server, config.http, options.anyPort ?? false);
  const sender = smtpSender(documents);
  const parts = { storage, offices, mailboxDeps, sender, webhooks, layerDeps: index.layerDeps, log };
  const jobs = await startJobs(config, parts);
  return {
    views,
    index,
    secrets,
    commands,
    feed,
    address: { host: config.http.host, port },
    send: (office, request) => sendMessage(office, request, { store, documents, clock }),
    async stop() {
      // Callers that wait for events are answered first: a server closes only when its last request is.
      await waiters.stop();
      await server.close();
      await access.access.stop();
      await Promise.all(jobs.map((job) => job.stop()));
      webhooks.endpoint.close();
      await index.stop();
      await sender.close();
      await clock.stop();
      await pool.end();
    },
  };
}

async function prepareStorage(config: ServiceConfig, options: ServiceOptions, log: Logger) {
  log.info(await migrate(config.ownerUrl ?? config.databaseUrl, config.databaseUrl), 'database ready');
  for (const file of config.exposedFiles ?? [])
    log.warn({ file }, 'every user of this machine may read a password or a key in this file: chmod 600');
  return openStorage(config, options.clock ?? null, options.makeSecretKey ?? false, log);
}

const openAooIndex = (config: Config, { pool }: Storage, clock: Clock, log: Logger) =>
  openIndex({
    entries: indexEntries(pool),
    layer: indexLayer(pool),
    clock,
    log: log.child({ part: 'index' }),
    node: config.index.node,
    eager: true,
  });

interface Judging {
  readonly clock: Clock;
  readonly trust: MailboxJobDeps['trust'];
  readonly index: AooIndex;
}

/** What it takes to read mailboxes and to judge, register and answer what is found there. */
async function mailDeps(
  { pollSeconds }: Config,
  { store, documents, isPassing }: Storage,
  { clock, trust, index }: Judging,
  log: Logger,
): Promise<MailboxJobDeps> {
  const { validate } = await loadGrammars();
  return {
    store,
    documents,
    clock,
    trust,
    validate,
    isPassing,
    pollSeconds,
    owner: newOwner(clock.now()),
    random: Math.random,
    connector: imapMailboxes({ log: log.child({ part: 'imap' }) }),
    senders: { entries: index.entries, layer: index.layer },
    learn: peerObserver(index.layer, log.child({ part: 'index' })),
    log: log.child({ part: 'intake' }),
  };
}
