import { retry, type SendOutcome } from '../../domain/delivery/retry.ts';
import { type Clock, italianMinute } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { DocumentsError } from '../documents/documents.ts';
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
  /** 0..1; spreads retries. */
  readonly random: () => number;
}

/** How a batch is run, interrupted and reported. */
export interface Conduct {
  readonly owner: string;
  /** After it aborts no further mail is begun. */
  readonly stopping: AbortSignal;
  /** When it aborts, sessions are cut off: their mails stay queued under their leases and are sent again under the same id. */
  readonly abandoned: AbortSignal;
  /** Pauses, then says whether to try again to record when the database does not answer. */
  readonly again: (tries: number) => Promise<boolean>;
  /** What became of each mail, once it is recorded or set aside. */
  readonly onSent: (sent: SentItem) => void;
}

export interface SentItem {
  readonly item: OutboxItem;
  readonly handover: Handover | OwnFault;
}

interface OwnFault {
  readonly outcome: 'own-fault' | 'document-altered';
  readonly concerns: 'mail';
  readonly response: string;
}

/** After this a dead process's lease is free again; a living process renews its own during a slow hand-over. */
const LEASE_SECONDS = 60;
const RENEW_MILLISECONDS = 20_000;
/** A few more than an account has connections, so that the next mail is ready when one becomes free. */
const AT_ONCE = 6;
/** Hand-overs are recorded in groups of this size, or after this time when fewer have come together. */
const RECORD_COUNT = 16;
const RECORD_MILLISECONDS = 200;

/**
 * Leases what is due for the offices configured here, except those in `busy` and those whose circuit is open, so that one
 * office's slow server keeps nobody else waiting. The result is for `sendLeased`, office by office.
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
 * Sends mails of one office without holding any lock, and records the outcomes. After a crash in between, the same bytes
 * are sent again under the same Message-ID, so that the duplicate is recognisable.
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
    // If it fails, the lease runs out and the mail is sent again under its own Message-ID.
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
    // What was not begun is released at once.
    if (waiting.length > 0) {
      const ids = waiting.map(({ outboxId }) => outboxId);
      await deps.store.setAside(aoo, owner, ids, null, deps.clock.now());
    }
  } finally {
    clearInterval(renewal);
  }
}

/** Null: cut off in the middle, so that nobody knows whether it was taken. */
async function send(
  office: Office,
  item: OutboxItem,
  abandoned: AbortSignal,
  deps: SendDeps,
): Promise<SentItem | null> {
  try {
    const handover = await deps.sender.send(office.smtp, item.recipe, abandoned);
    if (abandoned.aborted && handover.outcome === 'unreachable') return null;
    deps.circuits.record(office.smtp, handover);
    return { item, handover };
  } catch (error) {
    deps.circuits.leave(office.smtp);
    // A fault of ours with this one mail (a document cannot be read): it is retried later, the others go out. Altered bytes
    // do not mend themselves: a person has to look.
    const response = error instanceof Error ? error.message : String(error);
    const isAltered = error instanceof DocumentsError && error.fault === 'damaged';
    return { item, handover: { outcome: isAltered ? 'document-altered' : 'own-fault', concerns: 'mail', response } };
  }
}

/** Records outcomes in the background while sending goes on; `end` rejects if the database did not take them. */
function openRecorder(
  office: Office,
  { owner, again, onSent }: Conduct,
  deps: SendDeps,
  recorded: (sent: readonly SentItem[]) => void,
) {
  let collected: SentItem[] = [];
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
    // `end` awaits it; this only keeps it from counting as unhandled.
    running.catch(() => undefined);
  };
  return {
    /** Waits while the database takes no records, because a mail sent meanwhile might be sent twice. False: it gave up. */
    ready: async (): Promise<boolean> =>
      !isTroubled ||
      running.then(
        () => true,
        () => false,
      ),
    add(sent: SentItem): void {
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

async function record(office: Office, owner: string, sent: readonly SentItem[], deps: SendDeps): Promise<void> {
  const at = deps.clock.now();
  const tried: (Verdict & { readonly item: OutboxItem })[] = [];
  for (const { item, handover } of sent) {
    const verdict = judge(item, handover, at, deps.random());
    if (verdict.counts) {
      tried.push({ item, ...verdict });
      continue;
    }
    const since = deps.circuits.failingSince(office.smtp) ?? at;
    const why = `${verdict.handed.response} (dal ${italianMinute(since)})`;
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
    // Its receipt may have arrived before the message was known as sent.
    await tx.mails.adoptReceipts(tried.map(({ item }) => ({ reference: item.recipe.messageId, identifier: null })));
    await tx.save(work.changes());
  });
}

/** What the history and a person are told of a hand-over. */
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

function judge(item: OutboxItem, handover: SentItem['handover'], at: Date, jitter: number): Verdict {
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

/** A server may answer at any length; the history keeps what a person can read. */
const oneLine = (text: string): string =>
  text
    .replace(/[\x00-\x20\x7f]+/g, ' ')
    .trim()
    .slice(0, 300);
