/** Asks every caller of a route that is not public who it is, counts its requests, and holds it to its scopes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TrackingEvidence } from '../../../formats/modi/verify.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { PROBLEMS, type Problem, problem } from '../../../kernel/problems.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Access } from '../../../service/access/access.ts';
import type { Authenticated } from '../../../service/access/authenticate.ts';
import type { Client } from '../../../service/access/client.ts';
import { verifyBodyDigest } from '../body/body-digest.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { certificateReader, type Proxies } from './client-certificate.ts';
import { openRateLimits, type RateLimitState, type RateLimits, setRateLimitHeaders } from './rate-limit.ts';
import { refuseScope, requireRouteAccess } from './route-access.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null on public routes. */
    client: Client | null;
    /** The credential that was shown; null: the node's token. */
    credentialId: string | null;
    /** The person who acts at the client, where it names one (AUDIT_REST_01/02). */
    evidence: TrackingEvidence | null;
    /** SHA-256 that the body must have, where the client has signed one. */
    signedDigest: string | null;
  }
  interface FastifyInstance {
    /** Counts a request that is answered before authentication, and shows the limit. */
    countUnauthenticated(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  }
}

export interface CallerDeps {
  readonly access: Pick<Access, 'authenticate' | 'checkSignatures' | 'watch'>;
  /** Requests a minute of one client, and of one address that is not authenticated. */
  readonly perMinute: number;
  /** Requests a minute of one address to the public index; null: the index is not public. */
  readonly publicPerMinute: number | null;
  readonly offices: ReadonlySet<AooId> | null;
  readonly proxies: Proxies;
}

/** Registered before any route. */
export async function authenticateCallers(server: FastifyInstance, deps: CallerDeps): Promise<void> {
  const { perMinute, publicPerMinute } = deps;
  const limits = await openRateLimits(server, { perMinute, publicPerMinute: publicPerMinute ?? perMinute });
  requireRouteAccess(server);
  server
    .decorateRequest('client', null)
    .decorateRequest('credentialId', null)
    .decorateRequest('evidence', null)
    .decorateRequest('signedDigest', null)
    .decorate('offices', deps.offices);
  const admit = admission(deps, limits);
  server.decorate('countUnauthenticated', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!reply.hasHeader('ratelimit-limit')) setRateLimitHeaders(reply, await limits.ofAddress(request));
  });
  server.addHook('onRequest', async (request, reply) => {
    const refusal = await admit(request, reply);
    return refusal === null ? undefined : sendRefusal(request, reply, refusal);
  });
  server.addHook('preParsing', async ({ signedDigest }, _reply, payload) =>
    signedDigest === null ? payload : verifyBodyDigest(payload, signedDigest),
  );
}

/** Null: the request goes on; else why it does not. */
type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<Problem | null>;

function admission({ access, publicPerMinute, proxies }: CallerDeps, limits: RateLimits): Admit {
  const certificateOf = certificateReader(proxies);
  return async (request, reply) => {
    const { access: scope, openIndex, knowsCaller } = request.routeOptions.config;
    const { authorization } = request.headers;
    const isPublic = scope === undefined || scope === 'public' || scope === 'desk' || request.is404;
    if (isPublic && !(knowsCaller && authorization !== undefined))
      return refuseOverLimit(reply, await limits.ofAddress(request));
    const certificate = certificateOf(request);
    // An address that has guessed keys up to the limit is refused without another look into the database.
    const guesses = await limits.lookAtRefused(request);
    if (guesses.remaining === 0 && authorization !== undefined)
      return refuseOverLimit(reply, { ...guesses, allowed: false });
    const caller = await access.authenticate({ authorization, certificate });
    if (!caller.ok) {
      const isAnonymous = authorization === undefined && certificate === null;
      if (isAnonymous && openIndex === true && publicPerMinute !== null)
        return refuseOverLimit(reply, await limits.ofPublicIndex(request));
      return refuseOverLimit(reply, await limits.ofRefused(request)) ?? caller.problem;
    }
    const { client, credential } = caller.value;
    request.client = client;
    request.credentialId = credential?.id ?? null;
    const refused =
      refuseOverLimit(reply, await limits.ofClient(request)) ?? (isPublic ? null : refuseScope(client, scope));
    if (refused !== null) return refused;
    if (credential !== null) endWhenRevoked(request, reply, credential.id, access);
    const signed = await checkSignatures(access, caller.value, request);
    return signed.ok ? null : signed.problem;
  };
}

function refuseOverLimit(reply: FastifyReply, state: RateLimitState): Problem | null {
  setRateLimitHeaders(reply, state);
  return state.allowed ? null : problem('too-many-requests', '', String(state.reset));
}

/** A credential that is revoked during a long poll or an upload ends it as if its client had gone. */
function endWhenRevoked(
  request: FastifyRequest,
  reply: FastifyReply,
  credentialId: string,
  { watch }: Pick<Access, 'watch'>,
): void {
  if (watch === undefined || reply.raw.destroyed) return;
  reply.raw.once(
    'close',
    watch(credentialId, () => request.raw.socket.destroy()),
  );
}

/** The signatures that the credential requires of its client (INTEGRITY_REST, AUDIT_REST). */
async function checkSignatures(
  access: Pick<Access, 'checkSignatures'>,
  caller: Authenticated,
  request: FastifyRequest,
): Promise<Result<null>> {
  if (caller.credential === null || caller.credential.requires.length === 0) return ok(null);
  const { headers, method } = request;
  const hasBody =
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && Number(headers['content-length']) !== 0);
  const checked = await access.checkSignatures(caller, {
    headers,
    hasBody,
    reads: method === 'GET' || method === 'HEAD',
  });
  if (!checked.ok) return checked;
  request.signedDigest = checked.value.bodyDigest;
  request.evidence = checked.value.evidence;
  if (request.evidence !== null)
    request.log.info({ client: caller.client.id, evidence: request.evidence }, 'person acting at the client');
  return ok(null);
}

/** RFC 6750 §3: what was wrong with the bearer, as far as the client can do something about it. */
function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Problem): FastifyReply {
  const { http } = PROBLEMS[refusal.code];
  const hasBearer = request.headers.authorization !== undefined;
  if (http === 401)
    reply.header('www-authenticate', `Bearer realm="interpro"${hasBearer ? ', error="invalid_token"' : ''}`);
  if (refusal.code === 'forbidden') {
    const scope = request.routeOptions.config.access ?? '';
    reply.header('www-authenticate', `Bearer realm="interpro", error="insufficient_scope", scope="${scope}"`);
  }
  if (http === 429) reply.header('retry-after', String(reply.getHeader('ratelimit-reset') ?? 60));
  return sendProblem(reply, refusal);
}
