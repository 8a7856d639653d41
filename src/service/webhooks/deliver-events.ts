/**
 * A worker's turn with one webhook. The lease makes its events go out one after the other. Each event is posted with
 * nothing locked, and progress is written after each; a crash in between posts the same event again under the same id.
 */
import {
  judgeAttempt,
  outcomeSentence,
  outcomeWord,
  type WebhookOutcome,
  type WebhookVerdict,
} from '../../domain/delivery/webhook.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { WEBHOOK_PAUSED } from '../../kernel/webhook-problems.ts';
import type { FeedEvent } from '../events/feed.ts';
import type { AuditEntry, NewTask } from '../register/changes.ts';
import type { WebhookDeps } from './manage-webhooks.ts';
import type { Delivery, Webhook } from './webhook.ts';
import { eventMessage, signedPost, urlWithoutQuery } from './webhook-post.ts';
import type { DeliveryProgress } from './webhook-store.ts';

export interface DeliverDeps extends WebhookDeps {
  readonly owner: string;
  /** 0 to 1; spreads the retries. */
  readonly random: () => number;
  readonly log: Log;
}

/** Longer than a turn plus the slowest post at its end, so that a living worker does not lose its lease. */
export const LEASE_SECONDS = 60;
const TURN_SECONDS = 20;
const PAGE = 64;
const REPLAYS = 16;

export const leaseWebhooks = (aoo: AooId | null, limit: number, deps: DeliverDeps): Promise<readonly Webhook[]> =>
  deps.webhooks.lease(deps.owner, aoo, deps.clock.now(), limit, LEASE_SECONDS);

/** Where the webhook stands, as its worker knows it. */
interface Standing {
  readonly seq: number;
  readonly failures: number;
  readonly failingSince: Date | null;
}

/**
 * Delivers until nothing is left, something fails, or the turn is over. True: there is more to do at once. `signal`: no
 * further event is begun; `abort`: the one under way is given up too, and repeated later.
 */
export async function takeTurn(
  webhook: Webhook,
  deps: DeliverDeps,
  { signal, abort }: { readonly signal: AbortSignal; readonly abort: AbortSignal },
): Promise<boolean> {
  const ends = deps.clock.now().getTime() + TURN_SECONDS * 1000;
  const goesOn = () => !signal.aborted && deps.clock.now().getTime() < ends;
  const turn: Turn = { webhook, deps, abort, goesOn };
  try {
    const standing = await replay(turn, webhook);
    if (standing === null) return false;
    if (webhook.dueAt > deps.clock.now()) return false;
    return await deliverNext(turn, standing);
  } finally {
    // If the database is away, the lease runs out by itself.
    await deps.webhooks.release(deps.owner, webhook.aoo, webhook.webhookId).catch(() => undefined);
  }
}

interface Turn {
  readonly webhook: Webhook;
  readonly deps: DeliverDeps;
  readonly abort: AbortSignal;
  goesOn(): boolean;
}

/** Sends dead letters again that were asked for. Null: the turn ends here. */
async function replay(turn: Turn, start: Standing): Promise<Standing | null> {
  const { webhook, deps } = turn;
  const waiting = await deps.webhooks.replays(webhook.aoo, webhook.webhookId, deps.clock.now(), REPLAYS);
  let standing = start;
  for (const delivery of waiting) {
    if (!turn.goesOn()) return null;
    const [event] = await deps.feed.after(webhook.aoo, delivery.seq - 1, 1);
    if (event === undefined || event.seq !== delivery.seq) throw new Error(`event ${delivery.seq} is not in the feed`);
    const next = await attempt(turn, event, delivery, standing, false);
    if (next === null) return null;
    standing = next;
  }
  return standing;
}

async function deliverNext(turn: Turn, start: Standing): Promise<boolean> {
  const { webhook, deps } = turn;
  let standing = start;
  let isFirst = true;
  for (;;) {
    const page = await deps.feed.after(webhook.aoo, standing.seq, PAGE);
    if (page.length === 0) return false;
    let passed = standing.seq;
    for (const event of page) {
      if (wants(webhook, event)) {
        if (!turn.goesOn()) return true;
        // Only the first event can have been tried before: the events go out in order.
        const before = isFirst ? await deps.webhooks.delivery(webhook.aoo, webhook.webhookId, event.seq) : null;
        isFirst = false;
        const next = await attempt(turn, event, before, { ...standing, seq: passed }, true);
        if (next === null) return false;
        standing = next;
      }
      passed = event.seq;
    }
    if (passed > standing.seq) {
      const kept = await write(turn, { delivery: null, webhook: { seq: passed }, audit: null, task: null });
      if (!kept) return false;
      standing = { ...standing, seq: passed };
    }
    if (!turn.goesOn()) return true;
  }
}

/**
 * A webhook is not sent the tasks about itself: a receiver that refuses events would refuse those too, and every dead letter
 * would make another. `/events` and the office's other webhooks show them.
 */
const wants = ({ types, webhookId }: Webhook, event: FeedEvent): boolean =>
  event.webhookId !== webhookId && (types.length === 0 || types.includes(event.type));

/**
 * Posts one event and records the outcome. Null: the turn ends here. `inTurn`: it is the next event in order, and the
 * webhook's place moves with it; otherwise it is a replay.
 */
async function attempt(
  turn: Turn,
  event: FeedEvent,
  before: Delivery | null,
  standing: Standing,
  inTurn: boolean,
): Promise<Standing | null> {
  const { webhook, deps, abort } = turn;
  const startedAt = deps.clock.now();
  const attempts = before?.attempts ?? 0;
  const post = await signedPost(webhook, eventMessage(webhook, event, attempts + 1), startedAt, deps);
  if (!post.ok) throw new Error(`webhook ${webhook.webhookId} cannot be signed: ${post.problem.message}`);
  const outcome = await deps.endpoint.post(post.value, abort);
  // We broke off ourselves: this says nothing about the receiver.
  if (abort.aborted) return null;
  const at = deps.clock.now();
  const firstAt = before?.firstAt ?? startedAt;
  const { failures, failingSince } = standing;
  const verdict = judgeAttempt(outcome, {
    attempts,
    ageSeconds: secondsBetween(firstAt, at),
    failures,
    failingSeconds: failingSince === null ? 0 : secondsBetween(failingSince, at),
    jitter: deps.random(),
  });
  report(webhook, event, outcome, verdict, deps.log);
  const { progress, next } = applyVerdict(event, { attempts: attempts + 1, firstAt }, standing, {
    outcome,
    verdict,
    at,
    inTurn,
  });
  const audit = auditOf(webhook, event, outcome, verdict);
  const task = taskOf(webhook, event, outcome, verdict, at);
  if (!(await write(turn, { ...progress, audit, task }))) return null;
  return verdict.next === 'delivered' || (verdict.next === 'dead' && verdict.afterSeconds === 0) ? next : null;
}

const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

interface AttemptResult {
  readonly outcome: WebhookOutcome;
  readonly verdict: WebhookVerdict;
  readonly at: Date;
  readonly inTurn: boolean;
}

/** What one attempt changes in the delivery and in the webhook. */
function applyVerdict(
  { seq, type }: FeedEvent,
  tried: { readonly attempts: number; readonly firstAt: Date },
  standing: Standing,
  { outcome, verdict, at, inTurn }: AttemptResult,
): { readonly progress: Omit<DeliveryProgress, 'audit' | 'task'>; readonly next: Standing } {
  const taken = verdict.next === 'delivered';
  const done = taken || verdict.next === 'dead';
  const dueAt = 'afterSeconds' in verdict ? new Date(at.getTime() + verdict.afterSeconds * 1000) : at;
  const lastOutcome = outcomeWord(outcome);
  const next: Standing = {
    seq: inTurn && done ? seq : standing.seq,
    failures: taken ? 0 : standing.failures + 1,
    failingSince: taken ? null : (standing.failingSince ?? at),
  };
  const state = taken ? 'delivered' : verdict.next === 'dead' ? 'dead' : 'waiting';
  return {
    progress: {
      delivery: { seq, type, state, ...tried, lastAt: at, dueAt, lastOutcome },
      webhook: {
        ...next,
        dueAt,
        lastAt: at,
        lastOutcome,
        ...(verdict.next === 'pause' && { state: 'paused', pauseReason: verdict.reason }),
      },
    },
    next,
  };
}

/** Recorded: an event that was given up, a webhook that was paused. */
function auditOf(
  { webhookId, url }: Webhook,
  { seq, type }: FeedEvent,
  outcome: WebhookOutcome,
  verdict: WebhookVerdict,
): AuditEntry | null {
  const data = { url: urlWithoutQuery(url), seq, type, outcome: outcomeWord(outcome) };
  if (verdict.next === 'dead') return { action: 'webhook-delivery-dead', subject: webhookId, data };
  if (verdict.next !== 'pause') return null;
  return { action: 'webhook-paused', subject: webhookId, data: { ...data, reason: verdict.reason, by: 'service' } };
}

/** The same as a task. There is one open task of each kind, however many events are given up meanwhile. */
function taskOf(
  { webhookId, url }: Webhook,
  { seq, type }: FeedEvent,
  outcome: WebhookOutcome,
  verdict: WebhookVerdict,
  at: Date,
): NewTask | null {
  if (verdict.next !== 'dead' && verdict.next !== 'pause') return null;
  const where = `Webhook ${webhookId}, ${urlWithoutQuery(url)}`;
  const about = { taskId: uuidv7(at), exchangeId: null, mailId: null, webhookId };
  const last = outcomeSentence(outcome);
  if (verdict.next === 'dead')
    return { ...about, code: 'webhook-dead', detail: `${where}: evento n. ${seq} (${type}). ${last}` };
  return { ...about, code: 'webhook-paused', detail: `${where}: ${WEBHOOK_PAUSED[verdict.reason]}. ${last}` };
}

/** False: another worker has the lease by now, or a person has stopped the webhook. */
async function write({ webhook, deps }: Turn, progress: DeliveryProgress): Promise<boolean> {
  const { aoo, webhookId } = webhook;
  const state = await deps.webhooks.progress(deps.owner, aoo, webhookId, deps.clock.now(), progress);
  return state === 'active';
}

function report(
  { aoo, webhookId }: Webhook,
  { seq, type, exchangeId }: FeedEvent,
  outcome: WebhookOutcome,
  verdict: WebhookVerdict,
  log: Log,
): void {
  const data = { aoo, webhookId, seq, type, exchangeId, outcome: outcomeWord(outcome), ...verdict };
  if (verdict.next === 'delivered') log.debug(data, 'event delivered to a webhook');
  else log.warn(data, 'event not delivered to a webhook');
}
