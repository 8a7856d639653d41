import type { AooId } from '../../kernel/ids.ts';
import type { EventFeed } from './feed.ts';

/**
 * Who waits for something to happen in an office. One listener for the whole process wakes them: however many wait, the
 * database is asked once when they come and once when there is news, never in between.
 */
export interface News {
  /** Begins to wait: news from now on wakes it. `until` resolves at the first of news, time-out and abort; never rejects. */
  wait(aoo: AooId, milliseconds: number, signal: AbortSignal): { readonly until: Promise<void>; cancel(): void };
  stop(): Promise<void>;
}

export async function openLongPoll(feed: Pick<EventFeed, 'onNews'>): Promise<News> {
  const waiting = new Map<AooId, Set<() => void>>();
  const wake = (aoo: AooId): void => {
    const those = waiting.get(aoo);
    waiting.delete(aoo);
    for (const go of those ?? []) go();
  };
  const wakeAll = (): void => {
    for (const aoo of [...waiting.keys()]) wake(aoo);
  };
  // An empty payload: the connection was lost, and what was said meanwhile is not known.
  const unlisten = await feed.onNews((aoo) => (aoo === '' ? wakeAll() : wake(aoo)));
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

/** What there is after a mark; where there is nothing yet, waits for it at most so long. */
export async function readOrWait<T>(
  news: News,
  aoo: AooId,
  read: () => Promise<readonly T[]>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const left = deadline - performance.now();
    const waiter = left > 0 ? news.wait(aoo, left, signal) : null;
    const found = await read();
    if (found.length > 0 || waiter === null || signal.aborted) {
      waiter?.cancel();
      return found;
    }
    await waiter.until;
  }
}
