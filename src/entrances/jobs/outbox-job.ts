/**
 * Sends what is queued: woken by the database's notification, and by the clock where that fails. Each office is worked
 * for by itself, so that one whose server hangs or refuses keeps none of the others waiting.
 */
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { leaseQueued, type SendDeps, sendLeased } from '../../service/send-queued.ts';
import type { OutboxItem } from '../../service/store.ts';
import { type Job, pause, startJob } from './job.ts';

/** Handed over together, recorded together. */
const BATCH = 32;
/** Half a minute in all, while the lease lasts: a database that was away for a moment costs no second sending. */
const RECORD_TRIES = 4;

export interface OutboxJobDeps extends SendDeps {
  readonly owner: string;
  readonly log: Log;
}

export async function startOutboxJob(deps: OutboxJobDeps): Promise<Job> {
  let wake = new AbortController();
  const unlisten = await deps.store.onQueued(() => wake.abort());
  const busy = new Map<AooId, Promise<void>>();
  const work = async (aoo: AooId, items: readonly OutboxItem[], signal: AbortSignal): Promise<void> => {
    const again = async (tries: number): Promise<boolean> => {
      if (tries <= RECORD_TRIES) await pause(1_000 * 2 ** tries, signal);
      return tries <= RECORD_TRIES && !signal.aborted;
    };
    try {
      const sent = await sendLeased(deps.owner, aoo, items, again, deps);
      for (const { item, handover } of sent) report(item, handover, deps.log);
    } catch (error) {
      deps.log.warn({ aoo, mails: items.length, reason: reasonOf(error) }, 'sending was not recorded');
    } finally {
      busy.delete(aoo);
      wake.abort();
    }
  };
  const job = startJob(async (signal) => {
    let failures = 0;
    while (!signal.aborted) {
      wake = new AbortController();
      try {
        const leased = await leaseQueued(deps.owner, BATCH, new Set(busy.keys()), deps);
        for (const [aoo, items] of leased) busy.set(aoo, work(aoo, items, signal));
        failures = 0;
        await pause(1_000, AbortSignal.any([signal, wake.signal]));
      } catch (error) {
        failures += 1;
        deps.log.warn({ failures, reason: reasonOf(error) }, 'outbox waits');
        await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)), signal);
      }
    }
    await Promise.all(busy.values());
  });
  return {
    async stop() {
      await unlisten();
      await job.stop();
    },
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function report(
  item: { aoo: string; exchangeId: string; purpose: string; recipe: { messageId: string } },
  handover: { outcome: string; response: string },
  log: Log,
): void {
  const data = {
    aoo: item.aoo,
    exchangeId: item.exchangeId,
    purpose: item.purpose,
    messageId: item.recipe.messageId,
    ...handover,
  };
  if (handover.outcome === 'accepted') log.info(data, 'mail handed over');
  else log.warn(data, 'mail not handed over');
}
