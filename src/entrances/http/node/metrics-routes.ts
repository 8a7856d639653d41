import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, ReadMetrics } from '../../../service/queries/metrics.ts';
import { operation } from '../operation.ts';
import { held } from '../schemas.ts';

/** What comes from the database is as old as this at most, however many scrape. */
const CACHE_MS = 15_000;
const MOST_CHARACTERS = 10_000_000;
/** A long poll waits for 30 s. */
const BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/**
 * `/metrics` (Prometheus), with a registry of its own for every server. Durations are taken as requests end; all other
 * values are read when somebody scrapes (one reading for all, kept for 15 s, see `postgresMetrics`).
 */
export function metricsRoutes(server: FastifyInstance, read: ReadMetrics | null): void {
  const registry = new Registry();
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
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `interpro_${name}`, help, labelNames, registers: [registry] });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory the process holds.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const up = gauge('database_up', '1 where the database answered the last reading.');
  const fill = figureGauges(gauge);
  const figures = read === null ? null : kept(read);
  server.get(
    '/metrics',
    operation({
      id: 'readMetrics',
      tag: 'node',
      summary: 'Misure per Prometheus',
      access: 'node:admin',
      answers: { 200: held(MOST_CHARACTERS) },
      hide: true,
    }),
    async (request, reply) => {
      if (figures !== null) {
        const found = await figures().catch((error: unknown) => {
          request.log.warn({ err: error }, 'the figures cannot be read');
          return null;
        });
        up.set(found === null ? 0 : 1);
        fill(found);
      }
      return reply
        .type(registry.contentType)
        .serializer(String)
        .send(await registry.metrics());
    },
  );
}

type MakeGauge = (name: string, help: string, labels?: string[]) => Gauge;

/** Null: nothing is known, and nothing is said. */
function figureGauges(gauge: MakeGauge): (figures: Metrics | null) => void {
  const lag = gauge('mailbox_lag_seconds', 'Since the mailbox was last read to its end.', ['aoo', 'mailbox']);
  const failures = gauge('mailbox_failures', 'Attempts that failed since then.', ['aoo', 'mailbox']);
  const depth = gauge('outbox_depth', 'Mails that wait to leave.');
  const age = gauge('outbox_age_seconds', 'How long the oldest of them has waited.');
  const waiting = gauge('mails_waiting', 'Mails that are kept and not judged yet.');
  const failed = gauge('mails_failed', 'Mails that could not be judged.');
  const person = gauge('tasks_open', 'Things that wait for a person.');
  const exchanges = gauge('exchanges_last_day', 'Exchanges opened in the last 24 hours, by state.', [
    'direction',
    'state',
  ]);
  const mails = gauge('mails_last_day', 'Mails of the last 24 hours, by kind and verdict.', ['kind', 'verdict']);
  const all = [lag, failures, depth, age, waiting, failed, person, exchanges, mails];
  return (figures) => {
    for (const one of all) {
      one.reset();
      // A gauge without labels would say 0.
      one.remove({});
    }
    if (figures === null) return;
    for (const { aoo, mailbox, lagSeconds, failures: tries } of figures.mailboxes) {
      if (lagSeconds !== null) lag.set({ aoo, mailbox }, lagSeconds);
      failures.set({ aoo, mailbox }, tries);
    }
    depth.set(figures.outbox.queued);
    age.set(figures.outbox.oldestSeconds);
    waiting.set(figures.messages.waiting);
    failed.set(figures.messages.failed);
    person.set(figures.messages.forAPerson);
    for (const { direction, state, count } of figures.exchanges) exchanges.set({ direction, state }, count);
    for (const { kind, verdict, count } of figures.mails) mails.set({ kind, verdict }, count);
  };
}

/** One reading at a time, shared by who asks meanwhile; a failed one is not kept. */
function kept(read: ReadMetrics): ReadMetrics {
  let reading: Promise<Metrics> | null = null;
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
