import type { FastifyReply } from 'fastify';
import { PROBLEMS, type Problem, titleOf } from '../../../kernel/problems.ts';
import type { RequestPlace } from './problem-error.ts';

export const PROBLEM_TYPE = 'application/problem+json';
/** With every 503: most outages of the database are over by then. */
export const RETRY_SECONDS = '10';

/** Answers with a problem (RFC 9457): our stable code, a sentence in Italian, no internals. */
export function sendProblem(reply: FastifyReply, problem: Problem, places: readonly RequestPlace[] = []): FastifyReply {
  const { http } = PROBLEMS[problem.code];
  if (http === 503) reply.header('retry-after', RETRY_SECONDS);
  return reply
    .code(http)
    .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
    .send(problemBody(problem, reply.request.id, places));
}

/** `title` is the same for every problem of a code, `detail` says what this one is about. `instance` names the request, so that its line in the log is found. */
export const problemBody = (
  { code, message }: Problem,
  requestId: string | null,
  places: readonly RequestPlace[] = [],
) => ({
  type: `urn:interpro:problem:${code}`,
  title: titleOf(code),
  status: PROBLEMS[code].http,
  ...(message !== titleOf(code) && { detail: message }),
  code,
  ...(requestId !== null && { instance: `urn:interpro:request:${requestId}` }),
  ...(places.length > 0 && { errors: places }),
});
