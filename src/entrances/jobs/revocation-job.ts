/** Fetches lists of revoked certificates when they are due. */
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { forgetUnused, type RefreshDeps, type Refreshed, refreshNext } from '../../service/revocation/refresh-lists.ts';
import { type Job, pause, startJob } from './job.ts';

export interface RevocationJobDeps extends RefreshDeps {
  readonly log: Log;
  /** Milliseconds between two looks at what is due. */
  readonly tickMs?: number;
}

const DAY = 24 * 3600_000;

export function startRevocationJob(deps: RevocationJobDeps): Job {
  const report = reporter(deps.log);
  return startJob(async (signal) => {
    let forgot = 0;
    while (!signal.aborted) {
      try {
        const now = deps.clock.now().getTime();
        if (now - forgot > DAY) {
          forgot = now;
          await forgetUnused(deps);
        }
        for (let done = await refreshNext(deps, signal); done !== null && !signal.aborted; ) {
          report(done);
          done = await refreshNext(deps, signal);
        }
      } catch (error) {
        deps.log.warn({ reason: errorMessage(error) }, 'lists of revoked certificates could not be refreshed');
      }
      await pause(deps.tickMs ?? 60_000, signal);
    }
  });
}

/** Says the first of failures in a row; where no list was ever had, only once: the node may have no way out. */
function reporter(log: Log): (done: Refreshed) => void {
  let isTold = false;
  return ({ point, failure }) => {
    const data = { issuer: point.issuerName, url: point.url };
    if (failure === null) {
      log.debug(data, 'list of revoked certificates fetched');
      return;
    }
    const isNews = point.failures === 0 && (point.thisUpdate !== null || !isTold);
    if (point.thisUpdate === null) isTold = true;
    const text =
      point.thisUpdate === null
        ? 'no list of revoked certificates could be fetched: revocation is not known (INTERPRO_REVOCATION=off where there is no way out)'
        : 'a list of revoked certificates could not be fetched';
    if (isNews) log.warn({ ...data, reason: failure }, text);
    else log.debug({ ...data, reason: failure }, text);
  };
}
