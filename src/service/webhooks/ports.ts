import type { WebhookOutcome } from '../../domain/delivery/webhook.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import type { AuditEntry, NewTask } from '../register/store.ts';

export type WebhookState = 'active' | 'paused';
export type PauseReason = 'person' | 'gone' | 'unreachable' | 'refusing';

/** Who is told of an office's events. */
export interface Webhook {
  readonly aoo: AooId;
  readonly webhookId: string;
  readonly url: string;
  /** Types of events that are wanted; empty: all. */
  readonly types: readonly string[];
  readonly state: WebhookState;
  readonly pauseReason: PauseReason | null;
  /** Sealed. */
  readonly secret: string;
  /** The one before it, sealed: it signs too until `previousUntil`. */
  readonly previousSecret: string | null;
  readonly previousUntil: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly version: number;
  /** Everything up to here is delivered, dead or not wanted. */
  readonly seq: number;
  /** Attempts in a row that the receiver did not take, and since when. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** Nothing new is tried before. */
  readonly dueAt: Date;
  readonly lastAt: Date | null;
  /** `204`, `timeout`; null before the first attempt. */
  readonly lastOutcome: string | null;
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** An event that was tried for a subscription. */
export interface Delivery {
  readonly seq: number;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When it is tried again, where it waits. */
  readonly dueAt: Date;
  readonly lastOutcome: string;
}

export type WebhookChange = Partial<
  Pick<
    Webhook,
    'state' | 'pauseReason' | 'secret' | 'previousSecret' | 'previousUntil' | 'failures' | 'failingSince' | 'dueAt'
  >
>;

/** What one attempt, or passing over unwanted events, has changed. */
export interface Progress {
  /** Null: nothing was tried. */
  readonly delivery: Delivery | null;
  readonly webhook: WebhookChange & Partial<Pick<Webhook, 'seq' | 'lastAt' | 'lastOutcome'>>;
  /** What a person has to know, and where it is more than a record, what there is to do. */
  readonly audit: AuditEntry | null;
  readonly task: NewTask | null;
}

export interface WebhookStore {
  /**
   * Commands are carried out under the office's lock, once under a key: with one that was used before for the same
   * command nothing is changed, and the answer is as it was; `other`: it was used for another command. Of a webhook that
   * was answered before, the secret is there for as long as it has it; else it is empty.
   *
   * `repeated`: this key has made that one before; `full`: the office has `most` of them.
   */
  create(
    webhook: Webhook,
    most: number,
    key: CommandKey | null,
    audit: AuditEntry,
  ): Promise<
    { readonly outcome: 'created' | 'repeated'; readonly webhook: Webhook } | { readonly outcome: 'full' | 'other' }
  >;
  /** Those that are not removed, the oldest first. */
  list(aoo: AooId): Promise<readonly Webhook[]>;
  one(aoo: AooId, webhookId: string): Promise<Webhook | null>;
  /**
   * Resumed, its task of having been paused is done. `decide` sees it as it is; null changes nothing. Null: there is none
   * such; `stale`: it is not at `version`.
   */
  change(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null; readonly version: number | null },
    decide: (webhook: Webhook) => { readonly change: WebhookChange; readonly audit: AuditEntry } | null,
  ): Promise<{ readonly outcome: 'done'; readonly webhook: Webhook } | { readonly outcome: 'other' | 'stale' } | null>;
  /** Removed for good, its secrets forgotten, its tasks closed. */
  remove(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null },
    audit: AuditEntry,
  ): Promise<'removed' | 'unknown' | 'other'>;
  /** By `seq`, ascending, after `after`. */
  deliveries(
    aoo: AooId,
    webhookId: string,
    asked: { readonly state: DeliveryState | null; readonly after: number; readonly limit: number },
  ): Promise<readonly Delivery[]>;
  /**
   * Dead letters wait again from `at` on; all of them where `seq` is null. Gives how many; audited where any. With the last
   * of them the task about them is done. Null: there is no such webhook, or no such delivery.
   */
  replay(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey | null; readonly seq: number | null },
    audit: AuditEntry,
  ): Promise<number | 'other' | null>;
  /**
   * A test under a key: `begun` under this id, and nobody else is at it until `until`; a crash leaves it to whoever
   * comes after that, under the same id. `busy`: somebody is at it; else what came of it before. `tested` keeps that.
   */
  beginTest(
    aoo: AooId,
    webhookId: string,
    options: { readonly at: Date; readonly key: CommandKey; readonly until: Date; readonly testId: string },
  ): Promise<{ readonly begun: string } | 'busy' | 'other' | 'unknown' | Tried>;
  tested(
    aoo: AooId,
    key: CommandKey,
    at: Date,
    done: { readonly webhookId: string; readonly testId: string; readonly tried: Tried },
  ): Promise<void>;

  /**
   * Active ones with something to deliver and due, of this office (null: of any), leased to `owner` for `seconds`; the
   * one that has waited longest first.
   */
  lease(owner: string, aoo: AooId | null, at: Date, limit: number, seconds: number): Promise<readonly Webhook[]>;
  /** Dead letters to be replayed and due: behind the place where the subscription stands. */
  replays(aoo: AooId, webhookId: string, at: Date, limit: number): Promise<readonly Delivery[]>;
  delivery(aoo: AooId, webhookId: string, seq: number): Promise<Delivery | null>;
  /** What has become of it since: `lost` where another has the lease by now, and nothing was written. */
  progress(
    owner: string,
    aoo: AooId,
    webhookId: string,
    at: Date,
    progress: Progress,
  ): Promise<WebhookState | 'removed' | 'lost'>;
  /** Gives the lease back. */
  release(owner: string, aoo: AooId, webhookId: string): Promise<void>;
  /** The first moment after `at` at which something is due again or a lease runs out. */
  nextDue(at: Date): Promise<Date | null>;
  /** Forgets deliveries that succeeded before. */
  forget(before: Date, limit: number): Promise<number>;
  /** Calls back with an office ('': any) in which there is new work apart from news. */
  onWork(listener: (aoo: AooId | '') => void): Promise<() => Promise<void>>;
}

/** What came of a test. */
export interface Tried {
  readonly eventId: string;
  readonly delivered: boolean;
  /** `204`, `timeout` */
  readonly outcome: string;
  readonly milliseconds: number;
}

export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The way to the subscribers. */
export interface WebhookEndpoint {
  /** Why this address can never be told of anything, Italian; null: it can be tried. */
  refusal(url: string): string | null;
  /** Never rejects. */
  post(post: WebhookPost, signal: AbortSignal): Promise<WebhookOutcome>;
  close(): void;
}

/** Signs what is sent with the node's key (ModI INTEGRITY_REST). */
export interface WebhookSigner {
  sign(
    request: { readonly url: string; readonly body: Buffer; readonly contentType: string; readonly tokenId: string },
    at: Date,
  ): Promise<Readonly<Record<string, string>>>;
}
