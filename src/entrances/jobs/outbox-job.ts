/**
 * Sends queued mails, woken by the database's notification, or by the clock if that fails. Each office is served on its own,
 * so that a server that hangs or refuses does not delay the others. A provider that is down or refuses our account is left
 * alone for a while.
 */
import type { Circuit } from '../../domain/delivery/circuit.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { openCircuits } from '../../service/outbox/circuits.ts';
import {
  type Conduct,
  leaseQueued,
  type SendDeps,
  type SentItem,
  sendLeased,
} from '../../service/outbox/deliver-outbox.ts';
import type { SmtpAccount } from '../../service/register/accounts.ts';
import type { OutboxItem } from '../../service/register/store.ts';
import { OfficeStoppedError } from '../../service/register/witness.ts';
import { type Job, pause, startJob } from './job.ts';

/** Leased at once. */
const BATCH = 64;
/** Half a minute in all, while the lease lasts: if the database is away for a moment, no mail is sent twice. */
const RECORD_TRIES = 4;
/** When the service stops, mails under way may take this long; then they are cut off. */
const GRACE_MILLISECONDS = 3_000;

export interface OutboxJobDeps extends Omit<SendDeps, 'circuits'> {
  readonly owner: string;
  readonly log: Log;
  /** Writes down where the register stands before anything leaves; rejects where nothing may. Left out: nobody does. */
  readonly bear?: (aoo: AooId) => Promise<void>;
}

/** Tries again as long as the leases last: a database that is away for a moment must not hold these mails up. */
async function witnessed(aoo: AooId, { bear }: OutboxJobDeps, again: Conduct['again']): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await bear?.(aoo);
    } catch (error) {
      if (error instanceof OfficeStoppedError || !(await again(tries))) throw error;
    }
  }
}

export async function startOutboxJob(jobDeps: OutboxJobDeps): Promise<Job> {
  const { owner, log } = jobDeps;
  const circuits = openCircuits({ ...jobDeps, onChange: (...change) => reportCircuit(log, ...change) });
  const deps: SendDeps = { ...jobDeps, circuits };
  let wake = new AbortController();
  const unlisten = await deps.store.onQueued(() => wake.abort());
  const abandon = new AbortController();
  const busy = new Map<AooId, Promise<void>>();
  const work = async (aoo: AooId, items: readonly OutboxItem[], stopping: AbortSignal): Promise<void> => {
    const again = async (tries: number): Promise<boolean> => {
      if (tries <= RECORD_TRIES) await pause(1_000 * 2 ** tries, stopping);
      return tries <= RECORD_TRIES && !stopping.aborted;
    };
    const onSent = (sent: SentItem) => report(sent, log);
    const conduct: Conduct = { owner, stopping, abandoned: abandon.signal, again, onSent };
    try {
      await witnessed(aoo, jobDeps, again);
      await sendLeased(aoo, items, conduct, deps);
    } catch (error) {
      log.warn({ aoo, mails: items.length, reason: errorMessage(error) }, 'mails were not sent, or not recorded');
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
        const leased = await leaseQueued(owner, BATCH, new Set(busy.keys()), deps);
        for (const [aoo, items] of leased) busy.set(aoo, work(aoo, items, signal));
        failures = 0;
        await pause(1_000, AbortSignal.any([signal, wake.signal]));
      } catch (error) {
        failures += 1;
        log.warn({ failures, reason: errorMessage(error) }, 'the outbox could not be read');
        await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)), signal);
      }
    }
    const grace = setTimeout(() => abandon.abort(new Error('the service stops')), GRACE_MILLISECONDS);
    await Promise.all(busy.values());
    clearTimeout(grace);
  });
  return {
    async stop() {
      await unlisten();
      await job.stop();
    },
  };
}

function report({ item, handover }: SentItem, log: Log): void {
  const { aoo, exchangeId, purpose, recipe } = item;
  const data = { aoo, exchangeId, purpose, messageId: recipe.messageId, ...handover };
  if (handover.outcome === 'accepted') log.info(data, 'mail handed over');
  else log.warn(data, 'mail not handed over');
}

function reportCircuit(log: Log, { host, port }: SmtpAccount, before: Circuit, after: Circuit): void {
  if (after.state === 'open') {
    const { outcome, response, since, until } = after;
    log.warn({ host, port, outcome, response, since, until }, 'nothing is sent through this account for a while');
  } else if (before.state !== 'closed') log.info({ host, port, since: before.since }, 'the account works again');
}
