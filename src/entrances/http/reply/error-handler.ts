import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS, type Problem, type ProblemCode, problem } from '../../../kernel/problems.ts';
import { placeOf } from '../schema-validation.ts';
import { ProblemError } from './problem-error.ts';
import { PROBLEM_TYPE, problemBody, send } from './problem-reply.ts';

/** What went wrong becomes a problem (RFC 9457); what was our fault is logged and told without internals. */
export function answerFaults(server: FastifyInstance, lingerSeconds: number): void {
  server.setErrorHandler(answerFault);
  server.setNotFoundHandler((_request, reply) => send(reply, 'not-found'));
  // Refused before its body was read, or asked for with a body that nobody reads: what still comes must not hold the
  // connection.
  server.addHook('onSend', async (request, reply) => {
    const { headers, complete } = request.raw;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    const isUnread = reply.statusCode >= 400 || request.method === 'GET' || request.method === 'HEAD';
    if (!isUnread || !hasBody || complete) return;
    reply.header('connection', 'close');
    linger(request.raw, lingerSeconds);
  });
}

/**
 * A connection that is closed while bytes still come is reset, and the client never hears why it was refused: many write
 * their whole request before they read. So our side ends, and what comes is thrown away for a while (RFC 9112 section 9.6).
 */
function linger(request: FastifyRequest['raw'], seconds: number): void {
  const { socket } = request;
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), seconds * 1000);
    socket.once('close', () => clearTimeout(timer));
    request.once('end', () => socket.destroy());
    request.on('error', () => undefined);
    socket.end();
    request.unpipe();
    request.resume();
  };
}

/** What the framework finds wrong, by its codes. */
const FRAMEWORK: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'body-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-interrupted',
  FST_ERR_BAD_URL: 'request-malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'address-too-long',
  FST_ERR_REOPENED_CLOSE_SERVER: 'service-stopping',
};

export function answerFault(error: FastifyError, request: FastifyRequest, reply: FastifyReply): unknown {
  request.server.tellStranger?.(request, reply);
  if (error instanceof ProblemError) return send(reply, error.problem, error.detail, undefined, error.places);
  const said = (error as { readonly problem?: unknown }).problem;
  if (isProblem(said)) {
    if (PROBLEMS[said.code].http >= 500)
      request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return send(reply, said.code, '', said.message);
  }
  if (error.validation !== undefined) {
    const { code, place } = placeOf(error);
    return send(reply, code, place.message, undefined, code === 'bad-request' ? [place] : []);
  }
  const known = FRAMEWORK[error.code ?? ''];
  if (known === 'body-media-type') return send(reply, known, mediaType(request));
  if (known !== undefined) return send(reply, known, String(request.routeOptions.bodyLimit ?? ''));
  if ((error.statusCode ?? 500) < 500) return send(reply, error.statusCode === 413 ? 'body-too-large' : 'bad-request');
  const code: ProblemCode = isDatabaseFailure(error) ? 'database-unavailable' : 'internal';
  request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
  return send(reply, code);
}

/** Errors of streams carry the problem they stand for. */
const isProblem = (said: unknown): said is Problem =>
  typeof said === 'object' && said !== null && 'code' in said && String(said.code) in PROBLEMS && 'message' in said;

const mediaType = ({ headers }: FastifyRequest): string =>
  (headers['content-type'] ?? 'non indicato').slice(0, 100).replace(/[^\x20-\x7e]/g, '?');

/** What the driver says when the database is away: no HTTP status, and a system or SQLSTATE code of class 08, 53, 57. */
const isDatabaseFailure = (error: FastifyError): boolean =>
  /^(08|53|57|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(error.code ?? '') ||
  /connect|terminated/i.test(error.message);

interface RawSocket {
  readonly writable: boolean;
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
}

/** What cannot be read as HTTP, or comes too slowly, is told the same way, on the bare connection. */
export function answerClientError({ code }: { readonly code?: string }, socket: RawSocket): void {
  if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  answerBare(TRANSPORT[code ?? ''] ?? 'request-malformed', socket);
}

/** Nothing here leads anywhere else. */
export const answerConnect = (_request: unknown, socket: RawSocket): void => answerBare('method-not-allowed', socket);

function answerBare(known: ProblemCode, socket: RawSocket): void {
  const { http } = PROBLEMS[known];
  const body = JSON.stringify(problemBody(known, problem(known, '', 'CONNECT').message, null));
  socket.end(
    [
      `HTTP/1.1 ${http} ${STATUS_CODES[http]}`,
      `Content-Type: ${PROBLEM_TYPE}; charset=utf-8`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

const TRANSPORT: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-too-slow',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headers-too-large',
};
