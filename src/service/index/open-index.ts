import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { LayerDeps } from './layer.ts';
import { type LookUp, lookUp } from './look-up.ts';
import type { IndexEntries, IndexHistory, IndexLayer } from './ports.ts';
import { type RecipientRequest, type Resolution, resolveRecipient } from './resolve-recipient.ts';
import { startSearchEngine } from './search-engine.ts';

/** The index as the other use cases and the entrances use it. */
export interface AooIndex {
  readonly lookUp: LookUp;
  readonly entries: IndexEntries & IndexHistory;
  readonly layer: IndexLayer;
  readonly layerDeps: LayerDeps;
  resolve(request: RecipientRequest): Promise<Resolution>;
  stop(): Promise<void>;
}

export interface OpenIndexDeps {
  readonly entries: IndexEntries & IndexHistory;
  readonly layer: IndexLayer;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this node. */
  readonly node: string;
  /** Make the search index ready at once, not with the first question. */
  readonly eager: boolean;
}

export async function openIndex(deps: OpenIndexDeps): Promise<AooIndex> {
  const { entries, layer, clock, node } = deps;
  const search = await startSearchEngine(deps);
  return {
    lookUp: lookUp({ entries, layer, search, clock }),
    entries,
    layer,
    layerDeps: { layer, entries, clock, node },
    resolve: (request) => resolveRecipient(request, { entries, layer, search, clock }),
    stop: () => search.stop(),
  };
}
