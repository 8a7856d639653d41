import { PROBLEMS, type ProblemCode, problem } from '../../kernel/problems.ts';

interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

/** RFC 9457, with our stable code and no internals. `title`: the sentence where it is already written. */
export function send(
  reply: Reply,
  code: ProblemCode,
  detail = '',
  title: string = problem(code, '', detail).message,
): unknown {
  const { http } = PROBLEMS[code];
  if (http === 503) reply.header('retry-after', '10');
  return reply
    .code(http)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send({ type: `urn:interpro:problem:${code}`, title, status: http, code });
}
