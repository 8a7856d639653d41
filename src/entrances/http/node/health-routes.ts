import type { FastifyInstance } from 'fastify';
import { problem } from '../../../kernel/problems.ts';
import type { ServiceStatus } from '../../../service/queries/views.ts';
import { operation } from '../operation.ts';
import { PROBLEM_TYPE, problemBody } from '../reply/problem-reply.ts';
import { closed, held, listOf, oneOf, Type } from '../schemas.ts';
import { unreadMailbox, unsentMessages } from './fault-sentences.ts';
import type { Readiness } from './readiness.ts';

/** A mailbox that could not be read for so long is no passing fault: the job tries again within a minute. */
const MAILBOX_SECONDS = 300;
/** Queued mail leaves within seconds; a provider that is away for a while is waited for. */
const OUTBOX_SECONDS = 900;
const RETRY_SECONDS = '10';

const MOST_FAULTS = 1_000;
const Live = closed({ status: oneOf(['ok']) });
const Ready = closed({
  status: oneOf(['ok', 'degraded'], {
    description: '«degraded»: il nodo lavora, ma non del tutto; «faults» dice che cosa non va.',
  }),
  faults: Type.Optional(listOf(held(1_000), MOST_FAULTS)),
});

/**
 * `/health/live`: the process answers. `/health/ready`: the node can work. What asks takes a node that is not ready away
 * from everybody, so one sick mailbox of hundreds is only named (200, `degraded`). 503, with when to ask again, is for a
 * database that does not answer, a document store that cannot be written to, and for a node where nothing comes in and
 * nothing goes out. Neither names internals.
 */
export function healthRoutes(server: FastifyInstance, standing: Readiness, now: () => Date): void {
  server.get(
    '/health/live',
    operation({
      id: 'getLive',
      tag: 'node',
      summary: 'Il processo risponde',
      access: 'public',
      answers: { 200: Live },
      hide: true,
    }),
    async () => ({ status: 'ok' }),
  );
  server.get(
    '/health/ready',
    operation({
      id: 'getReady',
      tag: 'node',
      summary: 'Il servizio può lavorare',
      access: 'public',
      answers: { 200: Ready },
      problems: ['service-not-ready'],
      hide: true,
    }),
    async (request, reply) => {
      const [status, storage] = await Promise.all([standing.status(), standing.storageFault()]);
      const { faults, works } = fitness(status, storage, now());
      if (faults.length === 0) return { status: 'ok' };
      if (works) return { status: 'degraded', faults };
      const body = problemBody('service-not-ready', problem('service-not-ready').message, request.id);
      return reply
        .code(503)
        .header('retry-after', RETRY_SECONDS)
        .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
        .send({ ...body, faults });
    },
  );
}

interface Fitness {
  readonly faults: readonly string[];
  readonly works: boolean;
}

function fitness(status: ServiceStatus | null, storage: string | null, now: Date): Fitness {
  const missing = storage === null ? [] : [storage];
  if (status === null) return { faults: [problem('database-unavailable').message, ...missing], works: false };
  const { mailboxes, outbox } = status;
  const unread = mailboxes.flatMap(({ mailbox, failures, lastSuccess }) => {
    const seconds = lastSuccess === null ? null : Math.round((now.getTime() - Date.parse(lastSuccess)) / 1000);
    if (failures === 0 || (seconds !== null && seconds < MAILBOX_SECONDS)) return [];
    return [`${unreadMailbox(mailbox)}${seconds === null ? '' : ` da ${seconds} secondi`}.`];
  });
  const unsent = outbox.failing.flatMap(({ aoo, oldestSeconds }) =>
    oldestSeconds < OUTBOX_SECONDS ? [] : [`${unsentMessages(aoo, 1, oldestSeconds)}.`],
  );
  // Nobody has even tried: the fault is no office's.
  if (outbox.oldestSeconds >= OUTBOX_SECONDS && unsent.length === 0)
    unsent.push(`${unsentMessages(null, 1, outbox.oldestSeconds)}.`);
  const nothingComes = mailboxes.length > 0 && unread.length === mailboxes.length;
  return {
    faults: [...missing, ...unsent, ...unread].slice(0, MOST_FAULTS),
    works: missing.length === 0 && (!nothingComes || unsent.length === 0),
  };
}
