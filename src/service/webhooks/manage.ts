/** Who is told: subscriptions are made, looked at, paused, resumed, removed, tried; their secrets are changed. */
import { randomBytes } from 'node:crypto';
import { outcomeWord } from '../../domain/delivery/webhook.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { EventFeed } from '../events/feed.ts';
import { type Call, type Expected, keyOf } from '../register/idempotent-command.ts';
import { isDelivered, type PostParts, placeOf, postOf, secretContext, tellTest } from './payload.ts';
import type { Delivery, DeliveryState, Tried, Webhook, WebhookChange, WebhookEndpoint, WebhookStore } from './ports.ts';

export interface WebhookDeps extends PostParts {
  readonly webhooks: WebhookStore;
  readonly endpoint: WebhookEndpoint;
  readonly feed: Pick<EventFeed, 'after' | 'last'>;
  readonly clock: Clock;
}

/** Of one office. An office needs a few; many would be a mistake, and work for the workers. */
const MOST_PER_OFFICE = 20;
/** The secret before signs too for so long: time enough to change it at the receiver. */
const GRACE_SECONDS = 24 * 3600;

export interface WebhookWish {
  readonly url: string;
  /** Empty: every event. */
  readonly types: readonly string[];
  /** The first event told is the one after it; null: what happens from now on. */
  readonly after: number | null;
}

/** The secret is shown here and at its rotation, and never again. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

export async function createWebhook(
  aoo: AooId,
  wish: WebhookWish,
  call: Call,
  deps: WebhookDeps,
): Promise<Result<WithSecret & { readonly repeated: boolean }>> {
  const wrong = deps.endpoint.refusal(wish.url);
  if (wrong !== null) return refuse(problem('webhook-address', 'url', wrong));
  const last = await deps.feed.last(aoo);
  if (wish.after !== null && wish.after > last) return refuse(problem('webhook-position', 'after', String(last)));
  const at = deps.clock.now();
  const webhookId = uuidv7(at);
  const secret = newSecret();
  const sealed = deps.secrets.seal(secret, secretContext(aoo, webhookId));
  if (!sealed.ok) return sealed;
  const fresh = freshWebhook(aoo, webhookId, wish, { sealed: sealed.value, by: call.by, at, last });
  const data = { url: placeOf(wish.url), types: wish.types, after: fresh.seq, by: call.by };
  const made = await deps.webhooks.create(fresh, MOST_PER_OFFICE, keyOf(call), {
    action: 'webhook-created',
    subject: webhookId,
    data,
  });
  if (!('webhook' in made)) {
    return made.outcome === 'full'
      ? refuse(problem('webhook-too-many', '', String(MOST_PER_OFFICE)))
      : refuse(problem('idempotency-key-reused'));
  }
  const known = secretOf(made.webhook, deps);
  return known.ok ? ok({ webhook: made.webhook, secret: known.value, repeated: made.outcome === 'repeated' }) : known;
}

/** 256 bits. Its bytes as they are written are the key of the HMAC. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64url')}`;

/** One that was answered long ago is no longer there where the subscription is removed or has had others since. */
const secretOf = ({ aoo, webhookId, secret }: Webhook, { secrets }: WebhookDeps): Result<string> =>
  secret === '' ? refuse(problem('version-conflict')) : secrets.open(secret, secretContext(aoo, webhookId));

function freshWebhook(
  aoo: AooId,
  webhookId: string,
  { url, types, after }: WebhookWish,
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

/** Nothing is sent until it is resumed; it keeps its place. */
export const pauseWebhook = (...[about, expected, call, deps]: Command): Promise<Result<Webhook>> =>
  change(about, 'webhook-paused', expected, call, deps, (webhook) =>
    webhook.state === 'paused' ? null : { state: 'paused', pauseReason: 'person' },
  );

/** Goes on where it stood, at once. */
export const resumeWebhook = (...[about, expected, call, deps]: Command): Promise<Result<Webhook>> =>
  change(about, 'webhook-resumed', expected, call, deps, (webhook) =>
    webhook.state === 'active'
      ? null
      : { state: 'active', pauseReason: null, failures: 0, failingSince: null, dueAt: deps.clock.now() },
  );

type Command = [about: About, expected: Expected, call: Call, deps: WebhookDeps];

/** A new secret; the one before it signs too for a day. */
export async function rotateSecret(...[about, expected, call, deps]: Command): Promise<Result<WithSecret>> {
  const sealed = deps.secrets.seal(newSecret(), secretContext(...about));
  if (!sealed.ok) return sealed;
  const previousUntil = new Date(deps.clock.now().getTime() + GRACE_SECONDS * 1000);
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
  { version }: Expected,
  call: Call,
  { webhooks, clock }: WebhookDeps,
  decide: (webhook: Webhook) => WebhookChange | null,
): Promise<Result<Webhook>> {
  const options = { at: clock.now(), key: keyOf(call), version };
  const changed = await webhooks.change(aoo, webhookId, options, (webhook) => {
    const decided = decide(webhook);
    const audit = { action, subject: webhookId, data: { url: placeOf(webhook.url), by: call.by } };
    return decided === null ? null : { change: decided, audit };
  });
  if (changed === null) return refuse(problem('not-found'));
  if (changed.outcome === 'done') return ok(changed.webhook);
  return refuse(problem(changed.outcome === 'stale' ? 'version-conflict' : 'idempotency-key-reused'));
}

/** For good: its secrets are forgotten, what is under way is the last. */
export async function removeWebhook([aoo, webhookId]: About, call: Call, deps: WebhookDeps): Promise<Result<null>> {
  const audit = { action: 'webhook-removed', subject: webhookId, data: { by: call.by } };
  const options = { at: deps.clock.now(), key: keyOf(call) };
  const removed = await deps.webhooks.remove(aoo, webhookId, options, audit);
  if (removed === 'removed') return ok(null);
  return refuse(problem(removed === 'other' ? 'idempotency-key-reused' : 'not-found'));
}

/** Longer than any test takes. */
const TEST_MS = 60_000;

/**
 * Sends an event of type `test` at once and says what came of it; never repeated, also while paused. Under a key it is
 * one test: it is begun before it is sent, so that the same again gets its outcome or hears that it is under way.
 */
export async function tryWebhook(
  [aoo, webhookId]: About,
  call: Call,
  deps: WebhookDeps,
  signal: AbortSignal,
): Promise<Result<Tried>> {
  const key = keyOf(call);
  const at = deps.clock.now();
  let testId = uuidv7(at);
  if (key !== null) {
    const until = new Date(at.getTime() + TEST_MS);
    const begun = await deps.webhooks.beginTest(aoo, webhookId, { key, at, until, testId });
    if (typeof begun === 'string') return refuse(problem(NOT_BEGUN[begun]));
    if (!('begun' in begun)) return ok(begun);
    testId = begun.begun;
  }
  const found = await readWebhook(aoo, webhookId, deps);
  if (!found.ok) return found;
  const told = tellTest(found.value, testId, at);
  const post = await postOf(found.value, told, at, deps);
  if (!post.ok) return post;
  const outcome = await deps.endpoint.post(post.value, signal);
  const now = deps.clock.now();
  const milliseconds = now.getTime() - at.getTime();
  const { eventId } = told;
  const tried = { eventId, delivered: isDelivered(outcome), outcome: outcomeWord(outcome), milliseconds };
  if (key !== null) await deps.webhooks.tested(aoo, key, now, { webhookId, testId, tried });
  return ok(tried);
}

const NOT_BEGUN = {
  busy: 'command-in-progress',
  other: 'idempotency-key-reused',
  unknown: 'not-found',
} as const;

export async function listDeliveries(
  about: About,
  asked: { readonly state: DeliveryState | null; readonly after: number; readonly limit: number },
  deps: Pick<WebhookDeps, 'webhooks'>,
): Promise<Result<readonly Delivery[]>> {
  const found = await readWebhook(...about, deps);
  return found.ok ? ok(await deps.webhooks.deliveries(...about, asked)) : found;
}

/**
 * Dead letters are sent again, besides what is in turn; all of them where `seq` is null. One that waits or was delivered
 * stays as it is: the same again does nothing more.
 */
export async function replayDeliveries(
  [aoo, webhookId]: About,
  seq: number | null,
  call: Call,
  deps: WebhookDeps,
): Promise<Result<{ readonly replayed: number }>> {
  const audit = { action: 'webhook-replayed', subject: webhookId, data: { seq, by: call.by } };
  const options = { at: deps.clock.now(), key: keyOf(call), seq };
  const replayed = await deps.webhooks.replay(aoo, webhookId, options, audit);
  if (replayed === null) return refuse(problem('not-found'));
  return replayed === 'other' ? refuse(problem('idempotency-key-reused')) : ok({ replayed });
}
