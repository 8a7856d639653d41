import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The caller's Request-Id if it is safe to log, else a new one. Proxies write it with the X- of old (RFC 6648). */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['request-id'] ?? headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/.test(given) ? given : randomUUID();
}

/**
 * One line for each request, as ModI asks: time (the logger's, UTC), method, URI, status, client, request id. The URI is
 * the route with the names of the parameters; their values may be addresses, tax codes or names, and stay out.
 */
export function logRequests(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id);
  });
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      { ...lineOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
      'request',
    );
  });
  server.addHook('onRequestAbort', async (request) => {
    request.log.info({ ...lineOf(request), status: 499 }, 'client closed the request');
  });
}

function lineOf(request: FastifyRequest): Record<string, unknown> {
  const { client } = request;
  return {
    method: request.method,
    uri: uriOf(request),
    ip: request.ip,
    ...(client !== null && {
      client: client.id,
      how: client.how,
      ...(client.aoo !== null && { consumer: client.aoo }),
    }),
  };
}

/** Path parameters that identify no person (UUIDs, codes of the register) are logged, so that an exchange can be followed. */
function uriOf({ routeOptions, query, params }: FastifyRequest): string {
  const route = routeOptions.url ?? '(none)';
  const path = route.replace(/:([A-Za-z][A-Za-z0-9]*)/g, (whole, name: string) => {
    const value = (params as Readonly<Record<string, unknown>> | null)?.[name];
    // What is called a token opens something.
    return name !== 'token' && typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value) ? value : whole;
  });
  const names = Object.keys((query as object | null) ?? {}).filter((name) => /^[A-Za-z-]{1,32}$/.test(name));
  return names.length === 0 ? path : `${path}?${names.slice(0, 20).join('&')}`;
}
