import { PROBLEMS, type ProblemCode, problem } from '../../../kernel/problems.ts';
import type { Place } from './problem-error.ts';

interface Reply {
  readonly request?: { readonly id: string };
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

export const PROBLEM_TYPE = 'application/problem+json';
/** Seconds after which who was told 503 may ask again. */
const RETRY_SECONDS = '10';

/** RFC 9457, with our stable code and no internals. `title`: the sentence where it is already written. */
export function send(
  reply: Reply,
  code: ProblemCode,
  detail = '',
  title: string = problem(code, '', detail).message,
  places: readonly Place[] = [],
): unknown {
  const { http } = PROBLEMS[code];
  if (http === 503) reply.header('retry-after', RETRY_SECONDS);
  return reply
    .code(http)
    .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
    .send(problemBody(code, title, reply.request?.id ?? null, places));
}

/** `instance` names the request, so that its line in the log is found. */
export function problemBody(
  code: ProblemCode,
  title: string,
  requestId: string | null,
  places: readonly Place[] = [],
): Record<string, unknown> {
  return {
    type: `urn:interpro:problem:${code}`,
    title,
    status: PROBLEMS[code].http,
    code,
    ...(requestId !== null && { instance: `urn:interpro:request:${requestId}` }),
    ...(places.length > 0 && { errors: places }),
  };
}
