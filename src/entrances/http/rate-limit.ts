import type { FastifyReply, FastifyRequest } from 'fastify';
import { send } from './problem-reply.ts';

/** Addresses remembered at once; beyond it all are forgotten, which is generous and costs no memory. */
const MOST_ADDRESSES = 20_000;
const WINDOW_SECONDS = 60;

/** So many requests a minute from one address, told with every answer (X-RateLimit-*, as ModI asks for it). */
export function rateLimit(perMinute: number, now: () => number = () => performance.now()) {
  let windowEnds = 0;
  const counts = new Map<string, number>();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const time = now();
    if (time >= windowEnds || counts.size >= MOST_ADDRESSES) {
      counts.clear();
      windowEnds = time + WINDOW_SECONDS * 1000;
    }
    const address = network(request.ip);
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    const reset = Math.max(1, Math.ceil((windowEnds - time) / 1000));
    reply
      .header('x-ratelimit-limit', perMinute)
      .header('x-ratelimit-remaining', Math.max(0, perMinute - count))
      .header('x-ratelimit-reset', reset);
    if (count <= perMinute) return undefined;
    reply.header('retry-after', reset);
    return send(reply, 'too-many-requests', String(reset));
  };
}

/** One IPv6 subscriber has a /64 of addresses. */
const network = (ip: string): string =>
  ip.includes(':') && !ip.startsWith('::ffff:') ? ip.split(':').slice(0, 4).join(':') : ip;
