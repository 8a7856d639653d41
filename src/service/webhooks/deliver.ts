/**
 * A worker's turn with one subscription. The subscription is leased, so that its events go out one after the other;
 * every event is posted with nothing locked, and where it stands is written after each. A crash in between posts the
 * same event under the same id again.
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
import type { AuditEntry, NewTask } from '../register/store.ts';
import type { WebhookDeps } from './manage.ts';
import { placeOf, postOf, tell } from './payload.ts';
import type { Delivery, Progress, Webhook } from './ports.ts';

export interface DeliverDeps extends WebhookDeps {
  readonly owner: string;
  /** 0..1; the spread of repeats. */
  readonly random: () => number;
  readonly log: Log;
}

/** Longer than a turn and the slowest post that may begin at its end: a living worker does not lose its lease. */
export const LEASE_SECONDS = 60;
const TURN_SECONDS = 20;
const PAGE = 64;
const REPLAYS = 16;

export const leaseWebhooks = (aoo: AooId | null, limit: number, deps: DeliverDeps): Promise<readonly Webhook[]> =>
  deps.webhooks.lease(deps.owner, aoo, deps.clock.now(), limit, LEASE_SECONDS);

/** How a subscription fares, as the worker that holds it knows. */
interface Readiness {
  readonly seq: number;
  readonly failures: number;
  readonly failingSince: Date | null;
}

/**
 * Delivers until there is nothing more, something fails, or the turn is over. Gives true where there is more to do at
 * once. `signal`: no further event is begun; `abort`: also the one under way is left, to be repeated later.
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
    return await goOn(turn, standing);
  } finally {
    // Where the database is away the lease runs out by itself.
    await deps.webhooks.release(deps.owner, webhook.aoo, webhook.webhookId).catch(() => undefined);
  }
}

interface Turn {
  readonly webhook: Webhook;
  readonly deps: DeliverDeps;
  readonly abort: AbortSignal;
  goesOn(): boolean;
}

/** Dead letters that were asked for again. Null: stop here. */
async function replay(turn: Turn, start: Readiness): Promise<Readiness | null> {
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

async function goOn(turn: Turn, start: Readiness): Promise<boolean> {
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
        // The one that is in turn may have been tried before; none of those behind it has.
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
 * Who is in trouble is not the one to be told of it: what is refused would be refused again, and every dead letter that is
 * sent again would leave another. `/events` and the office's other subscriptions tell it.
 */
const wants = ({ types, webhookId }: Webhook, event: FeedEvent): boolean =>
  event.webhookId !== webhookId && (types.length === 0 || types.includes(event.type));

/**
 * Posts one event and writes what came of it. Null: the turn ends here. `inTurn`: it is the next one in order, and the
 * subscription's place moves with it; else it is replayed.
 */
async function attempt(
  turn: Turn,
  event: FeedEvent,
  before: Delivery | null,
  standing: Readiness,
  inTurn: boolean,
): Promise<Readiness | null> {
  const { webhook, deps, abort } = turn;
  const startedAt = deps.clock.now();
  const attempts = before?.attempts ?? 0;
  const post = await postOf(webhook, tell(webhook, event, attempts + 1), startedAt, deps);
  if (!post.ok) throw new Error(`webhook ${webhook.webhookId} cannot be signed: ${post.problem.message}`);
  const outcome = await deps.endpoint.post(post.value, abort);
  // It was we who went away: nothing is known of the receiver.
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
  const { progress, next } = weigh(event, { attempts: attempts + 1, firstAt }, standing, {
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

interface Weighed {
  readonly outcome: WebhookOutcome;
  readonly verdict: WebhookVerdict;
  readonly at: Date;
  readonly inTurn: boolean;
}

/** What one attempt changes at the delivery and at the subscription. */
function weigh(
  { seq, type }: FeedEvent,
  tried: { readonly attempts: number; readonly firstAt: Date },
  standing: Readiness,
  { outcome, verdict, at, inTurn }: Weighed,
): { readonly progress: Omit<Progress, 'audit' | 'task'>; readonly next: Readiness } {
  const taken = verdict.next === 'delivered';
  const done = taken || verdict.next === 'dead';
  const dueAt = 'afterSeconds' in verdict ? new Date(at.getTime() + verdict.afterSeconds * 1000) : at;
  const lastOutcome = outcomeWord(outcome);
  const next: Readiness = {
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

/** What a person has to know: an event that was given up, a subscription that was stopped. */
function auditOf(
  { webhookId, url }: Webhook,
  { seq, type }: FeedEvent,
  outcome: WebhookOutcome,
  verdict: WebhookVerdict,
): AuditEntry | null {
  const data = { url: placeOf(url), seq, type, outcome: outcomeWord(outcome) };
  if (verdict.next === 'dead') return { action: 'webhook-delivery-dead', subject: webhookId, data };
  if (verdict.next !== 'pause') return null;
  return { action: 'webhook-paused', subject: webhookId, data: { ...data, reason: verdict.reason, by: 'service' } };
}

/** The same as something to do. It stays one, however many events are given up before it is seen to. */
function taskOf(
  { webhookId, url }: Webhook,
  { seq, type }: FeedEvent,
  outcome: WebhookOutcome,
  verdict: WebhookVerdict,
  at: Date,
): NewTask | null {
  if (verdict.next !== 'dead' && verdict.next !== 'pause') return null;
  const where = `Webhook ${webhookId}, ${placeOf(url)}`;
  const about = { taskId: uuidv7(at), exchangeId: null, mailId: null, webhookId };
  const last = outcomeSentence(outcome);
  if (verdict.next === 'dead')
    return { ...about, code: 'webhook-dead', detail: `${where}: evento n. ${seq} (${type}). ${last}` };
  return { ...about, code: 'webhook-paused', detail: `${where}: ${WEBHOOK_PAUSED[verdict.reason]}. ${last}` };
}

/** False: another worker holds it by now, or a person has stopped it. */
async function write({ webhook, deps }: Turn, progress: Progress): Promise<boolean> {
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
  if (verdict.next === 'delivered') log.debug(data, 'event told');
  else log.warn(data, 'event not told');
}
