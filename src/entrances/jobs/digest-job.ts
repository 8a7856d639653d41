import { errorMessage } from '../../kernel/thrown.ts';
import { type DailyDigestDeps, sendDigests } from '../../service/assignments/daily-digest.ts';
import { type Job, pause, startJob } from './job.ts';

const EVERY_MS = 60_000;

/** Any number of processes may run this: each person is told once a day. */
export function startDigestJob(deps: DailyDigestDeps, everyMs = EVERY_MS): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      let more = false;
      try {
        more = await sendDigests(deps);
      } catch (error) {
        deps.log.warn({ reason: errorMessage(error) }, 'who is to be told of assignments could not be looked up');
      }
      await pause(more ? 1_000 : everyMs, signal);
    }
  });
}
