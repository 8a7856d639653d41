/**
 * Mails that are ours (kept, durable) become registrations, correlations, or a person's work. Judging is pure and needs
 * no lock; what it finds is then committed for several mails of an office at once, under the office's lock: checked
 * again, transitions taken, numbers given, answers queued, all or nothing.
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { incoming } from '../../domain/exchange/incoming.ts';
import type { Validate } from '../../formats/segnatura/read.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { problem } from '../../kernel/problems.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { type Learn, observationsOf, type SettledMail } from '../index/observe-peers.ts';
import { applyTransition } from '../register/apply-transition.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Exchange, KeptMail, Settlement, Store } from '../register/store.ts';
import { openUnitOfWork, type UnitOfWork } from '../register/unit-of-work.ts';
import { checkSenders, type SenderIndex } from './check-senders.ts';
import { correlateAnnulment, correlateAnswer, correlateReceipt } from './correlate.ts';
import { identifySenders } from './identify-senders.ts';
import { judgeMail } from './judge-mail.ts';
import type { Judged, Outcome } from './judged-mail.ts';
import { learn, type Prefetched, receiptTies } from './prefetch.ts';
import { receiveMessage } from './receive-message.ts';

export interface SettleDeps {
  readonly store: Store;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly trust: TrustAnchors;
  readonly validate: Validate;
  readonly log: Log;
  /** Null: senders are not looked up. */
  readonly senders: SenderIndex | null;
  /** Keeps what traffic teaches about other offices. */
  readonly learn: Learn;
  /** True for a failure that has nothing to do with the mail: the database is away, the disk is full. */
  readonly isPassing: (error: unknown) => boolean;
}

export interface MailToSettle {
  readonly kept: KeptMail;
  /** The bytes where they are still at hand; null: read them from the store. */
  readonly bytes: Buffer | null;
}

/**
 * Settles the mails of one mailbox, in order. A mail that cannot be settled through a fault of ours is marked failed,
 * shown, and does not stop the others; a passing failure rejects, and everything is still to be settled.
 * Judging begins at once, committing when `before` (the mails that came earlier) has ended well.
 */
export async function settleMails(
  office: Office,
  mails: readonly MailToSettle[],
  deps: SettleDeps,
  before: Promise<void> = Promise.resolve(),
): Promise<void> {
  const judged: Judged[] = [];
  const addressee = addresseeOf(office);
  for (const mail of mails) {
    try {
      const bytes = mail.bytes ?? (await deps.documents.read(mail.kept.sha256));
      judged.push({
        kept: mail.kept,
        judged: judgeMail(bytes, { ...deps, at: deps.clock.now(), policy: office.policy, office: addressee }),
      });
    } catch (error) {
      if (deps.isPassing(error)) throw error;
      await fail(office, mail.kept, error, deps);
    }
    // Judging is pure computing: transactions and deliveries under way must not wait for a whole page of it.
    await othersFirst();
  }
  const checked = await againstIndex(office, judged, deps);
  await before;
  await commit(office, checked, deps);
}

/** What the index says is worth a flag, never a mail: where it cannot be asked, the mails go on without. */
async function againstIndex(office: Office, mails: readonly Judged[], deps: SettleDeps): Promise<readonly Judged[]> {
  if (deps.senders === null) return mails;
  try {
    const known = await identifySenders(mails, deps.senders);
    return await checkSenders(known, office.policy, deps.senders, deps.clock);
  } catch (error) {
    if (deps.isPassing(error)) throw error;
    deps.log.error({ aoo: office.aoo, err: error }, 'senders could not be looked up in the index');
    return mails;
  }
}

async function commit(office: Office, mails: readonly Judged[], deps: SettleDeps): Promise<void> {
  if (mails.length === 0) return;
  try {
    await commitTogether(office, mails, deps);
  } catch (error) {
    if (deps.isPassing(error)) throw error;
    const [only, ...others] = mails;
    if (only !== undefined && others.length === 0) return fail(office, only.kept, error, deps);
    // One of them is the cause: each for itself finds out which.
    for (const mail of mails) await commit(office, [mail], deps);
  }
}

async function commitTogether(office: Office, mails: readonly Judged[], deps: SettleDeps): Promise<void> {
  const { settlements: settled, lessons } = await deps.store.inOffice(office.aoo, async (tx) => {
    const waiting = await tx.unsettled(mails.map(({ kept }) => kept.mailId));
    const todo = mails.filter(({ kept }) => waiting.has(kept.mailId));
    const work = openUnitOfWork(office, tx, deps.clock.now());
    const earlier = [...waiting.values()].filter((id) => id !== null);
    if (earlier.length > 0) work.load(await tx.exchangesById(earlier));
    const prefetched = await learn(office, tx, work, todo);
    const settlements: Settlement[] = [];
    const taught: SettledMail[] = [];
    for (const mail of todo) {
      const before = work.exchange(waiting.get(mail.kept.mailId) ?? '');
      const settlement =
        before === undefined
          ? await settle(office, mail, work, prefetched)
          : await settleAgain(office, mail, before, work, prefetched);
      work.settle(settlement);
      settlements.push(settlement);
      const exchange = settlement.exchangeId === null ? undefined : work.exchange(settlement.exchangeId);
      taught.push({ settlement, exchange, generation: mail.judged.reading?.generation ?? null });
    }
    const ties = settlements.flatMap(({ exchangeId, inspection }) =>
      exchangeId === null ? [] : (receiptTies(inspection) ?? []),
    );
    if (ties.length > 0) await tx.adopt(ties);
    // An annulment may have overtaken the message, or the confirmation that tells the number it speaks of.
    const overtaken = settlements.flatMap(({ exchangeId, inspection: { kind }, sender }) =>
      exchangeId !== null && sender !== null && (kind === 'confirmation' || kind === 'protocol-message')
        ? sender.toLowerCase()
        : [],
    );
    if (overtaken.length > 0) await tx.adoptAnnulments([...new Set(overtaken)], work.at);
    await tx.save(work.changes());
    return { settlements, lessons: observationsOf(taught, work.at) };
  });
  await deps.learn(lessons);
  for (const { mailId, exchangeId, inspection, note } of settled) {
    const { kind, decision } = inspection;
    deps.log.info(
      { aoo: office.aoo, mailId, exchangeId, kind, action: decision.action, codes: decision.codes, note },
      'mail settled',
    );
  }
}

async function settle(office: Office, mail: Judged, work: UnitOfWork, prefetched: Prefetched): Promise<Settlement> {
  const { kept, judged } = mail;
  const before = prefetched.seenBefore.get(kept.mailId);
  if (before !== undefined) {
    const seen = problem('mail-seen-before');
    const decision = { action: 'ignore', reasons: [seen.message], codes: [seen.code] } as const;
    return settlement(mail, { exchangeId: before.exchangeId, note: null, decision });
  }
  switch (judged.inspection.kind) {
    case 'protocol-message':
    case 'plain-pec':
    case 'anomaly':
    case 'ordinary-mail':
    case 'unreadable':
      return settlement(mail, await receiveMessage(office, mail, work, prefetched));
    case 'confirmation':
    case 'update':
    case 'exception':
      return settlement(mail, correlateAnswer(office, mail, work, prefetched));
    case 'annulment':
      return settlement(mail, correlateAnnulment(office, mail, work));
    case 'pec-receipt':
      return settlement(mail, correlateReceipt(office, mail, work, prefetched));
  }
}

/**
 * A mail that waited for a person is judged anew, as under certificates that were missing. Found to be what it was, it goes
 * on waiting; found to be something else, that takes its place, unless somebody has decided meanwhile.
 */
async function settleAgain(
  office: Office,
  mail: Judged,
  before: Exchange,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Settlement> {
  const { exchangeId } = before;
  const { mailId } = mail.kept;
  if (before.state !== 'operator') {
    const seen = problem('mail-seen-before');
    const decision = { action: 'ignore', reasons: [seen.message], codes: [seen.code] } as const;
    return settlement(mail, { exchangeId, note: null, decision });
  }
  const settled = await settle(office, mail, work, prefetched);
  if (settled.exchangeId === exchangeId) return settlement(mail, { exchangeId, note: null });
  const step = incoming(before.state, { type: 'close' }, before.registered !== null);
  const data = { by: 'interpro', reason: problem('mail-judged-anew').message };
  applyTransition(office, work, before, step, { type: 'closed', once: `judged anew ${mailId}`, mailId, data });
  work.audit('closed', exchangeId, data);
  return settled;
}

function settlement({ kept, judged }: Judged, outcome: Outcome): Settlement {
  const { inspection, opened } = judged;
  const headers = opened.contentHeaders ?? opened.headers;
  return {
    mailId: kept.mailId,
    inspection: outcome.decision === undefined ? inspection : { ...inspection, decision: outcome.decision },
    subject: headers.subject,
    sender: opened.pec?.sender ?? headers.from,
    messageId: opened.headers.messageId,
    exchangeId: outcome.exchangeId,
    note: outcome.note,
  };
}

async function fail(office: Office, kept: KeptMail, error: unknown, deps: SettleDeps): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  deps.log.error(
    { aoo: office.aoo, mailId: kept.mailId, err: error },
    'mail could not be settled; it is kept and shown',
  );
  await deps.store.failMail(office.aoo, kept.mailId, reason);
}
