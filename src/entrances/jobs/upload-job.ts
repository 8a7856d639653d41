/** Removes unused uploads, in rounds of bounded size. While there is more to do, rounds follow each other quickly. */
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { cleanUploads } from '../../service/uploads/clean-uploads.ts';
import type { UploadDeps } from '../../service/uploads/upload-lifetime.ts';
import { type Job, pause, startJob } from './job.ts';

/** Unused uploads live for a day: minutes more do not matter. */
const EVERY_MS = 10 * 60_000;
const ROUND = 200;

export function startUploadJob(deps: UploadDeps & { readonly log: Log }): Job {
  return startJob(async (signal) => {
    while (!signal.aborted) {
      let more = false;
      try {
        const cleaned = await cleanUploads(deps, ROUND);
        const most = Math.max(cleaned.expired, cleaned.purged, cleaned.abandoned);
        more = most >= ROUND;
        if (most > 0) deps.log.info(cleaned, 'unused uploads removed');
      } catch (error) {
        deps.log.warn({ reason: errorMessage(error) }, 'unused uploads could not be removed');
      }
      await pause(more ? 1_000 : EVERY_MS, signal);
    }
  });
}
