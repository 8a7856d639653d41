import type { IncomingExchange } from '../../domain/exchange/exchange.ts';
import type { Inspection, MessageKind } from '../../domain/exchange/inspection.ts';
import { identityOf, indexable } from '../../domain/register/registration.ts';
import type { PecReport } from '../../model/pec.ts';
import type { ReceiptTies } from '../register/changes.ts';
import { type PendingNotices, pendingNotices } from '../register/notify-withdrawn.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction, OwnMail, QueuedAnswer } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { type AnswerTally, openTally } from './answer-ceiling.ts';
import { answeredIdentifier, namedMessageId, registrationKey } from './answered-message.ts';
import { answerAddressOf, type JudgedMail } from './judged-mail.ts';

/** What the database knows of a page of mails: asked once for all of them, under the office's lock. */
export interface Prefetched {
  /** Those of the page that still wait to be settled, in order. */
  readonly mails: readonly JudgedMail[];
  /** By mail: the exchange it opened when it was settled before; null for a mail that is settled for the first time. */
  readonly openedBefore: ReadonlyMap<string, string | null>;
  /** Mails read before under another UIDVALIDITY. */
  readonly seenBefore: ReadonlyMap<string, { readonly exchangeId: string | null }>;
  /** Our own mails by Message-ID. */
  readonly ours: ReadonlyMap<string, OwnMail>;
  /** Our own mails by the provider's `identificativo`; grows as receipts of the page find theirs. */
  readonly byProviderId: Map<string, OwnMail>;
  /** The transmissions of mails, by exchange, purpose and recipient, as acceptances of the page add to them. */
  readonly transmissions: Map<string, readonly string[]>;
  /** The receipts that count for exchanges of which one is judged again; grows as receipts of the page count. */
  readonly receipts: ReadonlyMap<string, PecReport[]>;
  /** The latest answer queued for an exchange. */
  readonly answers: ReadonlyMap<string, QueuedAnswer>;
  readonly pendingNotices: PendingNotices;
  /** The automatic answers of the last hour; grows as the page is answered. */
  readonly tally: AnswerTally;
}

/** Every exchange the mails may concern is then in `work`, with the events it has seen. */
export async function prefetch(
  office: Office,
  tx: OfficeTransaction,
  work: UnitOfWork,
  page: readonly JudgedMail[],
): Promise<Prefetched> {
  const openedBefore = await tx.mails.unsettled(page.map(({ kept }) => kept.mailId));
  const mails = page.filter(({ kept }) => openedBefore.has(kept.mailId));
  const earlier = [...openedBefore.values()].filter((id) => id !== null);
  if (earlier.length > 0) work.load(await tx.exchanges.byId(earlier));
  const seenBefore = await tx.mails.seenBefore(mails.map(({ kept }) => kept));
  const answers = await loadSameIdentity(tx, work, mails);
  const tally = await tallyFor(office, tx, work, mails);
  const { ours, byProviderId } = await loadOwnMails(tx, work, mails);
  await loadAnswered(tx, work, mails);
  await loadAnnulled(tx, work, mails);
  work.seen(await tx.exchanges.eventsSeen(work.exchangeIds()));
  const judgedAgain = mails.flatMap(({ inspection, kept }) =>
    inspection.kind === 'pec-receipt' ? (openedBefore.get(kept.mailId) ?? []) : [],
  );
  const receipts = judgedAgain.length > 0 ? await tx.mails.receiptsOf(unique(judgedAgain)) : new Map();
  const notices = await pendingNotices(office, tx, work);
  return {
    mails,
    openedBefore,
    seenBefore,
    ours,
    byProviderId,
    transmissions: new Map(),
    receipts,
    answers,
    pendingNotices: notices,
    tally,
  };
}

/** Of every address that a message of the page may be answered at, or was before. */
function tallyFor(office: Office, tx: OfficeTransaction, work: UnitOfWork, mails: readonly JudgedMail[]) {
  const opening = mails.filter(({ inspection }) => OPENS.has(inspection.kind));
  const known = work.exchangeIds().flatMap((id) => work.exchange(id)?.peerAddress ?? []);
  const addresses = opening.length === 0 ? [] : [...opening.map(answerAddressOf), ...known];
  return openTally(tx, work.at, addresses, office.answersPerHour);
}

/** Incoming exchanges that a message may repeat, with their latest answers. */
async function loadSameIdentity(
  tx: OfficeTransaction,
  work: UnitOfWork,
  mails: readonly JudgedMail[],
): Promise<ReadonlyMap<string, QueuedAnswer>> {
  const identities = unique(mails.flatMap((mail) => incomingIdentity(mail) ?? []));
  const named = identities.length > 0 ? await tx.exchanges.incomingByIdentity(identities) : [];
  const others = apartFrom(named, mails);
  const incoming = others.length > 0 ? [...named, ...(await tx.exchanges.incomingByIdentity(others))] : named;
  work.load(incoming);
  return incoming.length > 0 ? tx.outbox.latestAnswers(incoming.map(({ exchangeId }) => exchangeId)) : new Map();
}

/** Mails of ours that receipts and answers speak of, with their exchanges. */
async function loadOwnMails(tx: OfficeTransaction, work: UnitOfWork, mails: readonly JudgedMail[]) {
  const receipts = mails.flatMap(({ inspection }) => {
    const ties = receiptTies(inspection);
    return ties === null ? [] : [{ ...ties, isSigned: inspection.pec?.unsignedReference !== true }];
  });
  const messageIds = unique([
    ...receipts.flatMap(({ reference }) => reference ?? []),
    ...mails.flatMap(({ reading }) => namedMessageId(reading?.message) ?? []),
  ]);
  const ours: ReadonlyMap<string, OwnMail> =
    messageIds.length > 0 ? await tx.outbox.byMessageId(messageIds) : new Map();
  // Some providers leave our Message-ID out: another receipt of the same transaction then tells which mail is meant.
  const unnamed = receipts.filter(({ reference, isSigned }) => !isSigned || reference === null || !ours.has(reference));
  const identifiers = unique(unnamed.flatMap(({ identifier }) => identifier ?? []));
  const byProviderId = new Map(identifiers.length > 0 ? await tx.outbox.byProviderId(identifiers) : []);
  const found = unique([...ours.values(), ...byProviderId.values()].map(({ exchangeId }) => exchangeId));
  if (found.length > 0) work.load(await tx.exchanges.byId(found));
  return { ours, byProviderId };
}

/** Messages of ours that answers name by registration. */
async function loadAnswered(tx: OfficeTransaction, work: UnitOfWork, mails: readonly JudgedMail[]): Promise<void> {
  const answered = mails.flatMap(({ reading }) => registrationKey(answeredIdentifier(reading?.message)) ?? []);
  if (answered.length > 0) work.load(await tx.exchanges.outgoingByRegistration(answered));
}

/** Exchanges whose peer annuls its registration. */
async function loadAnnulled(tx: OfficeTransaction, work: UnitOfWork, mails: readonly JudgedMail[]): Promise<void> {
  const annulled = mails.flatMap((mail) => annulledIdentifier(mail) ?? []);
  if (annulled.length === 0) return;
  work.load(await tx.exchanges.byPeer(unique(annulled.map(identityOf))));
  // Some annulments name no register, though the message bore one.
  const anyRegister = annulled
    .filter(({ register }) => register === null)
    .map(({ administration, aoo, number }) => ({ administration, aoo, number: number.replace(/^0+/, '') }));
  if (anyRegister.length > 0) work.load(await tx.exchanges.byPeerNumber(anyRegister));
}

const annulledIdentifier = ({ reading, inspection }: JudgedMail) =>
  inspection.kind === 'annulment' && reading?.message?.kind === 'annulment' ? reading.message.identifier : null;

/** Kinds of mail that open an exchange: somebody sent us something, whatever it was. */
const OPENS: ReadonlySet<MessageKind> = new Set([
  'protocol-message',
  'plain-pec',
  'anomaly',
  'ordinary-mail',
  'unreadable',
]);

/** The identity under which an incoming exchange is or will be known; null for mails that open none. */
export function incomingIdentity(mail: JudgedMail): string | null {
  const { inspection, reading, opened, content, kept } = mail;
  const message = reading?.message;
  if (inspection.kind === 'annulment' && message?.kind === 'annulment') return identityOf(message.identifier);
  if (!OPENS.has(inspection.kind)) return null;
  if (inspection.kind === 'protocol-message' && message?.kind === 'protocol-message')
    return identityOf(message.identifier);
  // No segnatura, or none with a readable identifier: the message is known by its Message-ID. In mail that is not certified
  // anybody may choose that, so what the mail contains counts as well.
  const messageId = opened.pec?.messageId ?? opened.headers.messageId ?? kept.sha256;
  const isProven = inspection.kind === 'protocol-message' || inspection.kind === 'plain-pec';
  return indexable(isProven ? `mail ${messageId}` : `uncertified ${content} ${messageId}`);
}

/** The identity of a message whose identifier another one bears already: both can be registered. */
export const apartIdentity = (identity: string, { content }: JudgedMail): string =>
  indexable(`${identity} apart ${content}`);

function apartFrom(known: readonly IncomingExchange[], mails: readonly JudgedMail[]): readonly string[] {
  const contents = new Map(known.map(({ identity, content }) => [identity, content]));
  return mails.flatMap((mail) => {
    const identity = incomingIdentity(mail) ?? '';
    const content = contents.get(identity);
    return content === undefined || content === mail.content ? [] : apartIdentity(identity, mail);
  });
}

/** What ties a receipt to our mail; null for what is no receipt. */
export const receiptTies = ({ kind, pec }: Inspection): ReceiptTies | null =>
  kind === 'pec-receipt' && pec !== null ? { reference: pec.messageId, identifier: pec.identifier } : null;

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];
