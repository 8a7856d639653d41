import type { FastifyReply } from 'fastify';

/** Callers remembered at once; beyond it all are forgotten, which is generous and costs no memory. */
const MOST_CALLERS = 20_000;
const WINDOW_SECONDS = 60;

export interface Taken {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until everybody starts anew. */
  readonly reset: number;
}

export interface Limiter {
  /** Counts one request of a caller. */
  take(caller: string, perMinute: number): Taken;
  /** How a caller stands, without counting. */
  look(caller: string, perMinute: number): Taken;
}

/** So many requests a minute from one caller: a client, or an address where nobody has said who they are. */
export function openLimiter(now: () => number = () => performance.now()): Limiter {
  let windowEnds = 0;
  const counts = new Map<string, number>();
  const count = (caller: string, perMinute: number, more: 0 | 1): Taken => {
    const time = now();
    if (time >= windowEnds || counts.size >= MOST_CALLERS) {
      counts.clear();
      windowEnds = time + WINDOW_SECONDS * 1000;
    }
    const used = (counts.get(caller) ?? 0) + more;
    if (more === 1) counts.set(caller, used);
    return {
      allowed: used <= perMinute,
      limit: perMinute,
      remaining: Math.max(0, perMinute - used),
      reset: Math.max(1, Math.ceil((windowEnds - time) / 1000)),
    };
  };
  return {
    take: (caller, perMinute) => count(caller, perMinute, 1),
    look: (caller, perMinute) => count(caller, perMinute, 0),
  };
}

/** Told with every answer, as ModI asks for it. */
export function tellLimit(reply: FastifyReply, { limit, remaining, reset }: Taken): void {
  reply
    .header('x-ratelimit-limit', limit)
    .header('x-ratelimit-remaining', remaining)
    .header('x-ratelimit-reset', reset);
}

/** One IPv6 subscriber has a /64 of addresses. */
export const network = (ip: string): string =>
  ip.includes(':') && !ip.startsWith('::ffff:') ? ip.split(':').slice(0, 4).join(':') : ip;
