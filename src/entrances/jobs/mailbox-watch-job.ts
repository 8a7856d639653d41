import { errorMessage } from '../../kernel/thrown.ts';
import { type MailboxWatchDeps, watchMailboxes } from '../../service/deadlines/watch-mailboxes.ts';
import { type Job, pause, startJob } from './job.ts';

const EVERY_MS = 30_000;

/** Tells a person of mailboxes that cannot be read. Any number of processes may run this: each trouble is told once. */
export function startMailboxWatchJob(deps: MailboxWatchDeps, everyMs = EVERY_MS): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      try {
        await watchMailboxes(deps);
      } catch (error) {
        deps.log.warn({ reason: errorMessage(error) }, 'mailboxes that are not read could not be looked up');
      }
      await pause(everyMs, signal);
    }
  });
}
