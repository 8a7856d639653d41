import type { AooId } from '../../kernel/ids.ts';

export type WebhookState = 'active' | 'paused';
export type PauseReason = 'person' | 'gone' | 'unreachable' | 'refusing';

/** A subscriber to an office's events. */
export interface Webhook {
  readonly aoo: AooId;
  readonly webhookId: string;
  readonly url: string;
  /** Types of the events it wants; empty: all. */
  readonly types: readonly string[];
  readonly state: WebhookState;
  readonly pauseReason: PauseReason | null;
  /** Sealed. */
  readonly secret: string;
  /** The secret before it, sealed. Both sign until `previousUntil`. */
  readonly previousSecret: string | null;
  readonly previousUntil: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly version: number;
  /** The last event that is delivered, dead or not wanted. */
  readonly seq: number;
  /** Consecutive attempts that failed, and since when. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** No new event is tried before. */
  readonly dueAt: Date;
  readonly lastAt: Date | null;
  /** `204`, `timeout`; null before the first attempt. */
  readonly lastOutcome: string | null;
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** An event that a subscriber was sent at least once. */
export interface Delivery {
  readonly seq: number;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When it is tried again, if it is waiting. */
  readonly dueAt: Date;
  readonly lastOutcome: string;
}

export type WebhookChange = Partial<
  Pick<
    Webhook,
    'state' | 'pauseReason' | 'secret' | 'previousSecret' | 'previousUntil' | 'failures' | 'failingSince' | 'dueAt'
  >
>;

/** The outcome of a test. */
export interface TestResult {
  readonly eventId: string;
  readonly delivered: boolean;
  /** `204`, `timeout` */
  readonly outcome: string;
  readonly milliseconds: number;
}
