/** When a list of revoked certificates is fetched next. Pure; `random` goes from 0 to 1. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Half-way to the next one: authorities publish a new list well before the old one ends, and at once after a revocation
 * that cannot wait. Twice a day at least, and not more than twice an hour.
 */
export function nextLook(at: Date, nextUpdate: number, random: number): Date {
  const half = (nextUpdate - at.getTime()) / 2;
  return after(at, Math.min(Math.max(half, 30 * MINUTE), 12 * HOUR), random);
}

/** `failures`: how often it has failed before, in a row. */
export const nextTry = (at: Date, failures: number, random: number): Date =>
  after(at, Math.min(5 * MINUTE * 2 ** Math.min(failures, 10), 6 * HOUR), random);

/** A tenth earlier or later, so that nodes spread. */
const after = (at: Date, pause: number, random: number): Date =>
  new Date(at.getTime() + Math.round(pause * (0.9 + 0.2 * random)));
