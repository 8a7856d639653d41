/**
 * One run of `work` at a time for each key. Callers that come during a run share the next one: a run counts only for what
 * was there before it began.
 */
export function sharedRuns<Key>(work: (key: Key) => Promise<void>): (key: Key) => Promise<void> {
  const running = new Map<Key, Promise<void>>();
  const next = new Map<Key, Promise<void>>();
  const start = (key: Key): Promise<void> => {
    const run = work(key).finally(() => running.delete(key));
    running.set(key, run);
    return run;
  };
  return (key) => {
    const now = running.get(key);
    if (now === undefined) return start(key);
    let then = next.get(key);
    if (then === undefined) {
      then = now
        .catch(() => undefined)
        .then(() => {
          next.delete(key);
          return start(key);
        });
      next.set(key, then);
    }
    return then;
  };
}
