/**
 * The way in for mails whose bytes are kept, as one line:
 *
 *   kept ─► judged ─► held against the index ─► prefetched ─► decided ─► collected ─► saved
 *
 * The first two steps need no lock and run while the page before is being committed. The others are one transaction under
 * the office's lock for the whole page: all or nothing.
 */
import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Validate } from '../../formats/segnatura/read.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { type Learn, observationsOf, type SettledMail } from '../index/observe-peers.ts';
import type { KeptMail } from '../register/kept-mail.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { findOwners } from './address-owners.ts';
import { checkReplyAddress } from './check-reply-address.ts';
import { checkSenders, type SenderIndex } from './check-senders.ts';
import { decideMail } from './decide-mail.ts';
import { identifySenders } from './identify-senders.ts';
import { judgeMail } from './judge-mail.ts';
import type { JudgedMail } from './judged-mail.ts';
import { prefetch } from './prefetch.ts';
import { acceptancesFirst, collectPage, settlementOf } from './settlement.ts';

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
  /** The bytes where they are still at hand; null: read them from the document store. */
  readonly bytes: Buffer | null;
}

/**
 * Settles mails of one mailbox, in order. A mail that cannot be settled through a fault of ours is marked failed, shown to
 * a person, and does not stop the others. A passing failure rejects, and everything is still to be settled. Nothing is
 * committed until `before`, the mails that came earlier, has ended well.
 */
export async function settleMails(
  office: Office,
  mails: readonly MailToSettle[],
  deps: SettleDeps,
  before: Promise<void> = Promise.resolve(),
): Promise<void> {
  const judged = await judge(office, mails, deps);
  const held = await holdAgainstIndex(office, judged, deps);
  const identified = held.map((mail) => checkReplyAddress(mail, office.policy));
  await before;
  await commit(office, identified, deps);
}

async function judge(office: Office, mails: readonly MailToSettle[], deps: SettleDeps): Promise<readonly JudgedMail[]> {
  const judged: JudgedMail[] = [];
  const addressee = addresseeOf(office);
  for (const { kept, bytes } of mails) {
    try {
      const read = bytes ?? (await deps.documents.read(kept.sha256));
      const options = { ...deps, at: deps.clock.now(), policy: office.policy, office: addressee };
      judged.push({ kept, ...judgeMail(read, options) });
    } catch (error) {
      if (deps.isPassing(error)) throw error;
      await fail(office, kept, error, deps);
    }
    // Judging is pure computing: transactions and deliveries under way must not wait for a whole page of it.
    await letOthersRun();
  }
  return judged;
}

/** When the index cannot be asked, the mails go on without its flags, and nobody but those we wrote to is believed. */
async function holdAgainstIndex(
  office: Office,
  mails: readonly JudgedMail[],
  deps: SettleDeps,
): Promise<readonly JudgedMail[]> {
  if (deps.senders === null) return mails;
  try {
    const known = await identifySenders(mails, deps.senders);
    const owned = await findOwners(known, deps.senders, deps.clock);
    return await checkSenders(owned, office.policy, deps.senders, deps.clock);
  } catch (error) {
    if (deps.isPassing(error)) throw error;
    deps.log.error({ aoo: office.aoo, err: error }, 'senders could not be looked up in the index');
    return mails;
  }
}

async function commit(office: Office, mails: readonly JudgedMail[], deps: SettleDeps): Promise<void> {
  if (mails.length === 0) return;
  try {
    await commitTogether(office, mails, deps);
  } catch (error) {
    if (deps.isPassing(error)) throw error;
    const [only, ...others] = mails;
    if (only !== undefined && others.length === 0) return fail(office, only.kept, error, deps);
    // One of them is the cause: settled one by one, only that one fails.
    for (const mail of mails) await commit(office, [mail], deps);
  }
}

/** One transaction for the whole page. */
async function commitTogether(office: Office, mails: readonly JudgedMail[], deps: SettleDeps): Promise<void> {
  const { settled, at } = await deps.store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, deps.clock.now());
    const prefetched = await prefetch(office, tx, work, mails);
    const settled: SettledMail[] = [];
    for (const mail of acceptancesFirst(prefetched.mails)) {
      const outcome = await decideMail(office, mail, work, prefetched);
      const exchange = outcome.exchangeId === null ? undefined : work.exchange(outcome.exchangeId);
      settled.push({ settlement: settlementOf(mail, outcome), exchange, generation: mail.reading?.generation ?? null });
    }
    await collectPage(settled, tx, work);
    await tx.save(work.changes());
    return { settled, at: work.at };
  });
  await deps.learn(observationsOf(settled, at));
  for (const { settlement } of settled) {
    const { exchangeId, inspection, note } = settlement;
    const { mailId } = settlement.kept;
    const { kind, decision } = inspection;
    deps.log.info(
      { aoo: office.aoo, mailId, exchangeId, kind, action: decision.action, codes: decision.codes, note },
      'mail settled',
    );
  }
}

async function fail(office: Office, kept: KeptMail, error: unknown, deps: SettleDeps): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  deps.log.error(
    { aoo: office.aoo, mailId: kept.mailId, err: error },
    'mail could not be settled; it is kept and shown',
  );
  await deps.store.failMail(office.aoo, kept.mailId, reason);
}
