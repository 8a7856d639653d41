/** Sends what is queued: woken by the database's notification, and by the clock where that fails. */
import type { Log } from '../../kernel/log.ts';
import { type SendDeps, sendQueued } from '../../service/send-queued.ts';
import { type Job, pause, startJob } from './job.ts';

/** Handed over together, recorded together. */
const BATCH = 32;

export interface OutboxJobDeps extends SendDeps {
  readonly owner: string;
  readonly log: Log;
}

export async function startOutboxJob(deps: OutboxJobDeps): Promise<Job> {
  let wake = new AbortController();
  const unlisten = await deps.store.onQueued(() => wake.abort());
  const job = startJob(async (signal) => {
    let failures = 0;
    while (!signal.aborted) {
      wake = new AbortController();
      try {
        const sent = await sendQueued(deps.owner, BATCH, deps);
        for (const { item, handover } of sent) report(item, handover, deps.log);
        failures = 0;
        if (sent.length < BATCH) await pause(1_000, AbortSignal.any([signal, wake.signal]));
      } catch (error) {
        failures += 1;
        deps.log.warn({ failures, reason: error instanceof Error ? error.message : String(error) }, 'outbox waits');
        await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)), signal);
      }
    }
  });
  return {
    async stop() {
      await unlisten();
      await job.stop();
    },
  };
}

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
