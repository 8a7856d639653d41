import type { FastifyInstance, FastifyReply } from 'fastify';
import { PROBLEMS } from '../../../kernel/problems.ts';
import type { ServiceStatus } from '../../../service/queries/views.ts';
import { operation } from '../operation.ts';
import { PROBLEM_TYPE } from '../reply/problem-reply.ts';
import { closed, held, int32, int64, listOf, Type, time } from '../schemas.ts';
import { clockApart, failedMessages, unreadMailbox, unsentMessages } from './fault-sentences.ts';
import type { Readiness } from './readiness.ts';

const MOST_FAULTS = 1_000;
const Mailbox = closed({
  aoo: held(33),
  mailbox: held(320),
  lastSuccess: Type.Optional(time()),
  failures: int64(),
  lastError: Type.Optional(held(10_000)),
});
const Status = closed({
  title: held(100),
  status: int32(200, 200),
  faults: listOf(held(10_000), MOST_FAULTS),
  mailboxes: Type.Optional(listOf(Mailbox, 10_000)),
  outbox: Type.Optional(closed({ queued: int64(), oldestSeconds: int64(), lastError: Type.Optional(held(10_000)) })),
  messages: Type.Optional(closed({ waiting: int64(), failed: int64(), forAPerson: int64() })),
});

/** `/status` as ModI asks for it (200 with problem+json), with what is wrong; under the versioned path and beside it. */
export function statusRoutes(server: FastifyInstance, standing: Readiness, lasting: readonly string[] = []): void {
  server.get(
    '/status',
    operation({
      id: 'getStatus',
      tag: 'node',
      summary: 'Lo stato del servizio',
      access: 'public',
      produces: [PROBLEM_TYPE],
      answers: { 200: Status },
    }),
    async (_request, reply) => answerStatus(reply, standing, lasting),
  );
}

async function answerStatus(reply: FastifyReply, standing: Readiness, lasting: readonly string[]): Promise<unknown> {
  const [status, storage] = await Promise.all([standing.status(), standing.storageFault()]);
  const found = status === null ? [PROBLEMS['database-unavailable'].sentence] : faultsOf(status);
  const faults = [...lasting, ...(storage === null ? [] : [storage]), ...found].slice(0, MOST_FAULTS);
  return reply.header('content-type', `${PROBLEM_TYPE}; charset=utf-8`).send({
    title: faults.length === 0 ? 'OK' : 'Servizio con anomalie',
    status: 200,
    faults,
    ...(status !== null && known(status)),
  });
}

const ended = (sentence: string): string => (/[.)]$/.test(sentence) ? sentence : `${sentence}.`);

const known = ({ mailboxes, outbox, messages }: ServiceStatus) => ({
  mailboxes: mailboxes.map(({ lastSuccess, lastError, ...mailbox }) => ({
    ...mailbox,
    ...(lastSuccess !== null && { lastSuccess }),
    ...(lastError !== null && { lastError }),
  })),
  outbox: {
    queued: outbox.queued,
    oldestSeconds: outbox.oldestSeconds,
    ...(outbox.lastError !== null && { lastError: outbox.lastError }),
  },
  messages,
});

/** Leases and deadlines mix both clocks, and registrations bear the time of the service. */
const CLOCK_SECONDS = 30;

function faultsOf({ mailboxes, outbox, messages, clockAheadSeconds }: ServiceStatus): string[] {
  const faults = mailboxes
    .filter(({ failures }) => failures > 0)
    .map(
      ({ mailbox, failures, lastError }) =>
        `${unreadMailbox(mailbox)} (${failures === 1 ? 'un tentativo' : `${failures} tentativi`}): ${ended(lastError ?? '')}`,
    );
  for (const { aoo, queued, oldestSeconds, lastError } of outbox.failing) {
    faults.push(`${unsentMessages(aoo, queued, oldestSeconds)}: ${ended(lastError)}`);
  }
  if (messages.failed > 0) faults.push(failedMessages(messages.failed));
  if (Math.abs(clockAheadSeconds) >= CLOCK_SECONDS) faults.push(clockApart(clockAheadSeconds));
  return faults;
}
