import { createSecureContext, Server as TlsServer } from 'node:tls';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { errorMessage } from '../../kernel/thrown.ts';
import { parseJsonBodies } from './body/json-body.ts';
import type { HttpLimits } from './limits.ts';
import type { ApiServer } from './operation.ts';
import { handleErrors, refuseConnect, replyToClientError, replyToError } from './reply/error-handler.ts';
import { logRequests, requestId } from './request-log.ts';
import { requireWellFormedRequests } from './request-rules.ts';
import { validateBySchema } from './schema-validation.ts';
import { addSecurityHeaders, setSecurityHeaders } from './security-headers.ts';

/** PEM. `ca`: issuer of the certificates of clients; null: clients are not asked for a certificate. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
}

/**
 * A server without routes: its limits, how it reads and validates requests, handles errors and logs. `proxies` are the
 * addresses or networks whose X-Forwarded-For is believed.
 */
export function openServer(
  log: FastifyBaseLogger,
  limits: HttpLimits,
  tls: Tls | null,
  proxies: readonly string[] = [],
): ApiServer {
  const bounds = {
    headersTimeout: limits.headersSeconds * 1000,
    connectionsCheckingInterval: Math.min(5_000, limits.headersSeconds * 250),
    maxHeaderSize: limits.headerBytes,
    // `requireWellFormedRequests` asks for the Host header, and says so in its refusal.
    requireHostHeader: false,
  };
  const server: ApiServer = Fastify({
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
    frameworkErrors: (error, request, reply) => {
      // No hooks run for a request that the router cannot read.
      addSecurityHeaders(reply.header('request-id', request.id));
      void replyToError(error, request, reply);
    },
    clientErrorHandler: replyToClientError,
  });
  server.server.maxConnections = limits.connections;
  server.server.on('connect', refuseConnect);
  validateBySchema(server);
  handleErrors(server, limits.lingerSeconds);
  logRequests(server);
  requireWellFormedRequests(server);
  parseJsonBodies(server, limits);
  // Node applies no timeouts while a server closes: a deliberately slow client would hold it for ever.
  server.addHook('preClose', async () => {
    const timer = setTimeout(() => server.server.closeAllConnections(), limits.stopSeconds * 1000);
    server.server.once('close', () => clearTimeout(timer));
  });
  setSecurityHeaders(server);
  return server;
}

/** A client without a certificate is let in and shows a key or a token; a certificate of another issuer counts as none. */
const tlsOptions = (tls: Tls) => ({
  ...secureContext(tls),
  ...(tls.ca !== null && { requestCert: true, rejectUnauthorized: false }),
});

/** What can be replaced while the server runs. */
const secureContext = ({ cert, key, ca }: Tls) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  ...(ca !== null && { ca }),
});

/** Why these cannot be served with; null: they can. */
export function tlsFault(tls: Tls): string | null {
  try {
    createSecureContext(secureContext(tls));
    return null;
  } catch (error) {
    return errorMessage(error);
  }
}

/**
 * From now on new connections get this certificate; those that are open go on. Whether clients are asked for a certificate
 * stays as it was, and the authorities too where none are given: without any, Node's own would count. Gives what counts now.
 */
export function replaceTls(server: ApiServer, before: Tls, after: Tls): Tls {
  const now = { ...after, ca: before.ca === null ? null : (after.ca ?? before.ca) };
  if (server.server instanceof TlsServer) server.server.setSecureContext(secureContext(now));
  return now;
}
