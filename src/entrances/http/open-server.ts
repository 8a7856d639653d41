import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { takeJson } from './body/json-body.ts';
import type { HttpLimits } from './limits.ts';
import { answerClientError, answerConnect, answerFault, answerFaults } from './reply/error-handler.ts';
import { logRequests, requestId } from './request-log.ts';
import { askForm } from './request-rules.ts';
import { validateStrictly } from './schema-validation.ts';

/** PEM. `ca`: who issues the certificates of clients; null: they are not asked for one. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
}

/**
 * The bare server with its bounds, its reading of bodies, its faults and its log: what every route stands on. `proxies`:
 * addresses or networks whose word (X-Forwarded-For) is taken for where a request comes from.
 */
export function openServer(
  log: FastifyBaseLogger,
  limits: HttpLimits,
  tls: Tls | null,
  proxies: readonly string[] = [],
): FastifyInstance {
  const bounds = {
    headersTimeout: limits.headersSeconds * 1000,
    connectionsCheckingInterval: Math.min(5_000, limits.headersSeconds * 250),
    maxHeaderSize: limits.headerBytes,
    // Asked for by ourselves, so that the refusal says why.
    requireHostHeader: false,
  };
  const server = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestSeconds * 1000,
    connectionTimeout: limits.idleSeconds * 1000,
    ...(tls === null ? { http: bounds } : { https: { ...bounds, ...tlsOptions(tls) } }),
    genReqId: requestId,
    trustProxy: proxies.length === 0 ? false : [...proxies],
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    frameworkErrors: answerFault as never,
    clientErrorHandler: answerClientError,
  }) as unknown as FastifyInstance;
  server.server.maxConnections = limits.connections;
  server.server.on('connect', answerConnect);
  validateStrictly(server);
  answerFaults(server, limits.lingerSeconds);
  logRequests(server);
  askForm(server);
  takeJson(server, limits);
  // While it stops the server looks at no time limits any more: who is slow on purpose would hold it for ever.
  server.addHook('preClose', async () => {
    const timer = setTimeout(() => server.server.closeAllConnections(), limits.stopSeconds * 1000);
    server.server.once('close', () => clearTimeout(timer));
  });
  server.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  return server;
}

/** No answer is kept, sniffed, framed or asked for by another site's page: CORS is off. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** A client without a certificate comes in too, and shows a key or a token; one of no authority of ours counts as none. */
const tlsOptions = ({ cert, key, ca }: Tls) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  ...(ca !== null && { ca, requestCert: true, rejectUnauthorized: false }),
});
