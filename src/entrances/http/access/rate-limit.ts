import type { FastifyReply } from 'fastify';

const WINDOW_SECONDS = 60;
/** Callers of one kind that are certainly remembered; twice as many may be. Full tables of all kinds take some 20 MB. */
const MOST_CALLERS = 20_000;

/** What a limit is counted by. Each kind has its own table, so that strangers cannot displace clients. */
export type CallerKind = 'client' | 'address' | 'refused' | 'public';

export interface RateLimitState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the next window, in which everybody starts anew. */
  readonly reset: number;
}

export interface RateLimiter {
  /** Counts one request of a caller. */
  take(kind: CallerKind, caller: string, perMinute: number): RateLimitState;
  /** The state of a caller, without counting. */
  look(kind: CallerKind, caller: string, perMinute: number): RateLimitState;
}

/**
 * Limits the requests of each caller in fixed windows of a minute. Memory is bounded: who has many addresses can make the
 * limiter forget callers, but only those that have not called while 20,000 others did. Why this is not a library:
 * docs/decisions/0021-rate-limit.md.
 */
export function openRateLimiter(now: () => number = () => performance.now()): RateLimiter {
  let windowEnds = 0;
  let counters = newCounters();
  const state = (used: number, perMinute: number, time: number): RateLimitState => ({
    allowed: used <= perMinute,
    limit: perMinute,
    remaining: Math.max(0, perMinute - used),
    reset: Math.max(1, Math.ceil((windowEnds - time) / 1000)),
  });
  const openWindow = (): number => {
    const time = now();
    if (time >= windowEnds) {
      counters = newCounters();
      windowEnds = time + WINDOW_SECONDS * 1000;
    }
    return time;
  };
  return {
    take(kind, caller, perMinute) {
      const time = openWindow();
      return state(counters[kind].increment(caller), perMinute, time);
    },
    look(kind, caller, perMinute) {
      const time = openWindow();
      return state(counters[kind].get(caller), perMinute, time);
    },
  };
}

const newCounters = (): Readonly<Record<CallerKind, BoundedCounter>> => ({
  client: new BoundedCounter(),
  address: new BoundedCounter(),
  refused: new BoundedCounter(),
  public: new BoundedCounter(),
});

/** Counts by key in two generations: when the young one is full, it becomes the old one, and the old one is dropped. */
class BoundedCounter {
  #young = new Map<string, number>();
  #old: ReadonlyMap<string, number> = new Map();

  get(key: string): number {
    return this.#young.get(key) ?? this.#old.get(key) ?? 0;
  }

  increment(key: string): number {
    const count = this.get(key) + 1;
    if (this.#young.size >= MOST_CALLERS && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, count);
    return count;
  }
}

/** With every answer, as ModI asks. */
export function setRateLimitHeaders(reply: FastifyReply, { limit, remaining, reset }: RateLimitState): void {
  reply
    .header('x-ratelimit-limit', limit)
    .header('x-ratelimit-remaining', remaining)
    .header('x-ratelimit-reset', reset);
}

/** What counts as one address: for IPv6 the /64 of a subscriber; IPv4 inside it (`::ffff:192.0.2.1`) is IPv4. */
export function subscriberNetwork(ip: string): string {
  if (!ip.includes(':')) return ip;
  const dotted = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(ip)?.[1];
  if (dotted !== undefined) return dotted;
  const [left = '', right] = (ip.split('%')[0] ?? '').split('::');
  const words = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [words(left), words(right ?? '')];
  const gap = right === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...new Array<string>(gap).fill('0'), ...last].slice(0, 4).join(':');
}
