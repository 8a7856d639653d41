import { retry, type SendOutcome } from '../../domain/delivery/retry.ts';
import { type Clock, italianTime } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import type { Handed } from '../register/changes.ts';
import type { Office } from '../register/office.ts';
import type { OutboxItem, Store } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import type { Circuits } from './circuits.ts';
import type { Handover, MailSender } from './mail-sender.ts';
import { recordHandover } from './record-handover.ts';

export interface SendDeps {
  readonly store: Store;
  readonly sender: MailSender;
  readonly clock: Clock;
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly circuits: Circuits;
  /** 0..1; the spread of repeats. */
  readonly random: () => number;
}

/** How a batch goes on and ends. */
export interface Conduct {
  readonly owner: string;
  /** Nothing new is begun after it aborts. */
  readonly stopping: AbortSignal;
  /** What is on its way is cut off when it aborts: the mail stays queued under its lease and goes again under its id. */
  readonly abandoned: AbortSignal;
  /** Asked, after a pause of its own, whether to try once more when the database does not take the record. */
  readonly again: (tries: number) => Promise<boolean>;
  /** What became of each mail, once it is recorded or set aside. */
  readonly onSent: (sent: Sent) => void;
}

export interface Sent {
  readonly item: OutboxItem;
  readonly handover: Handover | OwnFault;
}

interface OwnFault {
  readonly outcome: 'own-fault';
  readonly concerns: 'mail';
  readonly response: string;
}

/** A lease of a dead process is free again after it; a living one renews its own while a slow hand-over goes on. */
const LEASE_SECONDS = 60;
const RENEW_MILLISECONDS = 20_000;
/** Somewhat more than an account has connections: the next mail is ready when one is free. */
const AT_ONCE = 6;
/** What is recorded together; a slow server's few are recorded after a moment. */
const RECORD_COUNT = 16;
const RECORD_MILLISECONDS = 200;

/**
 * Leases what is due, of the offices configured here, leaving out those in `busy` and those whose provider is spared:
 * one office's slow or silent server keeps nobody else waiting. To be passed to `sendLeased`, office by office.
 */
export async function leaseQueued(
  owner: string,
  limit: number,
  busy: ReadonlySet<AooId>,
  deps: SendDeps,
): Promise<ReadonlyMap<AooId, readonly OutboxItem[]>> {
  const free = [...deps.offices.values()].filter(({ aoo }) => !busy.has(aoo));
  const by = Map.groupBy(free, ({ smtp }) => deps.circuits.allowance(smtp));
  const all = (by.get('all') ?? []).map(({ aoo }) => aoo);
  const leased = all.length === 0 ? [] : [...(await deps.store.leaseOutbox(owner, all, limit, LEASE_SECONDS))];
  for (const { aoo } of by.get('one') ?? [])
    leased.push(...(await deps.store.leaseOutbox(owner, [aoo], 1, LEASE_SECONDS)));
  return Map.groupBy(leased, ({ aoo }) => aoo);
}

/**
 * Sends mails of one office with nothing locked, and records what became of them. A crash in between sends the same
 * bytes under the same Message-ID again, so the duplicate is recognisable.
 */
export async function sendLeased(
  aoo: AooId,
  items: readonly OutboxItem[],
  conduct: Conduct,
  deps: SendDeps,
): Promise<void> {
  const office = deps.offices.get(aoo);
  if (office === undefined) throw new Error(`office ${aoo} is not configured here`);
  const { owner, stopping, abandoned } = conduct;
  const open = new Set(items.map(({ outboxId }) => outboxId));
  const renewal = setInterval(() => {
    // Where it fails the lease runs out, and the mail goes once more under its own Message-ID.
    deps.store.renewOutbox(aoo, owner, [...open], LEASE_SECONDS).catch(() => undefined);
  }, RENEW_MILLISECONDS);
  const recorder = openRecorder(office, conduct, deps, (sent) => {
    for (const { item } of sent) open.delete(item.outboxId);
  });
  const waiting = [...items].reverse();
  const work = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      if (!(await recorder.ready()) || stopping.aborted || !deps.circuits.enter(office.smtp)) {
        waiting.push(item);
        return;
      }
      const sent = await send(office, item, abandoned, deps);
      if (sent !== null) recorder.add(sent);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await recorder.end();
    // What was not begun is free for the next turn, or for another process, at once.
    if (waiting.length > 0) {
      const ids = waiting.map(({ outboxId }) => outboxId);
      await deps.store.setAside(aoo, owner, ids, null, deps.clock.now());
    }
  } finally {
    clearInterval(renewal);
  }
}

/** Null: cut off in the middle, nobody knows whether it went. */
async function send(office: Office, item: OutboxItem, abandoned: AbortSignal, deps: SendDeps): Promise<Sent | null> {
  try {
    const handover = await deps.sender.send(office.smtp, item.recipe, abandoned);
    if (abandoned.aborted && handover.outcome === 'unreachable') return null;
    deps.circuits.record(office.smtp, handover);
    return { item, handover };
  } catch (error) {
    deps.circuits.leave(office.smtp);
    // A fault of ours with this one mail (a document cannot be read): it waits its turn again, the others go out.
    const response = error instanceof Error ? error.message : String(error);
    return { item, handover: { outcome: 'own-fault', concerns: 'mail', response } };
  }
}

/** Records in the background while sending goes on; rejects at `end` when the database took it not. */
function openRecorder(
  office: Office,
  { owner, again, onSent }: Conduct,
  deps: SendDeps,
  recorded: (sent: readonly Sent[]) => void,
) {
  let collected: Sent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isTroubled = false;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const sent = collected;
    collected = [];
    if (sent.length === 0) return;
    running = running.then(async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          await record(office, owner, sent, deps);
          break;
        } catch (error) {
          isTroubled = true;
          if (!(await again(tries))) throw error;
        }
      }
      isTroubled = false;
      recorded(sent);
      sent.forEach(onSent);
    });
    // Met at the end; until then it is not unhandled.
    running.catch(() => undefined);
  };
  return {
    /** Waits while the database takes no record: what goes meanwhile might go twice. False: it never took it. */
    ready: async (): Promise<boolean> =>
      !isTroubled ||
      running.then(
        () => true,
        () => false,
      ),
    add(sent: Sent): void {
      collected.push(sent);
      if (collected.length >= RECORD_COUNT) flush();
      else timer ??= setTimeout(flush, RECORD_MILLISECONDS);
    },
    async end(): Promise<void> {
      flush();
      await running;
    },
  };
}

async function record(office: Office, owner: string, sent: readonly Sent[], deps: SendDeps): Promise<void> {
  const at = deps.clock.now();
  const tried: (Verdict & { readonly item: OutboxItem })[] = [];
  for (const { item, handover } of sent) {
    const verdict = judge(item, handover, at, deps.random());
    if (verdict.counts) {
      tried.push({ item, ...verdict });
      continue;
    }
    const since = deps.circuits.failingSince(office.smtp) ?? at;
    const why = `${verdict.handed.response} (dal ${italianTime(since)})`;
    await deps.store.setAside(office.aoo, owner, [item.outboxId], why, verdict.handed.dueAt);
  }
  if (tried.length === 0) return;
  await deps.store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, at);
    work.load(await tx.exchanges.byId(tried.map(({ item }) => item.exchangeId)));
    for (const { item, handed, news } of tried) {
      work.hand(handed);
      const exchange = work.exchange(item.exchangeId);
      const { state, response } = handed;
      if (exchange !== undefined && state !== 'queued')
        recordHandover(office, work, exchange, { item, state, response, news });
    }
    // A receipt may have been here before, when nothing was known of its message.
    await tx.mails.adoptReceipts(tried.map(({ item }) => ({ reference: item.recipe.messageId, identifier: null })));
    await tx.save(work.changes());
  });
}

/** What a person and the history are told of a hand-over. */
interface News {
  readonly class: SendOutcome;
  /** The server's own words, one line. */
  readonly response: string;
  /** What it means and what to do, Italian; null where the mail is on its way. */
  readonly reason: string | null;
}

interface Verdict {
  readonly handed: Handed;
  readonly news: News;
  readonly counts: boolean;
}

function judge(item: OutboxItem, handover: Sent['handover'], at: Date, jitter: number): Verdict {
  const { outcome } = handover;
  const response = oneLine(handover.response);
  const concerns = handover.outcome === 'accepted' ? 'mail' : handover.concerns;
  const ageSeconds = (at.getTime() - item.queuedAt.getTime()) / 1000;
  const next = retry({ outcome, concerns, attempts: item.attempts, ageSeconds }, jitter);
  const reason = outcome === 'accepted' ? null : problem(`smtp-${outcome}`, '', response).message;
  return {
    handed: {
      outboxId: item.outboxId,
      state: next.state,
      response: reason ?? response,
      dueAt: next.state === 'queued' ? new Date(at.getTime() + next.afterSeconds * 1000) : at,
    },
    news: { class: outcome, response, reason },
    counts: next.state !== 'queued' || next.counts,
  };
}

/** A server may answer at any length; the history keeps what a person reads. */
const oneLine = (text: string): string =>
  text
    .replace(/[\x00-\x20\x7f]+/g, ' ')
    .trim()
    .slice(0, 300);
