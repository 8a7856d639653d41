import type { AooId } from '../../kernel/ids.ts';

/**
 * Something that happened in an office. `seq` counts the office's events from 1 without gaps, in the order of their commits:
 * a reader that asks for what comes after the last one it saw misses nothing.
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
  /** The kept mail that brought it. */
  readonly mailId: string | null;
  readonly taskId: string | null;
  /** The webhook that the task is about. */
  readonly webhookId: string | null;
}

export interface EventFeed {
  /** Events of an office with `seq` > `after`, ascending. */
  after(aoo: AooId, seq: number, limit: number): Promise<readonly FeedEvent[]>;
  /** The last `seq` of an office; 0 before the first. */
  last(aoo: AooId): Promise<number>;
  /** Calls back with an office that has new events; '': any may. Several events may give one call. Resolves with a function that ends it. */
  onEvents(listener: (aoo: AooId) => void): Promise<() => Promise<void>>;
}
