/**
 * `/health/live`: the process answers. `/health/ready`: the node can work. Load balancers take a node that is not ready
 * away from everybody, so one sick mailbox among hundreds is only named (200, `degraded`). 503 is for a database that
 * does not answer, a document store that cannot be written to, and a node where nothing comes in and nothing goes out.
 * Both are public and name no internals.
 */
import { Type } from '@fastify/type-provider-typebox';
import { problem } from '../../../kernel/problems.ts';
import type { ServiceStatus } from '../../../service/queries/views.ts';
import { type ApiServer, operation } from '../operation.ts';
import { PROBLEM_TYPE, problemBody, RETRY_SECONDS } from '../reply/problem-reply.ts';
import { closed, int32, listOf, oneOf, storedText } from '../schemas.ts';
import { stoppedOffice, unreadMailbox, unsentMessages } from './fault-sentences.ts';
import type { Readiness } from './readiness.ts';

/** The mailbox job tries again within a minute; after five the fault will not pass by itself. */
const MAILBOX_SECONDS = 300;
/** Mail leaves within seconds; a provider may be away for a while. */
const OUTBOX_SECONDS = 900;

const MOST_FAULTS = 1_000;
const Live = closed({ status: oneOf(['ok']) });
const Ready = closed({
  status: oneOf(['ok', 'degraded'], {
    description: '«degraded»: il nodo lavora, ma non del tutto; «faults» dice che cosa non va.',
  }),
  faults: Type.Optional(listOf(storedText(1_000), MOST_FAULTS)),
});
const NotReady = closed({
  type: storedText(100),
  title: storedText(1_000),
  status: int32(503, 503),
  detail: Type.Optional(storedText(10_000)),
  code: storedText(64),
  instance: Type.Optional(storedText(200)),
  faults: listOf(storedText(1_000), MOST_FAULTS),
});

export function healthRoutes(server: ApiServer, readiness: Readiness, now: () => Date): void {
  server.get(
    '/health/live',
    operation({
      id: 'readLive',
      tag: 'node',
      summary: 'Il processo risponde',
      access: 'public',
      answers: { 200: Live },
      hide: true,
    }),
    async () => ({ status: 'ok' as const }),
  );
  server.get(
    '/health/ready',
    operation({
      id: 'readReady',
      tag: 'node',
      summary: 'Il servizio può lavorare',
      access: 'public',
      answers: { 200: Ready, 503: NotReady },
      problems: ['service-not-ready'],
      hide: true,
    }),
    async (request, reply) => {
      const [status, storage] = await Promise.all([readiness.status(), readiness.storageFault()]);
      const { faults, works } = fitness(status, storage, now());
      if (faults.length === 0) return { status: 'ok' as const };
      if (works) return { status: 'degraded' as const, faults };
      const body = { ...problemBody(problem('service-not-ready'), request.id), faults };
      return reply
        .code(503)
        .header('retry-after', RETRY_SECONDS)
        .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
        .send(body);
    },
  );
}

interface Fitness {
  readonly faults: readonly string[];
  readonly works: boolean;
}

function fitness(status: ServiceStatus | null, storage: string | null, now: Date): Fitness {
  const ofStorage = storage === null ? [] : [storage];
  if (status === null) return { faults: [problem('database-unavailable').message, ...ofStorage], works: false };
  const stopped = status.stopped.map(({ aoo, because }) => stoppedOffice(aoo, because));
  const unread = unreadMailboxes(status, now);
  const unsent = unsentMails(status);
  const nothingComesIn = status.mailboxes.length > 0 && unread.length === status.mailboxes.length;
  return {
    faults: [...ofStorage, ...stopped, ...unsent, ...unread].slice(0, MOST_FAULTS),
    works: storage === null && (!nothingComesIn || unsent.length === 0),
  };
}

const unreadMailboxes = ({ mailboxes }: ServiceStatus, now: Date): readonly string[] =>
  mailboxes.flatMap(({ mailbox, failures, lastSuccess }) => {
    const seconds = lastSuccess === null ? null : Math.round((now.getTime() - Date.parse(lastSuccess)) / 1000);
    if (failures === 0 || (seconds !== null && seconds < MAILBOX_SECONDS)) return [];
    return [`${unreadMailbox(mailbox)}${seconds === null ? '' : ` da ${seconds} secondi`}.`];
  });

function unsentMails({ outbox }: ServiceStatus): readonly string[] {
  const unsent = outbox.failing
    .filter(({ oldestSeconds }) => oldestSeconds >= OUTBOX_SECONDS)
    .map(({ aoo, oldestSeconds }) => `${unsentMessages(aoo, 1, oldestSeconds)}.`);
  // No office has a failed attempt, and still a mail waits: the outbox itself stands still.
  return unsent.length === 0 && outbox.oldestSeconds >= OUTBOX_SECONDS
    ? [`${unsentMessages(null, 1, outbox.oldestSeconds)}.`]
    : unsent;
}
