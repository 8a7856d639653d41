/**
 * `/metrics` for Prometheus. Each server has a registry of its own. Durations are observed as requests end; the other
 * values are read when somebody scrapes.
 */
import { Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, ReadMetrics } from '../../../service/queries/metrics.ts';
import type { NodeState, ReadNodeState } from '../../../service/queries/node-state.ts';
import { type ApiServer, operation } from '../operation.ts';
import { storedText } from '../schemas.ts';

/** One reading of the database serves everybody who scrapes within this time. */
const CACHE_MS = 15_000;
const MOST_CHARACTERS = 10_000_000;
/** In seconds, up to the length of a long poll. */
const BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

export function metricsRoutes(
  server: ApiServer,
  read: ReadMetrics | null,
  readNode: ReadNodeState | null = null,
  now: () => Date = () => new Date(),
): void {
  const registry = new Registry();
  observeDurations(server, registry);
  const gauge: MakeGauge = (name, help, labelNames = []) =>
    new Gauge({ name: `interpro_${name}`, help, labelNames, registers: [registry] });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory the process holds.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const databaseUp = gauge('database_up', '1 where the database answered the last reading.');
  const fill = databaseGauges(gauge);
  const fillNode = nodeGauges(gauge);
  const readCached = read === null ? null : cached(read);
  const readNodeCached = readNode === null ? null : cached(readNode);
  server.get(
    '/metrics',
    operation({
      id: 'readMetrics',
      tag: 'node',
      summary: 'Misure per Prometheus',
      access: 'node:admin',
      answers: { 200: storedText(MOST_CHARACTERS) },
      hide: true,
    }),
    async (request, reply) => {
      if (readCached !== null) {
        const metrics = await readCached().catch((error: unknown) => {
          request.log.warn({ err: error }, 'cannot read metrics from the database');
          return null;
        });
        databaseUp.set(metrics === null ? 0 : 1);
        fill(metrics);
      }
      if (readNodeCached !== null) fillNode(await readNodeCached(), now());
      return reply
        .type(registry.contentType)
        .serializer(String)
        .send(await registry.metrics());
    },
  );
}

function observeDurations(server: ApiServer, registry: Registry): void {
  const durations = new Histogram({
    name: 'interpro_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}

const LIST = ['issuer', 'url'];
type MakeGauge = (name: string, help: string, labels?: string[]) => Gauge;

/** Null: the database did not answer. Then these gauges have no value, instead of an old one. */
function databaseGauges(gauge: MakeGauge): (metrics: Metrics | null) => void {
  const lag = gauge('mailbox_lag_seconds', 'Since the mailbox was last read to its end.', ['aoo', 'mailbox']);
  const failures = gauge('mailbox_failures', 'Attempts that failed since then.', ['aoo', 'mailbox']);
  const depth = gauge('outbox_depth', 'Mails that wait to leave.');
  const age = gauge('outbox_age_seconds', 'How long the oldest of them has waited.');
  const waiting = gauge('mails_waiting', 'Mails that are kept and not judged yet.');
  const failed = gauge('mails_failed', 'Mails that could not be judged.');
  const tasks = gauge('tasks_open', 'Things that wait for a person.');
  const listLeft = gauge('revocation_list_left_seconds', 'Until the list of revoked certificates is too old.', LIST);
  const listFailures = gauge('revocation_list_failures', 'Attempts to fetch it that failed since it came.', LIST);
  const exchanges = gauge('exchanges_last_day', 'Exchanges opened in the last 24 hours, by state.', [
    'direction',
    'state',
  ]);
  const mails = gauge('mails_last_day', 'Mails of the last 24 hours, by kind and verdict.', ['kind', 'verdict']);
  const officeTasks = gauge('office_tasks_open', 'Things that wait for a person, by office.', ['aoo']);
  const givenUp = gauge('webhooks_given_up', 'Webhooks that the service has paused.', ['aoo']);
  const dead = gauge('webhook_deliveries_dead', 'Deliveries that the service has given up.', ['aoo']);
  const texts = gauge('texts_waiting', 'Documents whose text waits to be read.', ['aoo']);
  const textBacklog = gauge('texts_backlog', 'Registrations whose documents nobody has looked into.', ['aoo']);
  const index = gauge('index_age_seconds', 'Since such a file of the index was imported or found unchanged.', [
    'layout',
  ]);
  const revocations = [listLeft, listFailures];
  const byOffice = [officeTasks, givenUp, dead, texts, textBacklog];
  const all = [lag, failures, depth, age, waiting, failed, tasks, exchanges, mails, index, ...revocations, ...byOffice];
  return (metrics) => {
    for (const one of all) {
      one.reset();
      // After a reset a gauge without labels would show 0.
      one.remove({});
    }
    if (metrics === null) return;
    for (const { aoo, mailbox, lagSeconds, failures: count } of metrics.mailboxes) {
      if (lagSeconds !== null) lag.set({ aoo, mailbox }, lagSeconds);
      failures.set({ aoo, mailbox }, count);
    }
    depth.set(metrics.outbox.queued);
    age.set(metrics.outbox.oldestSeconds);
    waiting.set(metrics.messages.waiting);
    failed.set(metrics.messages.failed);
    tasks.set(metrics.messages.forAPerson);
    for (const { issuer, url, secondsLeft, failures: count } of metrics.revocationLists) {
      if (secondsLeft !== null) listLeft.set({ issuer, url }, secondsLeft);
      listFailures.set({ issuer, url }, count);
    }
    for (const { direction, state, count } of metrics.exchanges) exchanges.set({ direction, state }, count);
    for (const { kind, verdict, count } of metrics.mails) mails.set({ kind, verdict }, count);
    for (const { aoo, count } of metrics.officeTasks) officeTasks.set({ aoo }, count);
    for (const { aoo, givenUp: paused, deadDeliveries } of metrics.webhooks) {
      givenUp.set({ aoo }, paused);
      dead.set({ aoo }, deadDeliveries);
    }
    for (const { aoo, waiting: count, backlog } of metrics.texts) {
      texts.set({ aoo }, count);
      textBacklog.set({ aoo }, backlog);
    }
    for (const { layout, seconds } of metrics.indexAges) index.set({ layout }, seconds);
  };
}

/** Disks and certificates: they say something also while the database is away. */
function nodeGauges(gauge: MakeGauge): (state: NodeState, now: Date) => void {
  const free = gauge('disk_free_bytes', 'Room that is left where the folder lies.', ['use', 'folder']);
  const size = gauge('disk_size_bytes', 'All room where the folder lies.', ['use', 'folder']);
  const expiry = gauge('certificate_expires_seconds', 'Until the certificate expires; negative: it has.', [
    'use',
    'name',
  ]);
  return ({ disks, certificates }, now) => {
    for (const one of [free, size, expiry]) one.reset();
    for (const { use, folder, freeBytes, sizeBytes } of disks) {
      free.set({ use, folder }, freeBytes);
      size.set({ use, folder }, sizeBytes);
    }
    // The soonest come first; of several with one name, as in a chain, the soonest counts.
    for (const { use, name, expiresAt } of certificates.toReversed())
      expiry.set({ use, name }, Math.round((expiresAt.getTime() - now.getTime()) / 1000));
  };
}

/** Readers at the same time share one reading. A failed one is not cached. */
function cached<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  let until = 0;
  return () => {
    if (reading === null || performance.now() >= until) {
      const mine = read();
      reading = mine;
      until = performance.now() + CACHE_MS;
      mine.catch(() => {
        if (reading === mine) reading = null;
      });
    }
    return reading;
  };
}
