import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const WINDOW_MS = 60_000;
/**
 * Callers counted at once by each limit. A further one displaces the one that has been silent for longest, so that
 * memory is bounded and nobody who goes on calling is forgotten.
 */
const MOST_CALLERS = 20_000;

export interface RateLimitOptions {
  /** Requests a minute of one client, and of one address that is not authenticated. */
  readonly perMinute: number;
  /** Requests a minute of one address to the public index. */
  readonly publicPerMinute: number;
  /** Other than the usual number, for tests. */
  readonly mostCallers?: number;
}

export interface RateLimitState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until this caller starts anew. */
  readonly reset: number;
}

type Take = (request: FastifyRequest) => Promise<RateLimitState>;

/** Each limit has a table of its own: strangers cannot displace clients. An IPv6 subscriber (/64) is one address. */
export interface RateLimits {
  /** Counts a request of an authenticated client. */
  readonly ofClient: Take;
  /** Counts a request to a public route, or one that fails before authentication. */
  readonly ofAddress: Take;
  /** Counts a request with wrong credentials, or without any. */
  readonly ofRefused: Take;
  /** How often the address was refused, without counting. */
  readonly lookAtRefused: Take;
  /** Counts a request to the public index without credentials. */
  readonly ofPublicIndex: Take;
}

export async function openRateLimits(
  server: FastifyInstance,
  { perMinute, publicPerMinute, mostCallers = MOST_CALLERS }: RateLimitOptions,
): Promise<RateLimits> {
  await server.register(rateLimit, { global: false });
  const limit = (max: number, keyGenerator?: (request: FastifyRequest) => string) => {
    // `cache` is missing in the types of the library, so it must not stand in a literal of its call.
    const options = {
      max,
      timeWindow: WINDOW_MS,
      cache: mostCallers,
      ...(keyGenerator !== undefined && { keyGenerator }),
    };
    return server.createRateLimit(options);
  };
  const refused = limit(perMinute);
  return {
    ofClient: counted(limit(perMinute, ({ client }) => client?.id ?? '')),
    ofAddress: counted(limit(perMinute)),
    ofRefused: counted(refused),
    lookAtRefused: counted((request) => refused(request, { increment: false })),
    ofPublicIndex: counted(limit(publicPerMinute)),
  };
}

/** The library allows without counting only callers on its allow list, and ours is empty. */
const counted =
  (check: ReturnType<FastifyInstance['createRateLimit']>): Take =>
  async (request) => {
    const found = await check(request);
    if (found.isAllowed) throw new Error('a caller was not counted');
    return {
      allowed: !found.isExceeded,
      limit: found.max,
      remaining: found.remaining,
      reset: found.ttlInSeconds,
    };
  };

/** With every answer, as ModI asks. */
export function setRateLimitHeaders(reply: FastifyReply, { limit, remaining, reset }: RateLimitState): void {
  reply.header('ratelimit-limit', limit).header('ratelimit-remaining', remaining).header('ratelimit-reset', reset);
}
