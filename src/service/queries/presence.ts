/** Who is looking at something. It informs and locks nothing: what counts is the version that each act compares. */
import type { AooId } from '../../kernel/ids.ts';

/** A page that is open before somebody. */
export interface PresenceBeat {
  readonly aoo: AooId;
  /** What it shows: the id of an exchange, or `2026/0001234`. */
  readonly about: string;
  /** Made by the page when it is opened. */
  readonly page: string;
  readonly personId: string;
  readonly name: string;
  /** There is text that has not been sent. */
  readonly isWriting: boolean;
}

export interface Looking {
  readonly about: string;
  readonly name: string;
  readonly isWriting: boolean;
}

/** Beats come every half minute; whoever misses two has gone. */
export const PRESENCE_SECONDS = 60;

export interface Presence {
  /** Whoever waits for events is told where somebody has come, or has begun or ended to write. */
  beat(beat: PresenceBeat): Promise<void>;
  /** Pages of others stay. */
  leave(page: Pick<PresenceBeat, 'aoo' | 'about' | 'page' | 'personId'>): Promise<void>;
  /** Of other persons than this one, by name. */
  others(aoo: AooId, about: readonly string[], personId: string): Promise<readonly Looking[]>;
}
