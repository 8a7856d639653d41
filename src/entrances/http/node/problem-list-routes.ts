import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { ACCESS_PROBLEMS } from '../../../kernel/access-problems.ts';
import type { ProblemRow } from '../../../kernel/problem-row.ts';
import { PROBLEMS, type ProblemCode, titleOf } from '../../../kernel/problems.ts';
import { type ApiServer, operation } from '../operation.ts';
import { byStatus } from '../operation-problems.ts';
import { int32, listOf, matching, named, storedText } from '../schemas.ts';

const ProblemRowAnswer = named('ProblemKind', {
  code: matching('^[a-z0-9-]+$', 64),
  status: int32(400, 599),
  title: storedText(500, { description: 'Frase per una persona.' }),
  detail: Type.Optional(
    storedText(500, { description: 'La stessa frase, dove {detail} sta per i dati della singola richiesta.' }),
  ),
});

/** Problems of callers and of HTTP itself, which come before any route. */
const OF_EVERY_REQUEST: readonly ProblemCode[] = [
  ...(Object.keys(ACCESS_PROBLEMS) as (keyof typeof ACCESS_PROBLEMS)[]),
  'request-malformed',
  'request-too-slow',
  'headers-too-large',
  'address-too-long',
  'service-not-ready',
];

/** The codes that answers can have: of every request, and of each route declared from now on. */
export function collectProblemCodes(server: FastifyInstance): ReadonlySet<ProblemCode> {
  const codes = new Set<ProblemCode>(OF_EVERY_REQUEST);
  server.addHook('onRoute', ({ config }) => {
    for (const code of config?.problems ?? []) codes.add(code);
  });
  return codes;
}

export function problemListRoutes(server: ApiServer, codes: ReadonlySet<ProblemCode>): void {
  server.get(
    '/problems',
    operation({
      id: 'listProblems',
      tag: 'node',
      summary: 'I codici di errore e la loro frase',
      access: 'public',
      answers: { 200: named('ProblemKindList', { items: listOf(ProblemRowAnswer, 1_000) }) },
    }),
    async () => ({
      items: [...codes].sort(byStatus).map((code) => presentRow(code, PROBLEMS[code])),
    }),
  );
}

const presentRow = (code: ProblemCode, { http, sentence }: ProblemRow) => ({
  code,
  status: http,
  title: titleOf(code),
  ...(sentence !== titleOf(code) && { detail: sentence }),
});
