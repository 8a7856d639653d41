import { errorMessage } from '../../kernel/thrown.ts';
import { type CloseAllDeps, closeAllDue } from '../../service/daily-register/close-due.ts';
import { type Job, pause, startJob } from './job.ts';

const EVERY_MS = 60_000;

/** Closes the registers of the days and years that are over. Any number of processes may run this: each is closed once. */
export function startDailyRegisterJob(deps: CloseAllDeps, everyMs = EVERY_MS): Job {
  const seen = new Map<string, string>();
  return startJob(async (signal) => {
    while (!signal.aborted) {
      await closeAllDue(deps, seen, signal).catch((error: unknown) => {
        deps.log.warn({ reason: errorMessage(error) }, 'registers could not be closed');
      });
      await pause(everyMs, signal);
    }
  });
}
