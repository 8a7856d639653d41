import { setTimeout as sleep } from 'node:timers/promises';

/** Work that goes on until it is stopped. `stop` resolves when the work in hand is done. */
export interface Job {
  stop(): Promise<void>;
}

/** Resolves after the time, or as soon as `signal` aborts. Never rejects. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** Runs `work` until it is stopped. `work` handles its own errors: it must not reject. */
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
