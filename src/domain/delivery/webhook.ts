/**
 * What becomes of an attempt to tell a subscriber of an event.
 *
 * - 2xx: delivered; the next event follows.
 * - 410: the receiver wants no more: the subscription is paused and the event stays first in line.
 * - 400, 413, 414, 415, 422, 431: this event is refused, others may be taken. It becomes a dead letter at once, and the next
 *   one follows. A receiver that refuses many in a row is broken itself: the subscription is paused instead.
 * - Everything else (no answer, no connection, redirects, 401, 404, 429, 5xx, …): the event is tried again with growing
 *   pauses; 429 and 503 may say when. After a day it becomes a dead letter; a receiver that has taken nothing for three
 *   days is given up: the subscription is paused.
 *
 * A paused subscription keeps its place: resumed, it goes on without a gap.
 */
import { WEBHOOK_UNREACHED } from '../../kernel/webhook-problems.ts';

export type UnreachableReason =
  | 'address-not-allowed'
  | 'name-not-resolved'
  | 'no-connection'
  | 'tls'
  | 'timeout'
  | 'no-answer';

export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterSeconds: number | null }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason };

export interface Attempted {
  /** How often this event was tried before. */
  readonly attempts: number;
  /** Since it was tried first. */
  readonly ageSeconds: number;
  /** Attempts in a row, of any event, that the receiver did not take before this one. */
  readonly failures: number;
  /** Seconds since the first of them; 0 if none. */
  readonly failingSeconds: number;
  /** 0..1 */
  readonly jitter: number;
}

export type WebhookVerdict =
  | { readonly next: 'delivered' }
  | { readonly next: 'waiting'; readonly afterSeconds: number }
  /** `afterSeconds`: before the event after it is tried. */
  | { readonly next: 'dead'; readonly afterSeconds: number }
  | { readonly next: 'pause'; readonly reason: 'gone' | 'unreachable' | 'refusing' };

const FIRST_SECONDS = 5;
const LONGEST_SECONDS = 3600;
const DEAD_AFTER_SECONDS = 24 * 3600;
/** And only after so many tries: if the service itself was down, the event has hardly been tried. */
const LEAST_ATTEMPTS = 8;
const PAUSE_AFTER_SECONDS = 3 * 24 * 3600;
const MOST_REFUSALS = 25;
const REFUSES_THE_EVENT = new Set([400, 413, 414, 415, 422, 431]);
const MAY_NAME_A_TIME = new Set([429, 503]);

export function judgeAttempt(outcome: WebhookOutcome, attempted: Attempted): WebhookVerdict {
  if (isDelivered(outcome)) return { next: 'delivered' };
  const status = outcome.kind === 'answered' ? outcome.status : 0;
  if (status === 410) return { next: 'pause', reason: 'gone' };
  if (REFUSES_THE_EVENT.has(status)) {
    if (attempted.failures + 1 >= MOST_REFUSALS) return { next: 'pause', reason: 'refusing' };
    return { next: 'dead', afterSeconds: 0 };
  }
  if (attempted.failingSeconds > PAUSE_AFTER_SECONDS && attempted.failures + 1 >= LEAST_ATTEMPTS)
    return { next: 'pause', reason: 'unreachable' };
  const afterSeconds = pauseOf(outcome, attempted);
  const isOld = attempted.ageSeconds > DEAD_AFTER_SECONDS && attempted.attempts + 1 >= LEAST_ATTEMPTS;
  return { next: isOld ? 'dead' : 'waiting', afterSeconds };
}

export const isDelivered = (outcome: WebhookOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status <= 299;

function pauseOf(outcome: WebhookOutcome, { failures, jitter }: Attempted): number {
  if (outcome.kind === 'answered' && outcome.retryAfterSeconds !== null && MAY_NAME_A_TIME.has(outcome.status))
    // Up to a tenth more, at random: subscribers sent away together do not come back together.
    return Math.min(LONGEST_SECONDS, Math.max(1, outcome.retryAfterSeconds)) * (1 + jitter / 10);
  return webhookBackOff(failures, jitter);
}

/** Doubles from five seconds to an hour with the failures of the receiver, half of it at random. */
export function webhookBackOff(failures: number, jitter: number): number {
  const full = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 20));
  return full / 2 + (full / 2) * jitter;
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds or a date. Null: absent or unreadable. */
export function retryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined || header.length > 64) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = / GMT$/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

/** The same in Italian, for a person. */
export const outcomeSentence = (outcome: WebhookOutcome): string =>
  outcome.kind === 'answered'
    ? `Ultima risposta: HTTP ${outcome.status}.`
    : `Ultimo tentativo: ${WEBHOOK_UNREACHED[outcome.reason]}.`;

/** A word for the outcome, kept and shown: `204`, `timeout`. */
export const outcomeWord = (outcome: WebhookOutcome): string =>
  outcome.kind === 'answered' ? String(outcome.status) : outcome.reason;
