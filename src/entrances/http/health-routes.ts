import type { FastifyInstance } from 'fastify';
import { problem } from '../../kernel/problems.ts';
import type { ServiceStatus, Views } from '../../service/views.ts';
import { operation } from './operation.ts';
import { PROBLEM_TYPE, problemBody } from './problem-reply.ts';
import { closed, oneOf } from './schemas.ts';

/** A mailbox that could not be read for so long is no passing fault: the job tries again within a minute. */
const MAILBOX_SECONDS = 300;
/** Queued mail leaves within seconds; a provider that is away for a while is waited for. */
const OUTBOX_SECONDS = 900;
const ANSWER_MS = 3_000;
const RETRY_SECONDS = '10';

const Ready = closed({ status: oneOf(['ok']) });

/**
 * `/health/live`: the process answers. `/health/ready`: the database answers, every mailbox is read, the outbox moves;
 * else 503, when to ask again, and what is wrong, in words that name no internals.
 */
export function healthRoutes(server: FastifyInstance, views: Views, now: () => Date): void {
  server.get(
    '/health/live',
    operation({
      id: 'getLive',
      tag: 'node',
      summary: 'Il processo risponde',
      access: 'public',
      answers: { 200: Ready },
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
      const status = await within(views.status(), ANSWER_MS);
      const faults = status === null ? [problem('database-unavailable').message] : faultsOf(status, now());
      if (faults.length === 0) return { status: 'ok' };
      const body = problemBody('service-not-ready', problem('service-not-ready').message, request.id);
      return reply
        .code(503)
        .header('retry-after', RETRY_SECONDS)
        .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
        .send({ ...body, faults });
    },
  );
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

function faultsOf({ mailboxes, outbox }: ServiceStatus, now: Date): string[] {
  const faults = mailboxes.flatMap(({ mailbox, failures, lastSuccess }) => {
    const seconds = lastSuccess === null ? null : Math.round((now.getTime() - Date.parse(lastSuccess)) / 1000);
    if (failures === 0 || (seconds !== null && seconds < MAILBOX_SECONDS)) return [];
    return [`La casella ${mailbox} non si legge${seconds === null ? '' : ` da ${seconds} secondi`}.`];
  });
  if (outbox.oldestSeconds >= OUTBOX_SECONDS)
    faults.push(`Un messaggio attende di partire da ${outbox.oldestSeconds} secondi.`);
  return faults;
}
