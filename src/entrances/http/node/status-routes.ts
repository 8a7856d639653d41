/**
 * `/status` as ModI asks for it: 200 with problem+json and what is wrong; under the versioned path and beside it. Names,
 * addresses and what servers said are for the administrator; anybody else learns what kind of thing is wrong.
 */
import { Type } from '@fastify/type-provider-typebox';
import { PROBLEMS } from '../../../kernel/problems.ts';
import type { ServiceStatus } from '../../../service/queries/views.ts';
import { type AnswerOf, type ApiServer, operation } from '../operation.ts';
import { PROBLEM_TYPE } from '../reply/problem-reply.ts';
import { closed, int32, int64, listOf, named, storedText, timestamp } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import {
  clockApart,
  failedMessages,
  startAnomalies,
  stoppedOffice,
  stoppedOffices,
  unreadMailbox,
  unreadMailboxes,
  unsentMessages,
  waitingOffices,
} from './fault-sentences.ts';
import type { Readiness } from './readiness.ts';

const MOST_FAULTS = 1_000;
const Mailbox = named('MailboxStatus', {
  aoo: storedText(33),
  mailbox: storedText(320),
  lastSuccess: Type.Optional(timestamp()),
  failures: int64(),
  lastError: Type.Optional(storedText(10_000)),
});
const Status = named('NodeStatus', {
  title: storedText(100),
  status: int32(200, 200),
  detail: Type.Optional(storedText(10_000, { description: 'Tutte le anomalie, in un solo testo.' })),
  faults: listOf(storedText(10_000), MOST_FAULTS),
  mailboxes: Type.Optional(listOf(Mailbox, 10_000)),
  outbox: Type.Optional(
    closed({ queued: int64(), oldestSeconds: int64(), lastError: Type.Optional(storedText(10_000)) }),
  ),
  messages: Type.Optional(closed({ waiting: int64(), failed: int64(), forAPerson: int64() })),
});

/** `startFaults`: what was found wrong with the configuration, and stays so until it is read again. */
export function statusRoutes(server: ApiServer, readiness: Readiness, startFaults: readonly string[] = []): void {
  server.get(
    '/status',
    operation({
      id: 'readStatus',
      tag: 'node',
      summary: 'Lo stato del servizio',
      description: "In breve per chiunque; con nomi e indirizzi per l'amministratore del nodo.",
      access: 'public',
      knowsCaller: true,
      produces: [PROBLEM_TYPE],
      answers: { 200: Status },
    }),
    async ({ client }, reply) => {
      reply.header('content-type', `${PROBLEM_TYPE}; charset=utf-8`);
      return statusOf(readiness, startFaults, client?.scopes.has('node:admin') ?? false);
    },
  );
}

async function statusOf(
  readiness: Readiness,
  startFaults: readonly string[],
  isAdministrator: boolean,
): Promise<AnswerOf<typeof Status>> {
  const [status, storage] = await Promise.all([readiness.status(), readiness.storageFault()]);
  const describe = isAdministrator ? faultsOf : faultsInShort;
  const found = status === null ? [PROBLEMS['database-unavailable'].sentence] : describe(status);
  const atStart = isAdministrator ? startFaults : inShort(startFaults.length, startAnomalies);
  const faults = [...atStart, ...(storage === null ? [] : [storage]), ...found].slice(0, MOST_FAULTS);
  return {
    title: faults.length === 0 ? 'OK' : 'Servizio con anomalie',
    status: 200,
    ...(faults.length > 0 && { detail: faults.join(' ').slice(0, 10_000) }),
    faults,
    ...(status !== null && isAdministrator && presentStatus(status)),
  };
}

const presentStatus = ({ mailboxes, outbox: { failing: _, ...outbox }, messages }: ServiceStatus) => ({
  mailboxes: mailboxes.map(withoutNulls),
  outbox: withoutNulls(outbox),
  messages,
});

/** Leases and deadlines compare times of both clocks, and registrations bear the time of this machine. */
const CLOCK_SECONDS = 30;

function faultsOf(status: ServiceStatus): readonly string[] {
  const { mailboxes, outbox, stopped } = status;
  const faults = mailboxes
    .filter(({ failures }) => failures > 0)
    .map(({ mailbox, failures, lastError }) => {
      const attempts = failures === 1 ? 'un tentativo' : `${failures} tentativi`;
      return `${unreadMailbox(mailbox)} (${attempts}): ${withFullStop(lastError ?? '')}`;
    });
  for (const { aoo, queued, oldestSeconds, lastError } of outbox.failing)
    faults.push(`${unsentMessages(aoo, queued, oldestSeconds)}: ${withFullStop(lastError)}`);
  return [...stopped.map(({ aoo, because }) => stoppedOffice(aoo, because)), ...faults, ...faultsOfNode(status)];
}

const faultsInShort = (status: ServiceStatus): readonly string[] => [
  ...inShort(status.stopped.length, stoppedOffices),
  ...inShort(status.mailboxes.filter(({ failures }) => failures > 0).length, unreadMailboxes),
  ...inShort(status.outbox.failing.length, waitingOffices),
  ...faultsOfNode(status),
];

const faultsOfNode = ({ messages: { failed }, clockAheadSeconds }: ServiceStatus): readonly string[] => [
  ...inShort(failed, failedMessages),
  ...(Math.abs(clockAheadSeconds) >= CLOCK_SECONDS ? [clockApart(clockAheadSeconds)] : []),
];

const inShort = (count: number, sentence: (count: number) => string): readonly string[] =>
  count === 0 ? [] : [sentence(count)];

const withFullStop = (sentence: string): string => (/[.)]$/.test(sentence) ? sentence : `${sentence}.`);
