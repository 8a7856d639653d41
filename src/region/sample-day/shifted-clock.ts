import type { Clock } from '../../kernel/clock.ts';

/** A clock that can be set, runs on from there, and never goes back: numbers are given in the order of time. */
export interface ShiftedClock extends Clock {
  set(to: Date): void;
  /** From now on it shows the time that it is. */
  release(): void;
}

export function shiftedClock(): ShiftedClock {
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  return {
    now,
    set(to) {
      const wanted = to.getTime() - Date.now();
      // The first setting goes back, into the days that are told of; later ones only forward.
      ahead = ahead === 0 ? Math.min(wanted, 0) : Math.min(Math.max(wanted, ahead), 0);
    },
    release() {
      ahead = 0;
    },
  };
}
