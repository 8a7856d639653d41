/** `/status` as ModI asks for it: 200 with problem+json and what is wrong; under the versioned path and beside it. */
import { Type } from '@fastify/type-provider-typebox';
import { PROBLEMS } from '../../../kernel/problems.ts';
import type { ServiceStatus } from '../../../service/queries/views.ts';
import { type AnswerOf, type ApiServer, operation } from '../operation.ts';
import { PROBLEM_TYPE } from '../reply/problem-reply.ts';
import { closed, int32, int64, listOf, storedText, timestamp } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { clockApart, failedMessages, unreadMailbox, unsentMessages } from './fault-sentences.ts';
import type { Readiness } from './readiness.ts';

const MOST_FAULTS = 1_000;
const Mailbox = closed({
  aoo: storedText(33),
  mailbox: storedText(320),
  lastSuccess: Type.Optional(timestamp()),
  failures: int64(),
  lastError: Type.Optional(storedText(10_000)),
});
const Status = closed({
  title: storedText(100),
  status: int32(200, 200),
  faults: listOf(storedText(10_000), MOST_FAULTS),
  mailboxes: Type.Optional(listOf(Mailbox, 10_000)),
  outbox: Type.Optional(
    closed({ queued: int64(), oldestSeconds: int64(), lastError: Type.Optional(storedText(10_000)) }),
  ),
  messages: Type.Optional(closed({ waiting: int64(), failed: int64(), forAPerson: int64() })),
});

/** `startFaults`: what was found wrong when the service started, and stays so until it starts again. */
export function statusRoutes(server: ApiServer, readiness: Readiness, startFaults: readonly string[] = []): void {
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
    async (_request, reply) => {
      reply.header('content-type', `${PROBLEM_TYPE}; charset=utf-8`);
      return statusOf(readiness, startFaults);
    },
  );
}

async function statusOf(readiness: Readiness, startFaults: readonly string[]): Promise<AnswerOf<typeof Status>> {
  const [status, storage] = await Promise.all([readiness.status(), readiness.storageFault()]);
  const found = status === null ? [PROBLEMS['database-unavailable'].sentence] : faultsOf(status);
  const faults = [...startFaults, ...(storage === null ? [] : [storage]), ...found].slice(0, MOST_FAULTS);
  return {
    title: faults.length === 0 ? 'OK' : 'Servizio con anomalie',
    status: 200,
    faults,
    ...(status !== null && presentStatus(status)),
  };
}

const presentStatus = ({ mailboxes, outbox: { failing: _, ...outbox }, messages }: ServiceStatus) => ({
  mailboxes: mailboxes.map(withoutNulls),
  outbox: withoutNulls(outbox),
  messages,
});

/** Leases and deadlines compare times of both clocks, and registrations bear the time of this machine. */
const CLOCK_SECONDS = 30;

function faultsOf({ mailboxes, outbox, messages, clockAheadSeconds }: ServiceStatus): string[] {
  const faults = mailboxes
    .filter(({ failures }) => failures > 0)
    .map(({ mailbox, failures, lastError }) => {
      const attempts = failures === 1 ? 'un tentativo' : `${failures} tentativi`;
      return `${unreadMailbox(mailbox)} (${attempts}): ${withFullStop(lastError ?? '')}`;
    });
  for (const { aoo, queued, oldestSeconds, lastError } of outbox.failing)
    faults.push(`${unsentMessages(aoo, queued, oldestSeconds)}: ${withFullStop(lastError)}`);
  if (messages.failed > 0) faults.push(failedMessages(messages.failed));
  if (Math.abs(clockAheadSeconds) >= CLOCK_SECONDS) faults.push(clockApart(clockAheadSeconds));
  return faults;
}

const withFullStop = (sentence: string): string => (/[.)]$/.test(sentence) ? sentence : `${sentence}.`);
