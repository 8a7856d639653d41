/** Guesses at a secret of one person by whoever is past the door: at an open screen, or with a link for a new password. */
import type { Clock } from '../../kernel/clock.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { inWords, OF_A_NAME, oneMore, secondsToWait, TRIES } from './back-off.ts';
import type { FailureStore } from './store.ts';

export interface GuessDeps {
  readonly store: Pick<FailureStore, 'failures' | 'countFailure'>;
  readonly clock: Clock;
}

/** A guess counts as failed before it is looked at, so that many at once are not all free; whoever guesses right forgets it. */
export async function countGuess(what: Sha256, at: string, { store, clock }: GuessDeps): Promise<Result<null>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = clock.now();
    const known = (await store.failures([what])).get(what) ?? null;
    const wait = secondsToWait(known, OF_A_NAME, now);
    if (wait > 0) return refuse(problem('sign-in-slowed', at, inWords(wait)));
    if (await store.countFailure(what, known, oneMore(known, now))) return ok(null);
  }
  return refuse(problem('sign-in-busy'));
}
