import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_KINDS, SearchIndexBuilder } from '../../domain/index/search-index.ts';
import { Searcher, type SearchHit, type SearchQuestion } from '../../domain/index/search-query.ts';
import type { Log } from '../../kernel/log.ts';
import type { IndexEntries } from './ports.ts';

/** The index in memory, built in the background and built again when an import has changed the one in the database. */
export interface SearchEngine {
  /** Waits for the first index where there is none yet; later the one at hand answers while a new one is made. */
  find(question: SearchQuestion): Promise<readonly SearchHit[]>;
  stop(): Promise<void>;
}

/** Work that others wait for is done in slices of this length. */
const SLICE_MS = 10;
/** Several imports in a row (bodies, AOOs, offices) make one new index. */
const QUIET_MS = 1_000;
const RETRY_MS = 10_000;

/** Rejects when `signal` aborts. */
export async function buildSearcher(entries: Pick<IndexEntries, 'searchRows'>, signal: AbortSignal): Promise<Searcher> {
  const builder = new SearchIndexBuilder();
  let until = performance.now() + SLICE_MS;
  const pause = async (): Promise<void> => {
    if (performance.now() < until) return;
    await breathe();
    signal.throwIfAborted();
    until = performance.now() + SLICE_MS;
  };
  for (const kind of SEARCH_KINDS) {
    for await (const rows of entries.searchRows(kind)) {
      signal.throwIfAborted();
      until = performance.now() + SLICE_MS;
      for (const [number, row] of rows.entries()) {
        builder.add(row);
        if (number % 100 === 0) await pause();
      }
    }
  }
  const finishing = builder.finish();
  for (;;) {
    const { done, value } = finishing.next();
    if (done) return new Searcher(value);
    await pause();
  }
}

export interface SearchEngineDeps {
  readonly entries: Pick<IndexEntries, 'searchRows' | 'onChanged'>;
  readonly log: Log;
  /** Begin at once, not with the first question. */
  readonly eager: boolean;
}

export async function startSearchEngine({ entries, log, eager }: SearchEngineDeps): Promise<SearchEngine> {
  const stopping = new AbortController();
  let searcher: Searcher | null = null;
  let building: Promise<Searcher> | null = null;
  let again = false;

  const build = async (): Promise<Searcher> => {
    for (;;) {
      again = false;
      const started = performance.now();
      const fresh = await buildSearcher(entries, stopping.signal);
      searcher = fresh;
      log.info({ entries: fresh.size, ms: Math.round(performance.now() - started) }, 'search index ready');
      if (!again) return fresh;
      await sleep(QUIET_MS, undefined, { signal: stopping.signal });
    }
  };
  const ensure = (): Promise<Searcher> => {
    building ??= build().finally(() => {
      building = null;
    });
    return building;
  };
  const refresh = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await sleep(QUIET_MS, undefined, { signal: stopping.signal });
        await ensure();
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.warn({ err: error }, 'the search index could not be built');
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const unsubscribe = await entries.onChanged((what) => {
    if (what === 'layer') return;
    if (building !== null) again = true;
    else if (searcher !== null || eager) void refresh();
  });
  if (eager) ensure().catch(() => void refresh());
  return {
    find: async (question) => (searcher ?? (await ensure())).find(question),
    async stop() {
      stopping.abort();
      await unsubscribe();
      await building?.catch(() => undefined);
    },
  };
}
