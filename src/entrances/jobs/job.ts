import { setTimeout as sleep } from 'node:timers/promises';

/** Work that goes on until it is stopped. `stop` resolves when the last piece in hand is done. */
export interface Job {
  stop(): Promise<void>;
}

/** Resolves after the time or at once when `signal` aborts; never rejects. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** Runs `work` until stopped. `work` must not reject: what can go wrong is its own business. */
export function startJob(work: (signal: AbortSignal) => Promise<void>): Job {
  const controller = new AbortController();
  const running = work(controller.signal);
  return {
    async stop() {
      controller.abort();
      await running;
    },
  };
}
