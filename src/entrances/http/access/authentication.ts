import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TrackingEvidence } from '../../../formats/modi/verify.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { PROBLEMS, type Problem, problem } from '../../../kernel/problems.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Access } from '../../../service/access/access.ts';
import type { Authenticated } from '../../../service/access/authenticate.ts';
import type { Client } from '../../../service/access/client.ts';
import type { Scope } from '../../../service/access/scopes.ts';
import { checkedBody } from '../body/body-digest.ts';
import { send } from '../reply/problem-reply.ts';
import { certificateReader, type Proxies } from './client-certificate.ts';
import { type Limiter, network, openLimiter, type Taken, tellLimit } from './rate-limit.ts';

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
    /** The credential that was shown; null: the node's token, or this machine. */
    credentialId: string | null;
    /** Who acts at the client's, where it says so (AUDIT_REST_01/02). */
    evidence: TrackingEvidence | null;
    /** What the body must turn out to be, where it was signed. */
    signedDigest: string | null;
  }
  interface FastifyInstance {
    /** Every route with what it asks of a caller, in order of registration. */
    routeAccess: readonly RouteAccess[];
    /** Counts and tells the limit where an answer is given before anybody was asked who they are. */
    tellStranger(request: FastifyRequest, reply: FastifyReply): void;
  }
}

export interface RouteAccess {
  readonly method: string;
  readonly url: string;
  readonly access: Scope | 'public';
  readonly openIndex: boolean;
}

export interface AccessDeps {
  readonly access: Pick<Access, 'authenticate' | 'checkSignatures' | 'watch'>;
  /** Requests a minute of one client, and of one address that has not said who it is. */
  readonly perMinute: number;
  /** Requests a minute that anybody may make to the index from one address; null: it is for who has a credential. */
  readonly publicPerMinute: number | null;
  readonly offices: ReadonlySet<AooId> | null;
  readonly proxies: Proxies;
}

/** What may be open to everybody. A route that means to be and is not here is a mistake. */
const OPEN =
  /^(?:\/rest\/interpro\/v\d+)?\/(?:status|health(?:\/.*)?|docs(?:\/.*)?|openapi(?:\.json|\.yaml)?|problems|signing-keys)$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** What this machine calls itself. Another name that leads here is one that a page of another site has made up. */
const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Asks every caller of a route that is not public who they are. Registered before any route. */
export function guard(server: FastifyInstance, deps: AccessDeps): void {
  server
    .decorateRequest('client', null)
    .decorateRequest('credentialId', null)
    .decorateRequest('evidence', null)
    .decorateRequest('signedDigest', null)
    .decorate('offices', deps.offices)
    .decorate('routeAccess', notedRoutes(server));
  const limiter = openLimiter();
  const enter = doorkeeper(deps, limiter);
  server.decorate('tellStranger', (request: FastifyRequest, reply: FastifyReply) => {
    if (!reply.hasHeader('x-ratelimit-limit')) tellLimit(reply, limiter.take(stranger(request), deps.perMinute));
  });
  server.addHook('onRequest', async (request, reply) => {
    const refused = await enter(request, reply);
    return refused === null ? undefined : refuseCaller(request, reply, refused);
  });
  server.addHook('preParsing', async ({ signedDigest }, _reply, payload) =>
    signedDigest === null ? payload : checkedBody(payload, signedDigest),
  );
}

function notedRoutes(server: FastifyInstance): readonly RouteAccess[] {
  const noted: RouteAccess[] = [];
  server.addHook('onRoute', ({ url, method, config }) => {
    const { access, openIndex = false } = config ?? {};
    if (access === undefined) throw new Error(`the route ${url} does not say who may call it`);
    if (access === 'public' && !OPEN.test(url)) throw new Error(`the route ${url} may not be open to everybody`);
    for (const one of [method].flat()) noted.push({ method: one, url, access, openIndex });
  });
  return noted;
}

/** Null: come in; else why not. */
function doorkeeper({ access, perMinute, publicPerMinute, proxies }: AccessDeps, limiter: Limiter) {
  const certificateOf = certificateReader(proxies);
  const count = (reply: FastifyReply, taken: Taken): Problem | null => {
    tellLimit(reply, taken);
    return taken.allowed ? null : problem('too-many-requests', '', String(taken.reset));
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<Problem | null> => {
    const { access: scope, openIndex } = request.routeOptions.config;
    const address = network(request.ip);
    if (scope === undefined || scope === 'public' || request.is404)
      return count(reply, limiter.take(stranger(request), perMinute));
    const { authorization } = request.headers;
    const certificate = certificateOf(request);
    const local = isLocal(request);
    // Who guesses keys as fast as a client may work is not looked up any more.
    const guesses = limiter.look(`refused ${address}`, perMinute);
    if (guesses.remaining === 0 && authorization !== undefined) return count(reply, { ...guesses, allowed: false });
    const who = await access.authenticate({ authorization, certificate, local });
    if (!who.ok) {
      const nobody = authorization === undefined && certificate === null;
      if (nobody && openIndex === true && publicPerMinute !== null)
        return count(reply, limiter.take(`public ${address}`, publicPerMinute));
      return count(reply, limiter.take(`refused ${address}`, perMinute)) ?? who.problem;
    }
    const { client, credential } = who.value;
    const over = count(reply, limiter.take(`client ${client.id}`, perMinute));
    if (over !== null) return over;
    request.client = client;
    request.credentialId = credential?.id ?? null;
    if (!client.scopes.has(scope)) return problem('forbidden');
    // Revoked while it is under way (a long poll, an upload), it ends as if its client had gone.
    if (credential !== null && access.watch !== undefined && !reply.raw.destroyed)
      reply.raw.once(
        'close',
        access.watch(credential.id, () => request.raw.socket.destroy()),
      );
    const signed = await signatures(access, who.value, request);
    return signed.ok ? null : signed.problem;
  };
}

const stranger = ({ ip }: FastifyRequest): string => `address ${network(ip)}`;

async function signatures(
  { checkSignatures }: Pick<Access, 'checkSignatures'>,
  who: Authenticated,
  request: FastifyRequest,
): Promise<Result<null>> {
  if (who.credential === null || who.credential.requires.length === 0) return ok(null);
  const { headers, method } = request;
  const hasBody =
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) !== 0);
  const checked = await checkSignatures(who, { headers, hasBody, reads: method === 'GET' || method === 'HEAD' });
  if (!checked.ok) return checked;
  request.signedDigest = checked.value.bodyDigest;
  request.evidence = checked.value.evidence;
  if (request.evidence !== null)
    request.log.info({ client: who.client.id, evidence: request.evidence }, 'who acts at the client');
  return ok(null);
}

/**
 * From this machine itself. A proxy that stands on it speaks for others, and says so; a browser on it may speak for a page
 * of another site, under that site's name (DNS rebinding) or ours.
 */
const isLocal = ({ raw, headers }: FastifyRequest): boolean =>
  LOOPBACK.test(raw.socket.remoteAddress ?? '') &&
  FORWARDED.every((name) => headers[name] === undefined) &&
  OWN_NAME.test(headers.host ?? '') &&
  [undefined, 'none', 'same-origin'].some((site) => site === headers['sec-fetch-site']) &&
  (headers.origin === undefined || URL.parse(headers.origin)?.host === headers.host?.toLowerCase());

/** RFC 6750: what was wrong with the bearer, as far as a client can do something about it. */
function refuseCaller(request: FastifyRequest, reply: FastifyReply, { code, message }: Problem): unknown {
  const { http } = PROBLEMS[code];
  const said = request.headers.authorization !== undefined;
  if (http === 401) reply.header('www-authenticate', `Bearer realm="interpro"${said ? ', error="invalid_token"' : ''}`);
  if (code === 'forbidden') {
    const scope = request.routeOptions.config.access ?? '';
    reply.header('www-authenticate', `Bearer realm="interpro", error="insufficient_scope", scope="${scope}"`);
  }
  if (http === 429) reply.header('retry-after', String(reply.getHeader('x-ratelimit-reset') ?? 60));
  return send(reply, code, '', message);
}
