/**
 * What keeps guessing slow without letting strangers lock anybody out. Failures are counted for a name and the place it is
 * tried from; each beyond the first few doubles the wait of that place, for that name. A browser from which the person has
 * signed in before is a place of its own. Of a name that is tried from many places, every attempt from a browser unknown to
 * it is answered late, and never refused. Of a place that tries many names, all wait.
 */
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';

export interface Failures {
  readonly failures: number;
  readonly lastAt: Date;
}

interface Allowance {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The longest wait. */
  readonly mostSeconds: number;
}

/** A person mistypes some times; nobody is kept out longer than a quarter of an hour. */
export const OF_A_NAME: Allowance = { free: 5, mostSeconds: 900 };
/** A whole council may share one address. */
export const OF_A_PLACE: Allowance = { free: 60, mostSeconds: 300 };
/** What is older counts no more. */
export const FORGOTTEN_AFTER_MS = 3_600_000;

/** Seconds left until another attempt counts; 0: now. */
export function secondsToWait(known: Failures | null, allowance: Allowance, now: Date): number {
  if (known === null || known.failures < allowance.free || isForgotten(known, now)) return 0;
  const seconds = Math.min(2 ** Math.min(known.failures - allowance.free, 20), allowance.mostSeconds);
  return Math.max(0, Math.ceil((known.lastAt.getTime() + seconds * 1000 - now.getTime()) / 1000));
}

export const isForgotten = ({ lastAt }: Failures, now: Date): boolean =>
  now.getTime() - lastAt.getTime() > FORGOTTEN_AFTER_MS;

export const oneMore = (known: Failures | null, now: Date): Failures => ({
  failures: known === null || isForgotten(known, now) ? 1 : known.failures + 1,
  lastAt: now,
});

/** Times that counting is tried again when others count the same at the same moment. */
export const TRIES = 20;

export const inWords = (seconds: number): string =>
  seconds === 1 ? 'un secondo' : seconds < 90 ? `${seconds} secondi` : `${Math.ceil(seconds / 60)} minuti`;

/** From so many failures on, wherever they came from, a stranger's attempt is answered late. */
const LATE_FROM = 20;
const LATE_MS = 2_000;

export const lateBy = (known: Failures | null, now: Date): number =>
  known !== null && known.failures >= LATE_FROM && !isForgotten(known, now) ? LATE_MS : 0;

/** An IPv6 subscriber has a whole /64 to try from: all of it is one place. */
export function placeOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill('0'), ...back].slice(0, 4).join(':');
}

/** What is counted, as digests: what was typed as a name may have been a password. */
export const counterOf = {
  nameFrom: (login: string, place: string): Sha256 => sha256(JSON.stringify(['name from', login, place])),
  nameOnDevice: (login: string, device: Sha256): Sha256 => sha256(JSON.stringify(['name on', login, device])),
  name: (login: string): Sha256 => sha256(JSON.stringify(['name', login])),
  codeOfEntry: (personId: string): Sha256 => sha256(JSON.stringify(['code of an entry', personId])),
  place: (place: string): Sha256 => sha256(JSON.stringify(['place', place])),
};
