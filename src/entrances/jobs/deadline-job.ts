import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { type WatchDeps, watchDeadlines } from '../../service/deadlines/watch-deadlines.ts';
import type { Office } from '../../service/register/office.ts';
import { type Job, pause, startJob } from './job.ts';

/** A deadline that is set meanwhile may be nearer than the one waited for: none is noticed later than this. */
const MAX_WAIT_MS = 60_000;
const MIN_WAIT_MS = 1_000;

/** Opens tasks for what has not come in time. Any number of processes may run this: each deadline gives one task. */
export function startDeadlineJob(
  deps: WatchDeps & { readonly offices: ReadonlyMap<AooId, Office>; readonly log: Log },
): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      let wait = MAX_WAIT_MS;
      try {
        const next = await watchDeadlines(deps.offices, deps);
        if (next !== null) wait = Math.min(wait, next.getTime() - deps.clock.now().getTime());
      } catch (error) {
        deps.log.warn({ reason: errorMessage(error) }, 'deadlines could not be checked');
      }
      await pause(Math.max(MIN_WAIT_MS, wait), signal);
    }
  });
}
