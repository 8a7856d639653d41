/**
 * The service, wired by hand: no container, no autoload. This folder alone sees adapters and entrances together; read it
 * to see what the service is made of.
 */
import { readGrammarFiles } from '../adapters/grammar-files.ts';
import { imapMailboxes } from '../adapters/imap/connector.ts';
import { type JudgingThreads, judgingThreads } from '../adapters/judging/judging-threads.ts';
import { openLogger } from '../adapters/logger.ts';
import { nodeState } from '../adapters/node-state.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { migrate } from '../adapters/postgres/database/migrate.ts';
import { indexEntries } from '../adapters/postgres/index/entries.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { indexLayer } from '../adapters/postgres/index/layer.ts';
import { postgresMetrics } from '../adapters/postgres/queries/metrics.ts';
import { answerReloads } from '../adapters/postgres/reload-requests.ts';
import { revocationLookUp } from '../adapters/postgres/revocation/lists.ts';
import { smtpSender } from '../adapters/smtp/sender.ts';
import { stampingProcess } from '../adapters/stamping/stamping-process.ts';
import { configuredTrust } from '../adapters/trust-files.ts';
import type { Config } from '../config/config.ts';
import { standsOn } from '../config/stands-on.ts';
import type { DeskDeps } from '../entrances/http/desk/screens.ts';
import { buildServer, type HttpDeps } from '../entrances/http/server.ts';
import type { MailboxJobDeps } from '../entrances/jobs/read-mailbox.ts';
import { newOwner } from '../entrances/jobs/reconnect-mailbox.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Secrets } from '../service/access/secrets.ts';
import type { Assignments } from '../service/assignments/open-assignments.ts';
import { type Commands, openCommands } from '../service/commands/commands.ts';
import type { EventFeed } from '../service/events/feed.ts';
import { openEventWaiters } from '../service/events/long-poll.ts';
import { peerObserver } from '../service/index/observe-peers.ts';
import { type AooIndex, openIndex } from '../service/index/open-index.ts';
import { sendMessage } from '../service/outgoing/send-message.ts';
import type { SendRequest } from '../service/outgoing/send-request.ts';
import type { People } from '../service/people/people.ts';
import type { Views } from '../service/queries/views.ts';
import type { Office } from '../service/register/office.ts';
import type { ReloadMode, ReloadReport } from '../service/reload/reload-report.ts';
import { administrationDeps } from './administration.ts';
import { apiAccess, apiSettings, officeReading, startListening, tokenOf, webhookDeps } from './api.ts';
import { deskDeps, peopleOf } from './desk.ts';
import { messageDeps } from './desk-messages.ts';
import { startJobs } from './jobs.ts';
import { mailboxJobs } from './mailbox-jobs.ts';
import { openPreviewOrigin, type PreviewOrigin } from './preview.ts';
import { openReloads, type ReloadDeps, type Reloads, warnOf } from './reload.ts';
import { openRunning, type Running } from './running.ts';
import { openStorage, type Storage } from './storage.ts';

export interface Service {
  /** Reads the configuration again, where the service was started with the way to do so. */
  reload(mode?: ReloadMode): Promise<ReloadReport | null>;
  readonly views: Views;
  readonly commands: Commands;
  readonly feed: EventFeed;
  readonly index: AooIndex;
  /** The persons of the desk. */
  readonly people: People;
  readonly assignments: Assignments;
  /** What is sealed at rest. */
  readonly secrets: Secrets;
  /** Where the API listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Where a browser that reached the desk so is shown documents; null: in an opaque frame. */
  readonly previewOrigin: PreviewOrigin['of'];
  send(office: Office, request: SendRequest): ReturnType<typeof sendMessage>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Reads the configuration again; throws ConfigError. Left out: it cannot be read again. */
  readonly reread?: () => Config;
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
  const trust = await configuredTrust(config.trustFolder);
  const running = openRunning(config, trust);
  const storage = await prepareStorage(config, options, running, log);
  const { store, documents, views, feed, secrets, pool, clock } = storage;
  warnOf(config, trust, log);
  const index = await openAooIndex(config, storage, clock, log);
  const threads = judgingThreads(await readGrammarFiles());
  const stamping = stampingProcess();
  const mailboxDeps = mailDeps(config, storage, { clock, index, threads }, log);
  const commands = openCommands(commandDeps(mailboxDeps, running, index));
  const webhooks = webhookDeps(config, storage, clock);
  const token = await tokenOf(config, log);
  const access = await apiAccess(config, running.aoos, token, storage, clock, log);
  const waiters = await openEventWaiters(feed);
  const people = peopleOf(storage, config, log);
  let port = 0;
  const preview = await openPreviewOrigin(config, () => port, log);
  const reading = officeReading(storage, clock, threads.looks);
  const messages = messageDeps({ storage, commands, reading, preview, looks: threads.previews });
  let reloads: Reloads | null = null;
  const reload = async (mode: ReloadMode = 'reload') => reloads?.reload(mode) ?? null;
  const administration = administrationDeps({ storage, running, webhooks, reload, log });
  const desk = await deskDeps({
    ...{ config, storage, running, people, commands, waiters, index, administration, messages },
    stamp: stamping.stamp,
  });
  const parts = { config, storage, running, commands, webhooks, access, waiters, index, reading, desk };
  const server = await buildServer(httpDeps(parts, token, options, log));
  port = await startListening(server, config.http, options.anyPort ?? false);
  const sender = smtpSender(documents);
  const own = { mailboxDeps, sender, layerDeps: index.layerDeps, quietLooks: threads.quietLooks, log };
  const jobs = await startJobs(config, { ...parts, ...own });
  const mailboxes = mailboxJobs(mailboxDeps);
  void mailboxes.follow(config.offices, running.trust());
  const servers = [server, ...(preview.server === null ? [] : [preview.server])];
  reloads = await listenForReloads({ options, running, storage, servers, mailboxes, log });
  return {
    views,
    index,
    secrets,
    commands,
    people,
    assignments: desk.assignments,
    feed,
    address: { host: config.http.host, port },
    reload,
    previewOrigin: preview.of,
    send: (office, request) => sendMessage(office, request, { store, documents, clock }),
    async stop() {
      await reloads?.stop();
      stamping.stop();
      // Callers that wait for events are answered first: a server closes only when its last request is.
      await waiters.stop();
      await Promise.all([server.close(), preview.stop()]);
      await access.access.stop();
      await Promise.all([mailboxes, ...jobs].map((job) => job.stop()));
      // Only now: a mail whose judgement is broken off is left to a person.
      await threads.stop();
      webhooks.endpoint.close();
      await index.stop();
      await sender.close();
      documents.close();
      await clock.stop();
      await pool.end();
    },
  };
}

async function prepareStorage(config: ServiceConfig, options: ServiceOptions, { served }: Running, log: Logger) {
  log.info(await migrate(config.ownerUrl ?? config.databaseUrl, config.databaseUrl), 'database ready');
  const storage = await openStorage(config, served, options.clock ?? null, options.makeSecretKey ?? false, log);
  await storage.declare(config.offices, config.offices);
  return storage;
}

interface ApiParts {
  readonly config: Config;
  readonly storage: Storage;
  readonly running: Running;
  readonly commands: Commands;
  readonly webhooks: HttpDeps['webhooks'] & {};
  readonly access: HttpDeps['access'] & {};
  readonly waiters: Awaited<ReturnType<typeof openEventWaiters>>;
  readonly index: AooIndex;
  readonly reading: ReturnType<typeof officeReading>;
  readonly desk: DeskDeps;
}

function httpDeps(parts: ApiParts, token: string, { watch }: ServiceOptions, log: Logger): HttpDeps {
  const { config, storage, running, commands, webhooks, access, waiters, index, reading, desk } = parts;
  const { documents, views, feed, secrets, uploads, pool, clock } = storage;
  const { offices, served, faults } = running;
  return {
    ...apiSettings(config, token, log),
    views,
    startFaults: faults,
    storage: () => documents.probe(),
    now: clock.now,
    office: { ...reading, views, feed, waiters, commands, offices, uploads, files: uploads },
    webhooks,
    credentials: { credentials: postgresCredentials(pool), secrets, clock, offices },
    access,
    ...(watch !== undefined && { beforeRoutes: watch }),
    desk,
    metrics: postgresMetrics(pool, clock, served),
    nodeState: () => nodeState(standsOn(running.config()), running.trust()),
    index: { ...index, publicPerMinute: config.index.publicPerMinute, imports: { index: indexImports(pool), clock } },
  };
}

/** Commands judge mails again: under the trust that is in force when they do. */
const commandDeps = (deps: MailDeps, running: Running, { resolve }: AooIndex) => ({
  ...deps,
  resolve,
  get trust() {
    return running.trust();
  },
});

interface ReloadParts extends Omit<ReloadDeps, 'reread'> {
  readonly options: ServiceOptions;
  readonly storage: Storage;
}

/** Null: this service cannot read its configuration again. */
async function listenForReloads({ options: { reread }, ...parts }: ReloadParts): Promise<Reloads | null> {
  if (reread === undefined) return null;
  const reloads = openReloads({ ...parts, reread });
  const unlisten = await answerReloads(parts.storage.pool, (mode) => reloads.reload(mode));
  return {
    reload: (mode) => reloads.reload(mode),
    async stop() {
      await unlisten();
      await reloads.stop();
    },
  };
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

type MailDeps = Omit<MailboxJobDeps, 'trust'>;
interface Judging {
  readonly clock: Clock;
  readonly index: AooIndex;
  readonly threads: JudgingThreads;
}

/** What it takes to read mailboxes and to judge, register and answer what is found there. */
function mailDeps(
  { pollSeconds, revocation }: Config,
  { pool, store, documents, isPassing }: Storage,
  { clock, index, threads }: Judging,
  log: Logger,
): MailDeps {
  return {
    store,
    documents,
    clock,
    judge: threads.judge,
    isPassing,
    pollSeconds,
    owner: newOwner(clock.now()),
    random: Math.random,
    connector: imapMailboxes({ log: log.child({ part: 'imap' }) }),
    senders: { entries: index.entries, layer: index.layer },
    lists: revocation?.isOn ? revocationLookUp(pool, log.child({ part: 'revocation' })) : null,
    learn: peerObserver(index.layer, log.child({ part: 'index' })),
    log: log.child({ part: 'intake' }),
  };
}
