/** Every error becomes a problem (RFC 9457). Errors of ours are logged, and answered without internals. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS, type Problem, type ProblemCode, problem } from '../../../kernel/problems.ts';
import { DocumentsError } from '../../../service/documents/documents.ts';
import { OfficeStoppedError } from '../../../service/register/witness.ts';
import { describeValidationError } from '../schema-validation.ts';
import { ProblemError, type RequestPlace } from './problem-error.ts';
import { PROBLEM_TYPE, problemBody, sendProblem } from './problem-reply.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What a person is shown at an address where there is nothing; left out: the problem. */
    pageNotFound?: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
  }
}

export function handleErrors(server: FastifyInstance, lingerSeconds: number): void {
  server.setErrorHandler(replyToError);
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, problem('not-found')));
  // After a refusal, and on GET and HEAD, nobody reads the body: what still comes must not hold the connection.
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
 * Closing a connection while bytes still come resets it, and a client that writes its whole request before it reads never
 * learns why it was refused. So we end our side and discard what comes for a while (RFC 9112 §9.6).
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

/** Errors of the framework, by code. */
const FRAMEWORK: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'body-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-interrupted',
  FST_ERR_BAD_URL: 'request-malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'address-too-long',
  FST_ERR_REOPENED_CLOSE_SERVER: 'service-stopping',
};

export async function replyToError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Some errors come before authentication; their answers count and show the limit, too.
  await request.server.countUnauthenticated?.(request, reply);
  const { problem: found, places } = problemOfError(error, request, reply);
  const page = found.code === 'not-found' && wantsPage(request) ? request.server.pageNotFound : undefined;
  return page === undefined ? sendProblem(reply, found, places) : page(request, reply);
}

const wantsPage = ({ method, headers, url }: FastifyRequest): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html') && !url.startsWith('/rest/');

/** What is said of an error, and which parts of the request it is about. Errors of ours are logged. */
export function problemOfError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): { readonly problem: Problem; readonly places: readonly RequestPlace[] } {
  const said = (found: Problem, places: readonly RequestPlace[] = []) => ({ problem: found, places });
  if (error instanceof ProblemError) return said(error.problem, error.places);
  if (error instanceof OfficeStoppedError) return said(error.problem);
  // The stream of a document ended, or the store has no room.
  if (error instanceof DocumentsError) {
    if (PROBLEMS[error.problem.code].http >= 500) logFailure(request, error);
    // What was said of the document is not said of the problem.
    for (const name of ['etag', 'accept-ranges', 'content-range', 'content-disposition']) reply.removeHeader(name);
    return said(error.problem);
  }
  if (error.validation !== undefined) {
    const { code, message, places } = describeValidationError(error);
    return said(problem(code, '', message), code === 'bad-request' ? places : []);
  }
  const known = FRAMEWORK[error.code ?? ''];
  if (known !== undefined) {
    const limit = String(request.routeOptions.bodyLimit ?? '');
    return said(problem(known, '', known === 'body-media-type' ? mediaType(request) : limit));
  }
  if ((error.statusCode ?? 500) < 500)
    return said(problem(error.statusCode === 413 ? 'body-too-large' : 'bad-request'));
  logFailure(request, error);
  return said(problem(isDatabaseAway(error) ? 'database-unavailable' : 'internal'));
}

const logFailure = (request: FastifyRequest, error: Error): void =>
  request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');

/** The type that came, and those that are taken. */
function mediaType({ headers, routeOptions }: FastifyRequest): string {
  const came = (headers['content-type'] ?? 'non indicato').slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
  const { consumes = ['application/json'] } = routeOptions.schema ?? {};
  return `${came} (serve ${consumes.join(' oppure ')})`;
}

/** The database cannot be reached: a code of the system, or an SQLSTATE of class 08, 53 or 57. */
const isDatabaseAway = (error: FastifyError): boolean =>
  /^(08|53|57|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(error.code ?? '') ||
  /connect|terminated/i.test(error.message);

interface RawSocket {
  readonly writable: boolean;
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
}

/** Errors of the HTTP parser, by code. */
const PARSER: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-too-slow',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headers-too-large',
};

/** A request that is not HTTP, or comes too slowly, has no reply object: the problem is written to the socket. */
export function replyToClientError({ code }: { readonly code?: string }, socket: RawSocket): void {
  if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  writeProblem(problem(PARSER[code ?? ''] ?? 'request-malformed'), socket);
}

/** This server is no proxy. */
export const refuseConnect = (_request: unknown, socket: RawSocket): void =>
  writeProblem(problem('method-not-allowed', '', 'CONNECT'), socket);

function writeProblem(found: Problem, socket: RawSocket): void {
  const { http } = PROBLEMS[found.code];
  const body = JSON.stringify(problemBody(found, null));
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
