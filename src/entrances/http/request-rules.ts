/** What a request must be before anybody looks at what it asks for: said by RFC 9110 and 9112, and told as our problems. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './reply/problem-error.ts';

/** Fields of which two readers may each take another one. The parser sees to Content-Length itself. */
const ONCE = new Set(['host', 'content-type', 'authorization']);

/** Registered before the guard: what is no proper request is told so, whoever sends it. */
export function askForm(server: FastifyInstance): void {
  // Both would be answered by the parser alone, without a word of why.
  const hand = (request: object, response: object) => server.server.emit('request', request, response);
  server.server.on('checkExpectation', hand).on('checkContinue', hand);
  server.addHook('onRequest', async (request) => {
    const { expect } = request.headers;
    if (!hasProperHeaders(request.raw) || !isReadable(request.raw.url ?? ''))
      throw new ProblemError('request-malformed');
    if (expect !== undefined && !isContinue(expect)) throw new ProblemError('expectation-failed');
  });
  server.addHook('preParsing', async (request, reply, payload) => {
    // Whatever else is wrong with it: no body of nobody's is read.
    if (request.is404) throw nobody(request, (name, value) => void reply.header(name, value));
    // Only now: who is refused at the door need not send what nobody reads (RFC 9110 section 10.1.1).
    if (isContinue(request.headers.expect)) reply.raw.writeContinue();
    return payload;
  });
}

const isContinue = (expect: string | undefined): boolean => expect?.toLowerCase() === '100-continue';

/** RFC 9112 section 3.2: one Host from HTTP/1.1 on. */
function hasProperHeaders({ rawHeaders, httpVersion, headers }: FastifyRequest['raw']): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (ONCE.has(name) && seen.size === seen.add(name).size) return false;
  }
  return headers.host !== undefined || httpVersion === '1.0';
}

/** Escapes that are none, or no UTF-8, would be taken as they stand. The router sees to those of the path. */
function isReadable(url: string): boolean {
  const at = url.indexOf('?');
  if (at < 0 || !url.includes('%', at)) return true;
  try {
    decodeURIComponent(url.slice(at + 1));
    return true;
  } catch {
    return false;
  }
}

/** An address that there is, asked with a method it does not have, says which ones it has (RFC 9110 section 15.5.6). */
function nobody({ server, raw }: FastifyRequest, tell: (name: string, value: string) => void): ProblemError {
  const asked = (raw.url ?? '').replace(/[?#].*$/s, '').split('/');
  const fits = (route: string): boolean => {
    const parts = route.split('/');
    return parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]);
  };
  const methods = (server.routeAccess ?? []).filter(({ url }) => fits(url)).map(({ method }) => method);
  if (methods.length === 0) return new ProblemError('not-found');
  tell('allow', [...new Set(methods)].sort().join(', '));
  return new ProblemError('method-not-allowed', raw.method ?? '');
}
