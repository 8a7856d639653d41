import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { type WatchDeps, watchDeadlines } from '../../service/deadlines/watch-deadlines.ts';
import type { Office } from '../../service/register/office.ts';
import { type Job, pause, startJob } from './job.ts';

/** A deadline set meanwhile may be nearer than the one waited for: no deadline is told of later than this. */
const LONGEST_MILLISECONDS = 60_000;
const SHORTEST_MILLISECONDS = 1_000;

/** Tells people of what has not come in time. Any number of processes may do so: each deadline is told of once. */
export function startDeadlineJob(
  deps: WatchDeps & { readonly offices: ReadonlyMap<AooId, Office>; readonly log: Log },
): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      let wait = LONGEST_MILLISECONDS;
      try {
        const next = await watchDeadlines(deps.offices, deps);
        if (next !== null) wait = Math.min(wait, next.getTime() - deps.clock.now().getTime());
      } catch (error) {
        deps.log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'deadlines wait');
      }
      await pause(Math.max(SHORTEST_MILLISECONDS, wait), signal);
    }
  });
}
