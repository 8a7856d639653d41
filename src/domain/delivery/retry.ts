/** When a mail that could not be handed over is tried again. */
import type { SmtpFailure, SmtpVerdict } from './smtp-reply.ts';

const FIRST_SECONDS = 5;
/** After a request to slow down, or greylisting, coming back at once gains nothing. */
const FIRST_SECONDS_OF_RATE = 60;
const LONGEST_SECONDS = 3600;
/** Three days: as long as a confirmation may take (allegato 6). */
const GIVE_UP_AFTER_SECONDS = 3 * 24 * 3600;
/** And only after so many tries: if the service itself was down for days, the mail has hardly been tried. */
const LEAST_ATTEMPTS = 10;
/** The account's circuit decides when; this only keeps the mail from always coming first. */
const ASIDE_SECONDS = 4;

/** `own-fault`: the mail could not be put together here. `document-altered`: what it carries is not what was registered. */
export type SendOutcome = 'accepted' | 'own-fault' | 'document-altered' | SmtpFailure;

export type Retry =
  | { readonly state: 'sent' | 'given-up' }
  | {
      readonly state: 'queued';
      readonly afterSeconds: number;
      /** False: the account failed, not this mail. */
      readonly counts: boolean;
    };

export interface Tried {
  readonly outcome: SendOutcome;
  readonly concerns: SmtpVerdict['concerns'];
  /** How often it was tried before this one. */
  readonly attempts: number;
  /** Since it was queued. */
  readonly ageSeconds: number;
}

/**
 * `jitter`: 0..1, so that mails that failed together do not come back together. A failure of the account uses up none of a
 * mail's tries and never gives it up: a provider that is down for a week must cost no message.
 */
export function retry({ outcome, concerns, attempts, ageSeconds }: Tried, jitter: number): Retry {
  switch (outcome) {
    case 'accepted':
      return { state: 'sent' };
    case 'permanent':
    case 'document-altered':
    case 'size':
    case 'envelope':
    case 'full':
      return { state: 'given-up' };
    case 'temporary':
    case 'full-for-now':
    case 'rate':
    case 'authentication':
    case 'unreachable':
    case 'own-fault': {
      if (concerns === 'account')
        return { state: 'queued', afterSeconds: 1 + (ASIDE_SECONDS - 1) * jitter, counts: false };
      if (ageSeconds > GIVE_UP_AFTER_SECONDS && attempts + 1 >= LEAST_ATTEMPTS) return { state: 'given-up' };
      const first = outcome === 'rate' ? FIRST_SECONDS_OF_RATE : FIRST_SECONDS;
      return { state: 'queued', afterSeconds: backOff(attempts, jitter, first), counts: true };
    }
  }
}

/** Doubles from the first pause (seconds) to the longest, half of it at random. */
export function backOff(
  attempts: number,
  jitter: number,
  first: number = FIRST_SECONDS,
  longest: number = LONGEST_SECONDS,
): number {
  const full = Math.min(longest, first * 2 ** Math.min(attempts, 20));
  return full / 2 + (full / 2) * jitter;
}
