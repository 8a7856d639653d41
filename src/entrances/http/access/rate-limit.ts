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

/** One IPv6 subscriber has a /64 of addresses; IPv4 in it (`::ffff:192.0.2.1`) is IPv4. */
export function network(ip: string): string {
  if (!ip.includes(':')) return ip;
  const dotted = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(ip)?.[1];
  if (dotted !== undefined) return dotted;
  const [left = '', right] = (ip.split('%')[0] ?? '').split('::');
  const words = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [words(left), words(right ?? '')];
  const gap = right === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...new Array<string>(gap).fill('0'), ...last].slice(0, 4).join(':');
}
