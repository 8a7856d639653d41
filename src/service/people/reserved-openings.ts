import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';

/** Somebody was shown a page or given a file. */
export interface Opening {
  readonly personId: string;
  readonly person: string;
  readonly aoo: AooId;
  /** Of the browser. */
  readonly address: string;
  /** The path of the route, without what it names. */
  readonly page: string;
}

/** What an address named, whatever it may be. */
export interface NamedInAddress {
  readonly registrations: readonly { readonly register: string; readonly year: number; readonly number: number }[];
  /** Of exchanges or of mails. */
  readonly ids: readonly string[];
}

export interface ReservedOpenings {
  /**
   * Writes a row of the log for each of these that is reserved; of the others nothing is kept. `isAskedAgain`: by the page itself,
   * which somebody has left open; a row of the last minutes serves for it.
   */
  opened(opening: Opening, named: NamedInAddress, isAskedAgain?: boolean): Promise<void>;
}

export interface OpeningStore {
  /** `unlessSince`: not where the person has opened the same one since then; null: always. */
  logOpened(opening: Opening, named: NamedInAddress, at: Date, unlessSince: Date | null): Promise<void>;
}

const SAME_OPENING_MS = 10 * 60_000;

export const reservedOpenings = (store: OpeningStore, clock: Clock): ReservedOpenings => ({
  async opened(opening, named, isAskedAgain = false) {
    if (named.registrations.length + named.ids.length === 0) return;
    const at = clock.now();
    await store.logOpened(opening, named, at, isAskedAgain ? new Date(at.getTime() - SAME_OPENING_MS) : null);
  },
});
