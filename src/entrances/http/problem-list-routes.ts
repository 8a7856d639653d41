import type { FastifyInstance } from 'fastify';
import { PROBLEMS, type ProblemCode } from '../../kernel/problems.ts';
import { operation } from './operation.ts';
import { closed, held, int32, listOf, matching } from './schemas.ts';

const Row = closed({
  code: matching('^[a-z0-9-]+$', 64),
  status: int32(400, 599),
  title: held(500, { description: 'Frase per una persona; {detail} sta per ciò che la richiesta ha di particolare.' }),
});

/** Every code that an answer of the API declared so far can have, with its sentence. */
export function problemListRoutes(server: FastifyInstance): void {
  const codes = new Set<ProblemCode>();
  server.addHook('onRoute', ({ config }) => {
    for (const code of config?.problems ?? []) codes.add(code);
  });
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
