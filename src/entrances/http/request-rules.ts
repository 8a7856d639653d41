/** What every request must be before anybody looks at what it asks for (RFC 9110, RFC 9112). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './reply/problem-error.ts';

/** Fields that must not be repeated: two readers could take different ones. The parser checks Content-Length itself. */
const SINGLE_FIELDS = new Set(['host', 'content-type', 'authorization']);

/** Registered before authentication: a malformed request is told so, whoever sends it. */
export function requireWellFormedRequests(server: FastifyInstance): void {
  // The parser answers an Expect header by itself, without saying why; we take these requests over.
  const handle = (request: object, response: object) => server.server.emit('request', request, response);
  server.server.on('checkExpectation', handle).on('checkContinue', handle);
  server.addHook('onRequest', async (request) => {
    const { expect } = request.headers;
    if (!hasProperFields(request.raw) || !hasReadableQuery(request.raw.url ?? ''))
      throw new ProblemError('request-malformed');
    if (expect !== undefined && !isContinue(expect)) throw new ProblemError('expectation-failed');
  });
  server.addHook('preParsing', async (request, reply, payload) => {
    // No body is read for an address that does not exist.
    if (request.is404) throw noRoute(request, (name, value) => void reply.header(name, value));
    // Only now: a caller who was refused need not send a body that nobody reads (RFC 9110 §10.1.1).
    if (isContinue(request.headers.expect)) reply.raw.writeContinue();
    return payload;
  });
}

const isContinue = (expect: string | undefined): boolean => expect?.toLowerCase() === '100-continue';

/** One Host from HTTP/1.1 on (RFC 9112 §3.2), and no single field twice. */
function hasProperFields({ rawHeaders, httpVersion, headers }: FastifyRequest['raw']): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (SINGLE_FIELDS.has(name) && seen.size === seen.add(name).size) return false;
  }
  return headers.host !== undefined || httpVersion === '1.0';
}

/** Invalid percent-encoding would be taken literally. The router checks the path. */
function hasReadableQuery(url: string): boolean {
  const at = url.indexOf('?');
  if (at < 0 || !url.includes('%', at)) return true;
  try {
    decodeURIComponent(url.slice(at + 1));
    return true;
  } catch {
    return false;
  }
}

/** 404, or 405 with the allowed methods where the address exists (RFC 9110 §15.5.6). */
function noRoute({ server, raw }: FastifyRequest, setHeader: (name: string, value: string) => void): ProblemError {
  const asked = (raw.url ?? '').replace(/[?#].*$/s, '').split('/');
  const fits = (route: string): boolean => {
    const parts = route.split('/');
    return parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]);
  };
  const methods = (server.routeAccess ?? []).filter(({ url }) => fits(url)).map(({ method }) => method);
  if (methods.length === 0) return new ProblemError('not-found');
  setHeader('allow', [...new Set(methods)].sort().join(', '));
  return new ProblemError('method-not-allowed', raw.method ?? '');
}
