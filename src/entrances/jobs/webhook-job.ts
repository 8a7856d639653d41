/**
 * Tells subscribers: woken by the feed, by people's commands, and at the moment something is due again; the database is
 * not asked in between. Each subscription is worked for by itself, so that one that hangs keeps no other waiting.
 */
import type { AooId } from '../../kernel/ids.ts';
import type { EventFeed } from '../../service/events/feed.ts';
import { type DeliverDeps, leaseWebhooks, takeTurn } from '../../service/webhooks/deliver-events.ts';
import type { Webhook } from '../../service/webhooks/webhook.ts';
import { type Job, pause, startJob } from './job.ts';

export interface WebhookJobDeps extends DeliverDeps {
  readonly feed: EventFeed;
}

/** News comes in crowds: so long they are gathered before anybody looks. */
const GATHER_MS = 20;
/** From so many offices on, one question about all of them is cheaper. */
const MANY_OFFICES = 8;
/** Turns at once. Each is one connection that mostly waits. */
const MOST_TURNS = 64;
/** Whatever was not heard of is found then. */
const LOOK_ROUND_SECONDS = 300;
/** A turn that broke through a fault of ours is tried again then. */
const BROKEN_SECONDS = 30;
/** Posts under way when the service stops have so long to end. */
const STOP_SECONDS = 3;
const FORGET_EVERY_SECONDS = 3600;
const KEPT_SECONDS = 30 * 24 * 3600;
const FORGOTTEN_AT_ONCE = 10_000;

export async function startWebhookJob(deps: WebhookJobDeps): Promise<Job> {
  const desk = openDesk();
  const endings = [await deps.feed.onEvents(desk.hear), await deps.webhooks.onWork(desk.hear)];
  const job = startJob((signal) => work(desk, deps, signal));
  return {
    async stop() {
      for (const end of endings) await end();
      await job.stop();
    },
  };
}

async function work(desk: Desk, deps: WebhookJobDeps, signal: AbortSignal): Promise<void> {
  const abort = new AbortController();
  let failures = 0;
  let looked = deps.clock.now();
  let forgot = 0;
  while (!signal.aborted) {
    const wake = desk.newWake();
    try {
      const now = deps.clock.now();
      if (await beginTurns(desk, deps, { signal, abort: abort.signal })) looked = now;
      if (now.getTime() - forgot > FORGET_EVERY_SECONDS * 1000) {
        forgot = now.getTime();
        await forgetOld(now, deps);
      }
      const due = await deps.webhooks.nextDue(looked);
      failures = 0;
      const seconds = due === null ? LOOK_ROUND_SECONDS : (due.getTime() - deps.clock.now().getTime()) / 1000;
      await pause(1000 * Math.min(LOOK_ROUND_SECONDS, Math.max(0, seconds)), AbortSignal.any([signal, wake]));
      if (wake.aborted) await pause(GATHER_MS, signal);
      else desk.hear('');
    } catch (error) {
      failures += 1;
      deps.log.warn({ failures, reason: reasonOf(error) }, 'webhooks wait');
      desk.hear('');
      await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)), signal);
    }
  }
  // Events under way may end; one that hangs is left, and goes again under its own id.
  const timer = setTimeout(() => abort.abort(), STOP_SECONDS * 1000);
  await Promise.all(desk.turns());
  clearTimeout(timer);
  desk.close();
}

async function forgetOld(now: Date, { webhooks, log }: WebhookJobDeps): Promise<void> {
  const forgotten = await webhooks.forget(new Date(now.getTime() - KEPT_SECONDS * 1000), FORGOTTEN_AT_ONCE);
  if (forgotten > 0) log.info({ forgotten }, 'deliveries that succeeded long ago are forgotten');
}

interface Signals {
  readonly signal: AbortSignal;
  readonly abort: AbortSignal;
}

/** Begins a turn for every subscription that has something to do, as many as there is room for. True: all were looked at. */
async function beginTurns(desk: Desk, deps: WebhookJobDeps, signals: Signals): Promise<boolean> {
  const offices = desk.take();
  for (const aoo of offices) {
    const room = MOST_TURNS - desk.turns().length;
    const leased = room > 0 ? await leaseWebhooks(aoo, room, deps) : [];
    for (const webhook of leased) desk.begin(webhook, () => takeTurn(webhook, deps, signals), deps);
    // There may be more than fits: the end of a turn makes room.
    if (leased.length === Math.max(0, room)) desk.keep(aoo);
  }
  return offices.includes(null);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What has been heard of and is not looked at yet, and what is being worked for. */
interface Desk {
  /** An office with news or work; '': it may be any. */
  readonly hear: (aoo: AooId | '') => void;
  /** As `hear`, without waking anybody. */
  keep(aoo: AooId | null): void;
  /** What was heard of; null: every office. */
  take(): readonly (AooId | null)[];
  begin(webhook: Webhook, turn: () => Promise<boolean>, deps: WebhookJobDeps): void;
  turns(): readonly Promise<void>[];
  /** Aborts as soon as something is heard of, from now on. */
  newWake(): AbortSignal;
  close(): void;
}

interface Turn {
  readonly aoo: AooId;
  /** Something was heard of while it went on: it may not have seen it. */
  again: boolean;
  running: Promise<void>;
}

function openDesk(): Desk {
  const waiting = new Set<AooId | null>([null]);
  const turns = new Map<string, Turn>();
  const timers = new Set<NodeJS.Timeout>();
  let wake = new AbortController();
  const hear = (said: AooId | ''): void => {
    const aoo = said === '' ? null : said;
    waiting.add(aoo);
    for (const turn of turns.values()) if (aoo === null || turn.aoo === aoo) turn.again = true;
    wake.abort();
  };
  const later = (aoo: AooId): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      hear(aoo);
    }, BROKEN_SECONDS * 1000);
    timers.add(timer);
  };
  return {
    hear,
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
            log.error({ aoo, webhookId, err: error }, 'a subscriber could not be worked for');
            later(aoo);
          },
        )
        .finally(() => {
          turns.delete(webhookId);
          wake.abort();
        });
    },
    turns: () => [...turns.values()].map(({ running }) => running),
    newWake() {
      wake = new AbortController();
      return wake.signal;
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
