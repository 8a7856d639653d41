import type { AooId } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { AuditEntry, NewTask } from '../register/changes.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import type { Delivery, DeliveryState, TestResult, Webhook, WebhookChange, WebhookState } from './webhook.ts';

/** What a command records besides the webhook itself. */
export interface WebhookRecord {
  readonly audit: AuditEntry;
  /** Open tasks about the webhook that the command settles. */
  readonly settles?: { readonly codes: readonly TaskCode[]; readonly outcome: string };
}

/** What one attempt, or passing over unwanted events, has changed. */
export interface DeliveryProgress {
  /** Null: nothing was tried. */
  readonly delivery: Delivery | null;
  readonly webhook: WebhookChange & Partial<Pick<Webhook, 'seq' | 'lastAt' | 'lastOutcome'>>;
  readonly audit: AuditEntry | null;
  /** What a person has to do about it. Not opened when a person has stopped the webhook meanwhile. */
  readonly task: NewTask | null;
}

/**
 * Commands run under the office's lock, and once under an idempotency key: a repeat changes nothing and gets the first
 * answer, without the secret if the webhook no longer has it. `other`: the key was used for a different command.
 */
export interface WebhookCommands {
  /** `repeated`: this key has created the webhook before. `full`: the office has `most` webhooks. */
  create(
    webhook: Webhook,
    most: number,
    key: CommandKey | null,
    record: WebhookRecord,
  ): Promise<
    { readonly outcome: 'created' | 'repeated'; readonly webhook: Webhook } | { readonly outcome: 'full' | 'other' }
  >;
  /** `decide` sees the webhook as it is; its null changes nothing. Null: no such webhook. `stale`: it is not at `version`. */
  change(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null; readonly version: number | null },
    decide: (webhook: Webhook) => { readonly change: WebhookChange; readonly record: WebhookRecord } | null,
  ): Promise<{ readonly outcome: 'done'; readonly webhook: Webhook } | { readonly outcome: 'other' | 'stale' } | null>;
  /** Removes it for good and forgets its secrets. */
  remove(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null },
    record: WebhookRecord,
  ): Promise<'removed' | 'unknown' | 'other'>;
  /**
   * Makes dead letters wait again from `at` on; all of them when `seq` is null. Resolves with their number, which the audit
   * entry gets too. `record.settles` applies once no dead letter is left. Null: no such webhook, or no such delivery.
   */
  replay(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null; readonly seq: number | null },
    record: WebhookRecord,
  ): Promise<number | 'other' | null>;
}

export interface WebhookReading {
  /** Those that are not removed, the oldest first. */
  list(aoo: AooId): Promise<readonly Webhook[]>;
  one(aoo: AooId, webhookId: string): Promise<Webhook | null>;
  /** Those with `seq` > `after`, ascending. */
  deliveries(
    aoo: AooId,
    webhookId: string,
    query: { readonly state: DeliveryState | null; readonly after: number; readonly limit: number },
  ): Promise<readonly Delivery[]>;
  delivery(aoo: AooId, webhookId: string, seq: number): Promise<Delivery | null>;
}

/** A test is posted with nothing locked: its beginning is recorded before, its result afterwards. */
export interface WebhookTests {
  /**
   * Begins a test under a key and reserves it until `until`; a test whose process died may be begun again after that, under
   * the same id. `busy`: somebody is testing under this key. A TestResult: the test is over, and this came of it.
   */
  beginTest(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey; readonly until: Date; readonly testId: string },
  ): Promise<{ readonly begun: string } | 'busy' | 'other' | 'unknown' | TestResult>;
  recordTest(
    aoo: AooId,
    key: CommandKey,
    at: Date,
    test: { readonly webhookId: string; readonly testId: string; readonly result: TestResult },
  ): Promise<void>;
}

/** The worker that holds the lease of a webhook is the only one that posts to it. */
export interface WebhookLeases {
  /**
   * Leases to `owner`, for `seconds`, active webhooks with something to deliver and due, of this office (null: of any); the
   * one that has waited longest first.
   */
  lease(owner: string, aoo: AooId | null, at: Date, limit: number, seconds: number): Promise<readonly Webhook[]>;
  /** Replayed dead letters that are due: events behind the webhook's place. */
  replays(aoo: AooId, webhookId: string, at: Date, limit: number): Promise<readonly Delivery[]>;
  /** The state of the webhook afterwards. `lost`: another worker has the lease by now, and nothing was written. */
  progress(
    owner: string,
    aoo: AooId,
    webhookId: string,
    at: Date,
    progress: DeliveryProgress,
  ): Promise<WebhookState | 'removed' | 'lost'>;
  release(owner: string, aoo: AooId, webhookId: string): Promise<void>;
  /** The first moment after `at` when something is due again or a lease runs out. */
  nextDue(at: Date): Promise<Date | null>;
  /** Forgets deliveries that succeeded before `before`. */
  forget(before: Date, limit: number): Promise<number>;
  /** Calls back with an office ('': any of them) that has new work other than events. */
  onWork(listener: (aoo: AooId | '') => void): Promise<() => Promise<void>>;
}

export interface WebhookStore extends WebhookCommands, WebhookReading, WebhookTests, WebhookLeases {}
