import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode } from '../../kernel/problems.ts';
import { send } from './problem-reply.ts';

/** What went wrong becomes a problem (RFC 9457); what was our fault is logged and told without internals. */
export function answerFaults(server: FastifyInstance): void {
  server.setErrorHandler(answerFault);
  server.setNotFoundHandler((_request, reply) => send(reply, 'not-found'));
}

export function answerFault(error: FastifyError, request: FastifyRequest, reply: FastifyReply): unknown {
  const status = error.statusCode ?? 500;
  if (status < 500) return send(reply, 'bad-request', error.message);
  const code: ProblemCode = isDatabaseFailure(error) ? 'database-unavailable' : 'internal';
  request.log.error({ err: error, url: request.routeOptions.url }, 'request failed');
  return send(reply, code);
}

/** What the driver says when the database is away: no HTTP status, and a system or SQLSTATE code of class 08, 53, 57. */
const isDatabaseFailure = (error: FastifyError): boolean =>
  /^(08|53|57|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(error.code ?? '') ||
  /connect|terminated/i.test(error.message);
