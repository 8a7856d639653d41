import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sha256 } from '../../kernel/digest.ts';
import type { Client, Scope } from '../../service/access/client.ts';
import { send } from './problem-reply.ts';
import { rateLimit } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to; `public`: nobody is asked who they are. Every route says it. */
    access?: Scope | 'public';
    /** Also for who has no credential, where the index is public. */
    openIndex?: boolean;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes. */
    client: Client | null;
  }
}

export interface AccessDeps {
  /** Bearer token asked of every caller of the API; null: the API listens on loopback only. */
  readonly token: string | null;
  /** Requests a minute that anybody may make to the index from one address; null: it is for who has the token. */
  readonly publicPerMinute: number | null;
}

/** Asks every caller of a route that is not public who they are. Registered before any route. */
export function guard(server: FastifyInstance, { token, publicPerMinute }: AccessDeps): void {
  const limited = publicPerMinute === null ? null : rateLimit(publicPerMinute);
  server.decorateRequest('client', null);
  server.addHook('onRoute', ({ url, config }) => {
    if (config?.access === undefined) throw new Error(`the route ${url} does not say who may call it`);
  });
  server.addHook('onRequest', async (request, reply) => {
    const { access, openIndex } = request.routeOptions.config;
    if (access === 'public' || request.is404) return undefined;
    if (token !== null && sameToken(request, token)) return undefined;
    if (openIndex === true && limited !== null) return limited(request, reply);
    return token === null ? undefined : send(reply, 'unauthorized');
  });
}

/** Digests are compared, so that neither the length nor the content of the token can be timed. */
function sameToken({ headers }: FastifyRequest, token: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(headers.authorization ?? '')), Buffer.from(sha256(`Bearer ${token}`)));
}
