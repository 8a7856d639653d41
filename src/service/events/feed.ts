import type { AooId } from '../../kernel/ids.ts';

/**
 * One thing that happened in an office. `seq` counts the office's events from 1 without a gap, in the order in which they
 * were committed: whoever has read up to one misses nothing by asking for what comes after it.
 */
export interface FeedEvent {
  readonly aoo: AooId;
  readonly seq: number;
  /** ISO time. */
  readonly at: string;
  /** `received`, `receipt-avvenuta-consegna`, `confirmation`, `registered`, `task-opened` … */
  readonly type: string;
  readonly exchangeId: string | null;
  readonly direction: 'incoming' | 'outgoing' | null;
  /** Version of the exchange after the event. */
  readonly version: number | null;
  /** The kept mail that brought it, where one did. */
  readonly mailId: string | null;
  readonly taskId: string | null;
  /** The webhook that task is about. */
  readonly webhookId: string | null;
}

export interface EventFeed {
  /** Events of an office with `seq` > `after`, ascending. */
  after(aoo: AooId, seq: number, limit: number): Promise<readonly FeedEvent[]>;
  /** The last `seq` of an office; 0 before the first. */
  last(aoo: AooId): Promise<number>;
  /** Calls back with an office that has news; many calls may become one. Resolves with the way to end it. */
  onNews(listener: (aoo: AooId) => void): Promise<() => Promise<void>>;
}
