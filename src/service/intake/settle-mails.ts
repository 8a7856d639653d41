/**
 * The way in for mails whose bytes are kept, as one line:
 *
 *   kept ─► judged ─► held against the lists of revoked certificates ─► held against the index ─►
 *   prefetched ─► decided ─► collected ─► saved
 *
 * The first line needs no lock and runs while the page before is being committed. The second is one transaction under
 * the office's lock for the whole page: all or nothing.
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { JudgingError } from '../documents/judging-error.ts';
import { type Learn, observationsOf, type SettledMail } from '../index/observe-peers.ts';
import type { KeptMail } from '../register/kept-mail.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { findOwners } from './address-owners.ts';
import { checkReplyAddress } from './check-reply-address.ts';
import { checkSenders, type SenderIndex } from './check-senders.ts';
import { decideMail } from './decide-mail.ts';
import { isAnyRevoked, lookUpRevocations, type RevocationLists, withRevocations } from './hold-against-lists.ts';
import { identifySenders } from './identify-senders.ts';
import type { Judgement, Revocations } from './judge-mail.ts';
import type { JudgedMail } from './judged-mail.ts';
import type { JudgeMail } from './mail-judge.ts';
import { prefetch } from './prefetch.ts';
import { acceptancesFirst, collectPage, settlementOf } from './settlement.ts';
import { weightOf } from './weigh.ts';

export interface SettleDeps {
  readonly store: Store;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly trust: TrustAnchors;
  readonly judge: JudgeMail;
  readonly log: Log;
  /** Null: senders are not looked up. */
  readonly senders: SenderIndex | null;
  /** Absent: whether certificates were revoked is not known. */
  readonly lists?: RevocationLists | null;
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
 * committed until `before`, the mails that came earlier, has ended well. A page is one transaction, or several where its
 * judgements together weigh more than `heaviest`.
 */
export async function settleMails(
  office: Office,
  mails: readonly MailToSettle[],
  deps: SettleDeps,
  before: Promise<void> = Promise.resolve(),
  heaviest = HEAVIEST,
): Promise<void> {
  for await (const judged of judgedTogether(office, mails, heaviest, deps)) {
    const known = await holdAgainstLists(office, judged, deps);
    const held = await holdAgainstIndex(office, known, deps);
    const identified = held.map((mail) => checkReplyAddress(mail, office.policy));
    await before;
    await commit(office, identified, deps);
  }
  await before;
}

/** Judgements committed together: an ordinary page weighs less than 1 MiB, and what is saved is written in one piece. */
const HEAVIEST = 64 * 1024 * 1024;
/** Mails asked for ahead of the one waited for: whoever judges never waits for us, and few heavy judgements wait for their turn. */
const AHEAD = 16;

/** Those whose bytes are not at hand are read one at a time. */
async function* judgedTogether(
  office: Office,
  mails: readonly MailToSettle[],
  heaviest: number,
  deps: SettleDeps,
): AsyncGenerator<readonly JudgedMail[]> {
  const asked = new Map<number, Promise<Judgement>>();
  const askFor = (at: number) => {
    const bytes = mails[at]?.bytes ?? null;
    if (bytes === null) return;
    const one = ask(office, bytes, null, deps);
    // A rejection surfaces when its turn comes; until then it must not count as unhandled.
    one.catch(() => undefined);
    asked.set(at, one);
  };
  for (let at = 0; at < AHEAD; at += 1) askFor(at);
  let judged: JudgedMail[] = [];
  let weight = 0;
  for (const [at, { kept }] of mails.entries()) {
    askFor(at + AHEAD);
    const judgement = asked.get(at) ?? readAndAsk(office, kept, null, deps);
    asked.delete(at);
    for (const mail of await judgedOrFailed(office, kept, judgement, deps)) {
      const added = weightOf(mail);
      if (judged.length > 0 && weight + added > heaviest) {
        yield judged;
        judged = [];
        weight = 0;
      }
      judged.push(mail);
      weight += added;
    }
  }
  if (judged.length > 0) yield judged;
}

function ask(office: Office, bytes: Buffer, revocations: Revocations | null, deps: SettleDeps): Promise<Judgement> {
  const { trust, clock } = deps;
  const under = { trust, at: clock.now(), policy: office.policy, office: addresseeOf(office) };
  return deps.judge(bytes, { ...under, ...(revocations && { revocations }) });
}

const readAndAsk = async (office: Office, kept: KeptMail, revocations: Revocations | null, deps: SettleDeps) =>
  ask(office, await deps.documents.read(kept.sha256), revocations, deps);

/** None where it cannot be judged through a fault of ours. */
async function judgedOrFailed(
  office: Office,
  kept: KeptMail,
  judgement: Promise<Judgement>,
  deps: SettleDeps,
): Promise<readonly JudgedMail[]> {
  try {
    return [{ kept, ...(await judgement) }];
  } catch (error) {
    if (deps.isPassing(error)) throw error;
    await fail(office, kept, error, deps);
    return [];
  }
}

/** When the lists cannot be asked, nothing is known of revocations, and the mails go on. */
async function holdAgainstLists(
  office: Office,
  mails: readonly JudgedMail[],
  deps: SettleDeps,
): Promise<readonly JudgedMail[]> {
  if (deps.lists == null) return mails;
  const looked = await lookUpRevocations(mails, deps.lists, deps.clock.now()).catch((error: unknown) => {
    if (deps.isPassing(error)) throw error;
    deps.log.error({ aoo: office.aoo, err: error }, 'lists of revoked certificates could not be looked up');
    return mails.map((mail) => ({ mail, revocations: null }));
  });
  const known: JudgedMail[] = [];
  for (const { mail, revocations } of looked) {
    if (revocations === null) known.push(mail);
    else if (!isAnyRevoked(revocations)) known.push(withRevocations(mail, revocations));
    else {
      const again = readAndAsk(office, mail.kept, revocations, deps);
      known.push(...(await judgedOrFailed(office, mail.kept, again, deps)));
    }
  }
  return known;
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
    {
      aoo: office.aoo,
      mailId: kept.mailId,
      err: error,
      ...(error instanceof JudgingError && { code: error.problem.code }),
    },
    'mail could not be settled; it is kept and shown',
  );
  await deps.store.failMail(office.aoo, kept.mailId, reason);
}
