import type { FastifyInstance } from 'fastify';
import { ACCESS_PROBLEMS } from '../../../kernel/access-problems.ts';
import { PROBLEMS, type ProblemCode } from '../../../kernel/problems.ts';
import { type ApiServer, operation } from '../operation.ts';
import { byStatus } from '../operation-problems.ts';
import { closed, int32, listOf, matching, storedText } from '../schemas.ts';

const ProblemRowAnswer = closed({
  code: matching('^[a-z0-9-]+$', 64),
  status: int32(400, 599),
  title: storedText(500, {
    description: 'Frase per una persona; {detail} sta per i dati della singola richiesta.',
  }),
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
      answers: { 200: closed({ items: listOf(ProblemRowAnswer, 1_000) }) },
    }),
    async () => ({
      items: [...codes]
        .sort(byStatus)
        .map((code) => ({ code, status: PROBLEMS[code].http, title: PROBLEMS[code].sentence })),
    }),
  );
}
