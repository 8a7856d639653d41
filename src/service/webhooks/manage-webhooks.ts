/** Webhooks are created, read, paused, resumed, tested and removed; their secrets are rotated. */
import { randomBytes } from 'node:crypto';
import { isDelivered, outcomeWord } from '../../domain/delivery/webhook.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { EventFeed } from '../events/feed.ts';
import { type Call, commandKeyOf, type ExpectedVersion } from '../register/idempotent-command.ts';
import type { Delivery, DeliveryState, TestResult, Webhook, WebhookChange } from './webhook.ts';
import type { WebhookEndpoint } from './webhook-endpoint.ts';
import { type PostParts, secretContext, signedPost, testMessage, urlWithoutQuery } from './webhook-post.ts';
import type { WebhookRecord, WebhookStore } from './webhook-store.ts';

export interface WebhookDeps extends PostParts {
  readonly webhooks: WebhookStore;
  readonly endpoint: WebhookEndpoint;
  readonly feed: Pick<EventFeed, 'after' | 'last'>;
  readonly clock: Clock;
}

/** An office needs a few. Many would be a mistake, and a load on the workers. */
const MAX_PER_OFFICE = 20;
/** The previous secret still signs for this long, so that the receiver has time to change it. */
const PREVIOUS_SECRET_SECONDS = 24 * 3600;

export interface WebhookRequest {
  readonly url: string;
  /** Empty: every event. */
  readonly types: readonly string[];
  /** Delivers the events after this one; null: those that happen from now on. */
  readonly after: number | null;
}

/** The secret is shown at creation and rotation, and never again. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

export async function createWebhook(
  aoo: AooId,
  request: WebhookRequest,
  call: Call,
  deps: WebhookDeps,
): Promise<Result<WithSecret & { readonly repeated: boolean }>> {
  const wrong = deps.endpoint.refusal(request.url);
  if (wrong !== null) return refuse(problem('webhook-address', 'url', wrong));
  const last = await deps.feed.last(aoo);
  if (request.after !== null && request.after > last) return refuse(problem('webhook-position', 'after', String(last)));
  const at = deps.clock.now();
  const webhookId = uuidv7(at);
  const secret = newSecret();
  const sealed = deps.secrets.seal(secret, secretContext(aoo, webhookId));
  if (!sealed.ok) return sealed;
  const fresh = freshWebhook(aoo, webhookId, request, { sealed: sealed.value, by: call.by, at, last });
  const data = { url: urlWithoutQuery(request.url), types: request.types, after: fresh.seq, by: call.by };
  const audit = { action: 'webhook-created', subject: webhookId, data };
  const made = await deps.webhooks.create(fresh, MAX_PER_OFFICE, commandKeyOf(call), { audit });
  if (!('webhook' in made)) {
    return made.outcome === 'full'
      ? refuse(problem('webhook-too-many', '', String(MAX_PER_OFFICE)))
      : refuse(problem('idempotency-key-reused'));
  }
  const known = secretOf(made.webhook, deps);
  return known.ok ? ok({ webhook: made.webhook, secret: known.value, repeated: made.outcome === 'repeated' }) : known;
}

/** 256 random bits. The bytes of this text are the key of the HMAC. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64url')}`;

/** The secret of an earlier answer is gone once the webhook was removed or its secret was rotated twice. */
const secretOf = ({ aoo, webhookId, secret }: Webhook, { secrets }: WebhookDeps): Result<string> =>
  secret === '' ? refuse(problem('version-conflict')) : secrets.open(secret, secretContext(aoo, webhookId));

function freshWebhook(
  aoo: AooId,
  webhookId: string,
  { url, types, after }: WebhookRequest,
  { sealed, by, at, last }: { sealed: string; by: string; at: Date; last: number },
): Webhook {
  return {
    aoo,
    webhookId,
    url,
    types: [...new Set(types)],
    state: 'active',
    pauseReason: null,
    secret: sealed,
    previousSecret: null,
    previousUntil: null,
    createdBy: by,
    createdAt: at,
    version: 1,
    seq: after ?? last,
    failures: 0,
    failingSince: null,
    dueAt: at,
    lastAt: null,
    lastOutcome: null,
  };
}

export const listWebhooks = (aoo: AooId, { webhooks }: Pick<WebhookDeps, 'webhooks'>): Promise<readonly Webhook[]> =>
  webhooks.list(aoo);

export async function readWebhook(
  aoo: AooId,
  webhookId: string,
  { webhooks }: Pick<WebhookDeps, 'webhooks'>,
): Promise<Result<Webhook>> {
  const found = await webhooks.one(aoo, webhookId);
  return found === null ? refuse(problem('not-found')) : ok(found);
}

type About = readonly [aoo: AooId, webhookId: string];

/** Nothing is sent until it is resumed. It keeps its place. */
export const pauseWebhook = (...[about, expected, call, deps]: Command): Promise<Result<Webhook>> =>
  change(about, 'webhook-paused', expected, call, deps, (webhook) =>
    webhook.state === 'paused' ? null : { state: 'paused', pauseReason: 'person' },
  );

/** Goes on at once from where it stood. */
export const resumeWebhook = (...[about, expected, call, deps]: Command): Promise<Result<Webhook>> =>
  change(
    about,
    'webhook-resumed',
    expected,
    call,
    deps,
    (webhook) =>
      webhook.state === 'active'
        ? null
        : { state: 'active', pauseReason: null, failures: 0, failingSince: null, dueAt: deps.clock.now() },
    { codes: ['webhook-paused'], outcome: 'resumed' },
  );

type Command = [about: About, expected: ExpectedVersion, call: Call, deps: WebhookDeps];

/** The previous secret still signs for a day. */
export async function rotateSecret(...[about, expected, call, deps]: Command): Promise<Result<WithSecret>> {
  const sealed = deps.secrets.seal(newSecret(), secretContext(...about));
  if (!sealed.ok) return sealed;
  const previousUntil = new Date(deps.clock.now().getTime() + PREVIOUS_SECRET_SECONDS * 1000);
  const changed = await change(about, 'webhook-secret-changed', expected, call, deps, (webhook) => ({
    secret: sealed.value,
    previousSecret: webhook.secret,
    previousUntil,
  }));
  if (!changed.ok) return changed;
  const secret = secretOf(changed.value, deps);
  return secret.ok ? ok({ webhook: changed.value, secret: secret.value }) : secret;
}

async function change(
  [aoo, webhookId]: About,
  action: string,
  { version }: ExpectedVersion,
  call: Call,
  { webhooks, clock }: WebhookDeps,
  decide: (webhook: Webhook) => WebhookChange | null,
  settles?: WebhookRecord['settles'],
): Promise<Result<Webhook>> {
  const options = { at: clock.now(), key: commandKeyOf(call), version };
  const changed = await webhooks.change(aoo, webhookId, options, (webhook) => {
    const decided = decide(webhook);
    const audit = { action, subject: webhookId, data: { url: urlWithoutQuery(webhook.url), by: call.by } };
    return decided === null ? null : { change: decided, record: { audit, ...(settles !== undefined && { settles }) } };
  });
  if (changed === null) return refuse(problem('not-found'));
  if (changed.outcome === 'done') return ok(changed.webhook);
  return refuse(problem(changed.outcome === 'stale' ? 'version-conflict' : 'idempotency-key-reused'));
}

/** For good: its secrets are forgotten. A post under way may still arrive. */
export async function removeWebhook([aoo, webhookId]: About, call: Call, deps: WebhookDeps): Promise<Result<null>> {
  const audit = { action: 'webhook-removed', subject: webhookId, data: { by: call.by } };
  const options = { at: deps.clock.now(), key: commandKeyOf(call) };
  const settles = { codes: ['webhook-paused', 'webhook-dead'], outcome: 'removed' } as const;
  const removed = await deps.webhooks.remove(aoo, webhookId, options, { audit, settles });
  if (removed === 'removed') return ok(null);
  return refuse(problem(removed === 'other' ? 'idempotency-key-reused' : 'not-found'));
}

/** Longer than any test takes. */
const TEST_RESERVED_MS = 60_000;

/**
 * Sends an event of type `test` at once, also to a paused webhook, and never repeats it. Under an idempotency key the test
 * is recorded before it is sent, so that a repeat gets its result or learns that it is still under way.
 */
export async function testWebhook(
  [aoo, webhookId]: About,
  call: Call,
  deps: WebhookDeps,
  signal: AbortSignal,
): Promise<Result<TestResult>> {
  const key = commandKeyOf(call);
  const at = deps.clock.now();
  let testId = uuidv7(at);
  if (key !== null) {
    const until = new Date(at.getTime() + TEST_RESERVED_MS);
    const begun = await deps.webhooks.beginTest(aoo, webhookId, { key, at, until, testId });
    if (typeof begun === 'string') return refuse(problem(NOT_BEGUN[begun]));
    if (!('begun' in begun)) return ok(begun);
    testId = begun.begun;
  }
  const found = await readWebhook(aoo, webhookId, deps);
  if (!found.ok) return found;
  const message = testMessage(found.value, testId, at);
  const post = await signedPost(found.value, message, at, deps);
  if (!post.ok) return post;
  const outcome = await deps.endpoint.post(post.value, signal);
  const now = deps.clock.now();
  const milliseconds = now.getTime() - at.getTime();
  const { eventId } = message;
  const result = { eventId, delivered: isDelivered(outcome), outcome: outcomeWord(outcome), milliseconds };
  if (key !== null) await deps.webhooks.recordTest(aoo, key, now, { webhookId, testId, result });
  return ok(result);
}

const NOT_BEGUN = {
  busy: 'command-in-progress',
  other: 'idempotency-key-reused',
  unknown: 'not-found',
} as const;

export async function listDeliveries(
  about: About,
  query: { readonly state: DeliveryState | null; readonly after: number; readonly limit: number },
  deps: Pick<WebhookDeps, 'webhooks'>,
): Promise<Result<readonly Delivery[]>> {
  const found = await readWebhook(...about, deps);
  return found.ok ? ok(await deps.webhooks.deliveries(...about, query)) : found;
}

/**
 * Sends dead letters again, all of them when `seq` is null, besides the events in turn. A delivery that waits or succeeded
 * stays as it is, so a repeat does nothing.
 */
export async function replayDeliveries(
  [aoo, webhookId]: About,
  seq: number | null,
  call: Call,
  deps: WebhookDeps,
): Promise<Result<{ readonly replayed: number }>> {
  const audit = { action: 'webhook-replayed', subject: webhookId, data: { seq, by: call.by } };
  const options = { at: deps.clock.now(), key: commandKeyOf(call), seq };
  const settles = { codes: ['webhook-dead'], outcome: 'replayed' } as const;
  const replayed = await deps.webhooks.replay(aoo, webhookId, options, { audit, settles });
  if (replayed === null) return refuse(problem('not-found'));
  return replayed === 'other' ? refuse(problem('idempotency-key-reused')) : ok({ replayed });
}
