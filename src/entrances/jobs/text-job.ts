/**
 * Reads the texts of documents for the search, whenever there is nothing better to do. What has just come is read first, the
 * backlog beside it, each office in its turn. Several services share the work: documents are leased.
 */
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { extractTexts, type TextDeps } from '../../service/texts/extract-texts.ts';
import { EXTRACTOR_VERSION } from '../../service/texts/text-store.ts';
import { type Job, pause, startJob } from './job.ts';

export interface TextJobDeps extends TextDeps {
  readonly log: Log;
  /** Ends the process that reads. */
  readonly stopReading: () => void;
  /** Between two looks where nothing was to be done; tests look more often. */
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
/** What an older version could not read, and registrations that came in beside the counter. */
const THOROUGH_MS = 3_600_000;
const REVIVED = 500;
/** Between looks whether mails still wait, and how long they are waited for before each batch. */
const LOOK_MS = 250;
const MOST_WAIT_MS = 5_000;
const MOST_PAUSE_MS = 300_000;

/** The register comes before the search; but a node whose mail never rests has its texts read, too, a few at a time. */
async function untilIntakeRests({ texts }: TextJobDeps, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < MOST_WAIT_MS && !signal.aborted; waited += LOOK_MS) {
    if (!(await texts.isIntakeBusy())) return;
    await pause(LOOK_MS, signal);
  }
}

export function startTextJob(deps: TextJobDeps): Job {
  const { texts, clock, log, stopReading, everyMs = EVERY_MS } = deps;
  let thoroughAt = 0;
  const round = async (signal: AbortSignal): Promise<number> => {
    const now = clock.now();
    let done = 0;
    if (now.getTime() >= thoroughAt) {
      for (const { aoo } of await texts.queues()) {
        while ((await texts.reviveOlder(aoo, EXTRACTOR_VERSION, REVIVED)) === REVIVED && !signal.aborted);
        await texts.queue(aoo);
      }
      thoroughAt = now.getTime() + THOROUGH_MS;
    }
    for (const aoo of await texts.due(now)) {
      await untilIntakeRests(deps, signal);
      if (signal.aborted) break;
      done += await texts.queue(aoo);
      done += await extractTexts(aoo, deps, signal);
    }
    return done;
  };
  const job = startJob(async (signal) => {
    signal.addEventListener('abort', stopReading);
    for (let failures = 0; !signal.aborted; ) {
      try {
        const done = await round(signal);
        failures = 0;
        if (done === 0) await pause(everyMs, signal);
      } catch (error) {
        failures += 1;
        log.warn({ failures, reason: errorMessage(error) }, 'texts of documents could not be read for now');
        await pause(Math.min(MOST_PAUSE_MS, everyMs * 2 ** Math.min(failures, 6)), signal);
      }
    }
  });
  return { stop: () => job.stop() };
}
