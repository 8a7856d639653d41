import type { AooId } from '../../kernel/ids.ts';
import type { EventFeed } from './feed.ts';

/**
 * Callers that wait for an event of an office. One listener wakes all of them: the database is read once when a caller
 * arrives and once when there are events, never in between.
 */
export interface EventWaiters {
  /** Waits from now on. `until` resolves at the next event, at the time-out or when `signal` aborts; it never rejects. */
  wait(aoo: AooId, milliseconds: number, signal: AbortSignal): { readonly until: Promise<void>; cancel(): void };
  stop(): Promise<void>;
}

export async function openEventWaiters(feed: Pick<EventFeed, 'onEvents'>): Promise<EventWaiters> {
  const waiting = new Map<AooId, Set<() => void>>();
  const wake = (aoo: AooId): void => {
    const those = waiting.get(aoo);
    waiting.delete(aoo);
    for (const go of those ?? []) go();
  };
  const wakeAll = (): void => {
    for (const aoo of [...waiting.keys()]) wake(aoo);
  };
  // No name: the database connection was lost, and any office may have had events meanwhile.
  const unlisten = await feed.onEvents((aoo) => (aoo === '' ? wakeAll() : wake(aoo)));
  return {
    wait(aoo, milliseconds, signal) {
      let cancel = (): void => undefined;
      const until = new Promise<void>((resolve) => {
        const those = waiting.get(aoo) ?? new Set();
        waiting.set(aoo, those);
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          those.delete(done);
          if (those.size === 0 && waiting.get(aoo) === those) waiting.delete(aoo);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal.addEventListener('abort', done);
        those.add(done);
        cancel = done;
        if (signal.aborted) done();
      });
      return { until, cancel };
    },
    async stop() {
      wakeAll();
      await unlisten();
    },
  };
}

/** Reads at once and, if there is nothing yet, again after each event until there is or the time is over. */
export async function longPoll<T>(
  waiters: EventWaiters,
  aoo: AooId,
  read: () => Promise<readonly T[]>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const left = deadline - performance.now();
    const waiter = left > 0 ? waiters.wait(aoo, left, signal) : null;
    const found = await read();
    if (found.length > 0 || waiter === null || signal.aborted) {
      waiter?.cancel();
      return found;
    }
    await waiter.until;
  }
}
