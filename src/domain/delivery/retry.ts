/** When a mail that could not be handed over is tried again. */

const FIRST_SECONDS = 5;
const LONGEST_SECONDS = 3600;
/** Three days: what a confirmation may take before its absence is a fault (allegato 6). */
const GIVE_UP_AFTER_SECONDS = 3 * 24 * 3600;
/** And not before so many tries: where the service itself stood still for days, the mail has hardly been tried. */
const LEAST_ATTEMPTS = 10;

export type SendOutcome = 'accepted' | 'permanent' | 'temporary' | 'authentication' | 'unreachable';

export type Retry =
  | { readonly state: 'sent' | 'given-up' }
  | { readonly state: 'queued'; readonly afterSeconds: number };

/**
 * `attempts`: how often it was tried before this one; `ageSeconds`: since it was queued; `jitter`: 0..1, so that many
 * mails that failed together do not come back together.
 */
export function retry(outcome: SendOutcome, attempts: number, ageSeconds: number, jitter: number): Retry {
  switch (outcome) {
    case 'accepted':
      return { state: 'sent' };
    case 'permanent':
      return { state: 'given-up' };
    case 'temporary':
    case 'authentication':
    case 'unreachable':
      return ageSeconds > GIVE_UP_AFTER_SECONDS && attempts + 1 >= LEAST_ATTEMPTS
        ? { state: 'given-up' }
        : { state: 'queued', afterSeconds: backOff(attempts, jitter) };
  }
}

/** Doubles from five seconds to an hour, half of it at random. */
export function backOff(attempts: number, jitter: number): number {
  const full = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempts, 20));
  return full / 2 + (full / 2) * jitter;
}
