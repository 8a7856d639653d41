import type { FastifyInstance } from 'fastify';
import { ACCESS_PROBLEMS } from '../../../kernel/access-problems.ts';
import { PROBLEMS, type ProblemCode } from '../../../kernel/problems.ts';
import { operation } from '../operation.ts';
import { closed, held, int32, listOf, matching } from '../schemas.ts';

const Row = closed({
  code: matching('^[a-z0-9-]+$', 64),
  status: int32(400, 599),
  title: held(500, { description: 'Frase per una persona; {detail} sta per i dati della singola richiesta.' }),
});

/** Of who calls and of HTTP itself: found before any route is asked. */
const OF_ALL: readonly ProblemCode[] = [
  ...(Object.keys(ACCESS_PROBLEMS) as (keyof typeof ACCESS_PROBLEMS)[]),
  'request-malformed',
  'request-too-slow',
  'headers-too-large',
  'address-too-long',
  'service-not-ready',
];

/** Every code that an answer of a route declared from now on can have. */
export function collectProblems(server: FastifyInstance): ReadonlySet<ProblemCode> {
  const codes = new Set<ProblemCode>(OF_ALL);
  server.addHook('onRoute', ({ config }) => {
    for (const code of config?.problems ?? []) codes.add(code);
  });
  return codes;
}

export function problemListRoutes(server: FastifyInstance, codes: ReadonlySet<ProblemCode>): void {
  server.get(
    '/problems',
    operation({
      id: 'listProblems',
      tag: 'node',
      summary: 'I codici di errore e la loro frase',
      access: 'public',
      answers: { 200: closed({ items: listOf(Row, 1_000) }) },
    }),
    async () => ({
      items: [...codes]
        .sort((a, b) => PROBLEMS[a].http - PROBLEMS[b].http || (a < b ? -1 : 1))
        .map((code) => ({ code, status: PROBLEMS[code].http, title: PROBLEMS[code].sentence })),
    }),
  );
}
