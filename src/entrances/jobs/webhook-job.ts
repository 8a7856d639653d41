/**
 * Delivers events to webhooks, woken by the feed, by commands, and when something is due again; the database is not asked in
 * between. Each webhook is served on its own, so that one that hangs does not delay the others.
 */
import type { AooId } from '../../kernel/ids.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import type { EventFeed } from '../../service/events/feed.ts';
import { type DeliverDeps, leaseWebhooks, takeTurn } from '../../service/webhooks/deliver-events.ts';
import type { Webhook } from '../../service/webhooks/webhook.ts';
import { type Job, pause, startJob } from './job.ts';

export interface WebhookJobDeps extends DeliverDeps {
  readonly feed: EventFeed;
}

/** Notifications come in bursts: they are gathered for this long before the database is asked. */
const GATHER_MS = 20;
/** Above this number of offices, one query for all of them is cheaper. */
const MANY_OFFICES = 8;
/** Turns at once. Each is one connection that mostly waits. */
const MAX_TURNS = 64;
/** All offices are looked at this often, in case a notification was missed. */
const LOOK_AT_ALL_SECONDS = 300;
/** A turn that broke through a fault of ours is tried again after this. */
const BROKEN_SECONDS = 30;
/** When the service stops, posts under way have this long to end. */
const STOP_SECONDS = 3;
const FORGET_EVERY_SECONDS = 3600;
const KEPT_SECONDS = 30 * 24 * 3600;
const FORGOTTEN_AT_ONCE = 10_000;

export async function startWebhookJob(deps: WebhookJobDeps): Promise<Job> {
  const turns = webhookTurns();
  const endings = [await deps.feed.onEvents(turns.announce), await deps.webhooks.onWork(turns.announce)];
  const job = startJob((signal) => work(turns, deps, signal));
  return {
    async stop() {
      for (const end of endings) await end();
      await job.stop();
    },
  };
}

async function work(turns: WebhookTurns, deps: WebhookJobDeps, signal: AbortSignal): Promise<void> {
  const abort = new AbortController();
  let failures = 0;
  let looked = deps.clock.now();
  let forgot = 0;
  while (!signal.aborted) {
    const wake = turns.newWake();
    try {
      const now = deps.clock.now();
      if (await beginTurns(turns, deps, { signal, abort: abort.signal })) looked = now;
      if (now.getTime() - forgot > FORGET_EVERY_SECONDS * 1000) {
        forgot = now.getTime();
        await forgetOld(now, deps);
      }
      const due = await deps.webhooks.nextDue(looked);
      failures = 0;
      const seconds = due === null ? LOOK_AT_ALL_SECONDS : (due.getTime() - deps.clock.now().getTime()) / 1000;
      await pause(1000 * Math.min(LOOK_AT_ALL_SECONDS, Math.max(0, seconds)), AbortSignal.any([signal, wake]));
      if (wake.aborted) await pause(GATHER_MS, signal);
      else turns.announce('');
    } catch (error) {
      failures += 1;
      deps.log.warn({ failures, reason: errorMessage(error) }, 'webhooks could not be looked up');
      turns.announce('');
      await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)), signal);
    }
  }
  // A post that hangs is given up and repeated later, under the same id.
  const timer = setTimeout(() => abort.abort(), STOP_SECONDS * 1000);
  await Promise.all(turns.underWay());
  clearTimeout(timer);
  turns.close();
}

async function forgetOld(now: Date, { webhooks, log }: WebhookJobDeps): Promise<void> {
  const forgotten = await webhooks.forget(new Date(now.getTime() - KEPT_SECONDS * 1000), FORGOTTEN_AT_ONCE);
  if (forgotten > 0) log.info({ forgotten }, 'old deliveries forgotten');
}

interface Signals {
  readonly signal: AbortSignal;
  readonly abort: AbortSignal;
}

/** Begins turns for webhooks that have something to do, as many as there is room for. True: all offices were looked at. */
async function beginTurns(turns: WebhookTurns, deps: WebhookJobDeps, signals: Signals): Promise<boolean> {
  const offices = turns.take();
  for (const aoo of offices) {
    const room = MAX_TURNS - turns.underWay().length;
    const leased = room > 0 ? await leaseWebhooks(aoo, room, deps) : [];
    for (const webhook of leased) turns.begin(webhook, () => takeTurn(webhook, deps, signals), deps);
    // There may be more than there is room for: the end of a turn makes room.
    if (leased.length === Math.max(0, room)) turns.keep(aoo);
  }
  return offices.includes(null);
}

/** Offices with work that was not looked at yet, and the turns under way. */
interface WebhookTurns {
  /** An office has events or work; '': any may. */
  readonly announce: (aoo: AooId | '') => void;
  /** The same, without waking the job. */
  keep(aoo: AooId | null): void;
  /** The announced offices, each once; null: all. */
  take(): readonly (AooId | null)[];
  begin(webhook: Webhook, turn: () => Promise<boolean>, deps: WebhookJobDeps): void;
  underWay(): readonly Promise<void>[];
  /** Aborts at the next announcement. */
  newWake(): AbortSignal;
  close(): void;
}

interface Turn {
  readonly aoo: AooId;
  /** Something was announced during the turn, which may have missed it. */
  again: boolean;
  running: Promise<void>;
}

function webhookTurns(): WebhookTurns {
  const waiting = new Set<AooId | null>([null]);
  const turns = new Map<string, Turn>();
  const timers = new Set<NodeJS.Timeout>();
  let wake = new AbortController();
  const announce = (said: AooId | ''): void => {
    const aoo = said === '' ? null : said;
    waiting.add(aoo);
    for (const turn of turns.values()) if (aoo === null || turn.aoo === aoo) turn.again = true;
    wake.abort();
  };
  const later = (aoo: AooId): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      announce(aoo);
    }, BROKEN_SECONDS * 1000);
    timers.add(timer);
  };
  return {
    announce,
    keep: (aoo) => void waiting.add(aoo),
    take() {
      const taken = waiting.has(null) || waiting.size > MANY_OFFICES ? [null] : [...waiting];
      waiting.clear();
      return taken;
    },
    begin({ aoo, webhookId }, work, { log }) {
      if (turns.has(webhookId)) return;
      const turn: Turn = { aoo, again: false, running: Promise.resolve() };
      turns.set(webhookId, turn);
      turn.running = work()
        .then(
          (more) => {
            if (more || turn.again) waiting.add(aoo);
          },
          (error: unknown) => {
            log.error({ aoo, webhookId, err: error }, 'the turn of a webhook failed');
            later(aoo);
          },
        )
        .finally(() => {
          turns.delete(webhookId);
          wake.abort();
        });
    },
    underWay: () => [...turns.values()].map(({ running }) => running),
    newWake() {
      wake = new AbortController();
      return wake.signal;
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
