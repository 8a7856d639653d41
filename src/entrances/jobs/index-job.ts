/** Updates the index every night, and at once from sources that were never fetched. */
import { legalTime } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { type FetchDeps, fetchIndex } from '../../service/index/fetch-index.ts';
import { type Job, pause, startJob } from './job.ts';

export interface IndexJobOptions {
  /** Fetched in this order. */
  readonly urls: readonly string[];
  /** `hh:mm`, Italian legal time. */
  readonly time: string;
  /** Largest share of rows (0 to 1) that may vanish in one night. */
  readonly shrinkLimit: number;
}

export interface IndexJobDeps extends FetchDeps {
  readonly log: Log;
  /** Milliseconds between two looks at the clock. */
  readonly tickMs?: number;
}

/** Between two attempts in one night. */
const RETRY_TICKS = 10;
const MAX_ATTEMPTS = 6;

export function startIndexJob(options: IndexJobOptions, deps: IndexJobDeps): Job {
  const tickMs = deps.tickMs ?? 60_000;
  return startJob(async (signal) => {
    let waiting = await neverFetched(options.urls, deps);
    let attempts = 0;
    let wait = 0;
    // A start later in the day does not fetch again what the night has fetched.
    let done = isDue(options, deps) ? today(deps) : '';
    while (!signal.aborted) {
      if (done !== today(deps) && isDue(options, deps)) {
        done = today(deps);
        waiting = [...options.urls];
        attempts = 0;
        wait = 0;
      }
      if (waiting.length > 0 && wait-- <= 0) {
        waiting = await fetchAll(waiting, options, deps, signal);
        attempts += 1;
        wait = RETRY_TICKS;
        if (attempts >= MAX_ATTEMPTS) waiting = [];
      }
      await pause(tickMs, signal);
    }
  });
}

const today = ({ clock }: IndexJobDeps): string => legalTime(clock.now()).date;
const isDue = ({ time }: IndexJobOptions, { clock }: IndexJobDeps): boolean =>
  legalTime(clock.now()).time.slice(0, 5) >= time;

async function neverFetched(urls: readonly string[], { index, log }: IndexJobDeps): Promise<string[]> {
  const found: string[] = [];
  for (const url of urls) {
    try {
      const known = await index.download(url);
      if (known === null || (known.etag === null && known.lastModified === null)) found.push(url);
    } catch (error) {
      log.warn({ url, reason: errorMessage(error) }, 'index: earlier downloads could not be looked up');
    }
  }
  return found;
}

/** The addresses to try again. */
async function fetchAll(
  urls: readonly string[],
  { shrinkLimit }: IndexJobOptions,
  deps: IndexJobDeps,
  signal: AbortSignal,
): Promise<string[]> {
  const again: string[] = [];
  for (const url of urls) {
    if (signal.aborted) break;
    try {
      const result = await fetchIndex({ url, shrinkLimit }, deps, signal);
      if (!result.ok) again.push(url);
      report(url, result, deps.log);
    } catch (error) {
      again.push(url);
      deps.log.warn({ url, reason: errorMessage(error) }, 'index not imported');
    }
  }
  return again;
}

function report(url: string, result: Awaited<ReturnType<typeof fetchIndex>>, log: Log): void {
  if (!result.ok) log.warn({ url, reason: result.problem.message }, 'index not imported');
  else if (result.value.outcome === 'unchanged') log.info({ url }, 'index: not modified');
  else {
    const { importId, outcome, rows, added, changed, gone, bad, refusal } = result.value.report;
    const data = { url, importId, rows, added, changed, gone, bad };
    if (outcome === 'refused') log.error({ ...data, line: refusal?.line, reason: refusal?.reason }, 'index refused');
    else log.info(data, 'index imported');
  }
}
