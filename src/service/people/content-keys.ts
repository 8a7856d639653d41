/** The keys that open contents, for the head of document management: what was made since they last looked. */
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { AccessLog } from './access-log.ts';
import type { DeskCaller } from './caller.ts';

export interface ContentKeyLine {
  readonly entryId: string;
  readonly at: Date;
  readonly by: string;
  readonly credential: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly until: string | null;
  readonly revokedAt: Date | null;
}

export interface ContentKeys {
  /** Those that no head has seen, the newest first. */
  unseen(aoo: AooId): Promise<readonly ContentKeyLine[]>;
  count(aoo: AooId): Promise<number>;
  /** That it was seen is a line of the log, too. Of two heads, one is enough. */
  see(caller: DeskCaller, entryId: string, address: string): Promise<Result<ContentKeyLine>>;
}

export interface ContentKeyStore {
  unseenContentKeys(aoo: AooId, limit: number): Promise<readonly ContentKeyLine[]>;
}

/** Keys are made a few times a year. */
const MOST = 100;

export const openContentKeys = (store: ContentKeyStore, accessLog: AccessLog): ContentKeys => ({
  unseen: (aoo) => store.unseenContentKeys(aoo, MOST),
  count: async (aoo) => (await store.unseenContentKeys(aoo, MOST)).length,
  async see({ aoo, personId, name: person }, entryId, address) {
    const found = aoo === null ? [] : await store.unseenContentKeys(aoo, MOST);
    const line = found.find((one) => one.entryId === entryId);
    if (line === undefined) return refuse(problem('not-found'));
    const data = { entry: entryId, credential: line.credential, name: line.name };
    await accessLog.record('content-key-seen', { personId, person, aoo, address, data });
    return ok(line);
  },
});
