/** Clears away uploads that nobody has used: a bounded round at a time, more at once only while there is more to do. */
import type { Log } from '../../kernel/log.ts';
import { cleanUploads } from '../../service/uploads/clean-uploads.ts';
import type { UploadDeps } from '../../service/uploads/upload-lifetime.ts';
import { type Job, pause, startJob } from './job.ts';

/** Part files keep their room on the disk so much longer than a day: nobody notices. */
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
        if (most > 0) deps.log.info(cleaned, 'unused uploads cleared away');
      } catch (error) {
        deps.log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'uploads not cleared away');
      }
      await pause(more ? 1_000 : EVERY_MS, signal);
    }
  });
}
