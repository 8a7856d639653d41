import { retry } from '../domain/delivery/retry.ts';
import { type IncomingState, incoming } from '../domain/exchange/incoming.ts';
import { type OutgoingState, outgoing } from '../domain/exchange/outgoing.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AooId } from '../kernel/ids.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Handover, MailSender } from './ports.ts';
import type { Exchange, Handed, OutboxItem, Store } from './store.ts';

export interface SendDeps {
  readonly store: Store;
  readonly sender: MailSender;
  readonly clock: Clock;
  readonly offices: ReadonlyMap<AooId, Office>;
  /** 0..1; the spread of repeats. */
  readonly random: () => number;
}

/** A lease of a dead process is free again after it; a living one renews its own while a slow hand-over goes on. */
const LEASE_SECONDS = 60;
const RENEW_MILLISECONDS = 20_000;

export interface Sent {
  readonly item: OutboxItem;
  readonly handover: Handover;
}

/**
 * Leases what is due, of the offices configured here, leaving out those in `busy`: one office's slow or silent server
 * keeps nobody else waiting. To be passed to `sendLeased`, office by office.
 */
export async function leaseQueued(
  owner: string,
  limit: number,
  busy: ReadonlySet<AooId>,
  deps: SendDeps,
): Promise<ReadonlyMap<AooId, readonly OutboxItem[]>> {
  const free = [...deps.offices.keys()].filter((aoo) => !busy.has(aoo));
  if (free.length === 0) return new Map();
  return Map.groupBy(await deps.store.leaseOutbox(owner, free, limit, LEASE_SECONDS), ({ aoo }) => aoo);
}

/**
 * Sends mails of one office with nothing locked, and records what became of them. A crash in between sends the same
 * bytes under the same Message-ID again, so the duplicate is recognisable. `again` is asked, after a pause of its own,
 * whether to try once more when the database does not take the record. Returns what was tried.
 */
export async function sendLeased(
  owner: string,
  aoo: AooId,
  items: readonly OutboxItem[],
  again: (tries: number) => Promise<boolean>,
  deps: SendDeps,
): Promise<readonly Sent[]> {
  const office = deps.offices.get(aoo);
  if (office === undefined) throw new Error(`office ${aoo} is not configured here`);
  const ids = items.map(({ outboxId }) => outboxId);
  const renewal = setInterval(() => {
    // Where it fails the lease runs out, and the mail goes once more under its own Message-ID.
    deps.store.renewOutbox(aoo, owner, ids, LEASE_SECONDS).catch(() => undefined);
  }, RENEW_MILLISECONDS);
  try {
    const sent = await Promise.all(items.map((item) => send(office, item, deps)));
    for (let tries = 1; ; tries += 1) {
      try {
        await record(office, sent, deps);
        return sent;
      } catch (error) {
        if (!(await again(tries))) throw error;
      }
    }
  } finally {
    clearInterval(renewal);
  }
}

async function send(office: Office, item: OutboxItem, deps: SendDeps): Promise<Sent> {
  try {
    return { item, handover: await deps.sender.send(office.smtp, item.recipe) };
  } catch (error) {
    // A fault of ours with this one mail (a document cannot be read): it waits its turn again, the others go out.
    return {
      item,
      handover: { outcome: 'temporary', response: error instanceof Error ? error.message : String(error) },
    };
  }
}

async function record(office: Office, sent: readonly Sent[], deps: SendDeps): Promise<void> {
  await deps.store.inOffice(office.aoo, async (tx) => {
    const at = deps.clock.now();
    const ledger = openLedger(office, tx, at);
    ledger.load(await tx.exchangesById(sent.map(({ item }) => item.exchangeId)));
    for (const { item, handover } of sent) {
      const handed = judge(item, handover, at, deps.random());
      ledger.hand(handed);
      const exchange = ledger.exchange(item.exchangeId);
      if (exchange !== undefined && handed.state !== 'queued') advance(ledger, exchange, item, handed);
    }
    await tx.save(ledger.changes());
  });
}

function judge(item: OutboxItem, handover: Handover, at: Date, jitter: number): Handed {
  const ageSeconds = (at.getTime() - item.queuedAt.getTime()) / 1000;
  const next = retry(handover.outcome, item.attempts, ageSeconds, jitter);
  return {
    outboxId: item.outboxId,
    state: next.state,
    response: handover.response,
    dueAt: next.state === 'queued' ? new Date(at.getTime() + next.afterSeconds * 1000) : at,
  };
}

function advance(ledger: Ledger, exchange: Exchange, item: OutboxItem, handed: Handed): void {
  const isSent = handed.state === 'sent';
  const reason = handed.response;
  const step =
    exchange.direction === 'outgoing'
      ? outgoing(exchange.state as OutgoingState, isSent ? { type: 'sent' } : { type: 'given-up', reason })
      : incoming(
          exchange.state as IncomingState,
          isSent ? { type: 'answer-sent' } : { type: 'answer-given-up', reason },
        );
  const type = `${item.purpose}-${handed.state}`;
  const data = { recipient: item.recipient, messageId: item.recipe.messageId, response: handed.response };
  // Every hand-over is an event of its own: a repeat is part of the history too.
  ledger.append(
    exchange,
    { type, once: `${type} ${item.recipe.messageId} ${exchange.version}`, mailId: null, data },
    { state: step.next },
  );
  ledger.audit(type, item.recipe.messageId, data);
}
