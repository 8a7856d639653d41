import type { MessageKind } from '../../domain/exchange/inspection.ts';
import { identityOf, indexable } from '../../domain/register/registration.ts';
import { COMMUNICATION, type Identifier, type SegnaturaMessage } from '../../model/segnatura.ts';
import { type PendingNotices, pendingNotices } from '../register/notify-withdrawn.ts';
import type { Office } from '../register/office.ts';
import type { Exchange, OfficeTransaction, OwnMail, QueuedAnswer, ReceiptTies } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import type { Judged } from './judged-mail.ts';

/** What the database knows of the mails at hand: asked once for all of them, under the office's lock. */
export interface Prefetched {
  readonly seenBefore: ReadonlyMap<string, { readonly exchangeId: string | null }>;
  /** Our own mails by Message-ID. */
  readonly ours: ReadonlyMap<string, OwnMail>;
  /** The same by the `identificativo` of receipts that found theirs; grows with the mails at hand. */
  readonly byProviderId: Map<string, OwnMail>;
  /** The latest answer queued for an exchange. */
  readonly answers: ReadonlyMap<string, QueuedAnswer>;
  readonly untold: PendingNotices;
}

export async function learn(
  office: Office,
  tx: OfficeTransaction,
  work: UnitOfWork,
  mails: readonly Judged[],
): Promise<Prefetched> {
  const seenBefore = await tx.seenBefore(mails.map(({ kept }) => kept));

  const identities = unique(mails.flatMap((mail) => incomingIdentity(mail) ?? []));
  const named = identities.length > 0 ? await tx.incomingByIdentity(identities) : [];
  const others = apartFrom(named, mails);
  const incoming = others.length > 0 ? [...named, ...(await tx.incomingByIdentity(others))] : named;
  work.load(incoming);
  const answers = incoming.length > 0 ? await tx.answers(incoming.map(({ exchangeId }) => exchangeId)) : new Map();

  const receipts = mails.flatMap(({ judged }) => receiptTies(judged.inspection) ?? []);
  const messageIds = unique([
    ...receipts.flatMap(({ reference }) => reference ?? []),
    ...mails.flatMap(({ judged }) => namedMessageId(judged.reading?.message) ?? []),
  ]);
  const ours = messageIds.length > 0 ? await tx.outboxByMessageId(messageIds) : new Map();
  // Some providers leave our Message-ID out: the transaction is then known by another receipt's identifier.
  const unnamed = receipts.filter(({ reference }) => reference === null || !ours.has(reference));
  const identifiers = unique(unnamed.flatMap(({ identifier }) => identifier ?? []));
  const byProviderId = new Map(identifiers.length > 0 ? await tx.exchangesByProviderId(identifiers) : []);
  const found = unique([...ours.values(), ...byProviderId.values()].map(({ exchangeId }) => exchangeId));
  if (found.length > 0) work.load(await tx.exchangesById(found));

  const answered = mails.flatMap(({ judged }) => registrationKey(answeredIdentifier(judged.reading?.message)) ?? []);
  if (answered.length > 0) work.load(await tx.outgoingByRegistration(answered));

  const annulled = mails.flatMap(({ judged }) => annulledIdentity(judged) ?? []);
  if (annulled.length > 0) work.load(await tx.byPeer(unique(annulled)));
  const anyRegister = mails.flatMap(({ judged }) => annulledWithoutRegister(judged) ?? []);
  if (anyRegister.length > 0) work.load(await tx.exchangesByPeerNumber(anyRegister));

  work.seen(await tx.eventsSeen(work.exchangeIds()));
  const untold = await pendingNotices(office, tx, work);
  return { seenBefore, ours, byProviderId, answers, untold };
}

/** Kinds of mail that open an exchange: somebody sent us something, whatever it was. */
const OPENS: ReadonlySet<MessageKind> = new Set([
  'protocol-message',
  'plain-pec',
  'anomaly',
  'ordinary-mail',
  'unreadable',
]);

/** The identity under which an incoming exchange is or will be known; null for mails that make none. */
export function incomingIdentity({ judged, kept }: Judged): string | null {
  const message = judged.reading?.message;
  if (judged.inspection.kind === 'annulment' && message?.kind === 'annulment') return identityOf(message.identifier);
  if (!OPENS.has(judged.inspection.kind)) return null;
  if (judged.inspection.kind === 'protocol-message' && message?.kind === 'protocol-message')
    return identityOf(message.identifier);
  // No segnatura, or one whose identifier cannot be read: the message is known by its own Message-ID, which in mail that
  // is not certified is anybody's to choose, so that it counts together with what the mail contains.
  const messageId = judged.opened.pec?.messageId ?? judged.opened.headers.messageId ?? kept.sha256;
  const isProven = judged.inspection.kind === 'protocol-message' || judged.inspection.kind === 'plain-pec';
  return indexable(isProven ? `mail ${messageId}` : `uncertified ${judged.content} ${messageId}`);
}

/** The identity of a message whose identifier another one bears already: neither keeps the other from being registered. */
export const apartIdentity = (identity: string, { judged }: Judged): string =>
  indexable(`${identity} apart ${judged.content}`);

function apartFrom(known: readonly Exchange[], mails: readonly Judged[]): readonly string[] {
  const contents = new Map(known.map(({ identity, content }) => [identity, content]));
  return mails.flatMap((mail) => {
    const identity = incomingIdentity(mail) ?? '';
    const content = contents.get(identity);
    return content === undefined || content === mail.judged.content ? [] : apartIdentity(identity, mail);
  });
}

/** What ties a receipt to our mail; null for what is no receipt. */
export const receiptTies = ({ kind, pec }: Judged['judged']['inspection']): ReceiptTies | null =>
  kind === 'pec-receipt' && pec !== null ? { reference: pec.messageId, identifier: pec.identifier } : null;

const annulledIdentity = ({ reading, inspection }: Judged['judged']): string | null =>
  inspection.kind === 'annulment' && reading?.message?.kind === 'annulment'
    ? identityOf(reading.message.identifier)
    : null;

/** Some annulments name no register, though the message bore one. */
function annulledWithoutRegister({ reading, inspection }: Judged['judged']) {
  const message = inspection.kind === 'annulment' ? reading?.message : null;
  if (message?.kind !== 'annulment' || message.identifier.register !== null) return null;
  const { administration, aoo, number } = message.identifier;
  return { administration, aoo, number: number.replace(/^0+/, '') };
}

export function answeredIdentifier(message: SegnaturaMessage | null | undefined): Identifier | null {
  switch (message?.kind) {
    case 'confirmation':
    case 'update':
    case 'exception':
      return message.received.identifier;
    default:
      return null;
  }
}

/**
 * Our mail as an answer names it that could not read our registration, or took our message for one that bore none: in
 * words (circ. 60/2013), or in the place of the number (Tuscany's rule). With its angle brackets; null where it does not.
 */
export function namedMessageId(message: SegnaturaMessage | null | undefined): string | null {
  const isAnswer = message != null && message.kind !== 'protocol-message' && message.kind !== 'annulment';
  if (!isAnswer) return null;
  const { identifier, description } = message.received;
  const isCommunication = identifier?.administration.toUpperCase() === COMMUNICATION;
  const text = identifier === null ? description : isCommunication ? identifier.number : null;
  if (text === null) return null;
  const inside = /<([^<>\s]+)>/.exec(text)?.[1] ?? text.trim();
  return inside.includes('@') && !/[<>\s]/.test(inside) ? `<${inside}>` : null;
}

/** How our own registration is named in an answer; null when it cannot be one of ours. */
export function registrationKey(identifier: Identifier | null) {
  if (identifier === null) return null;
  const number = Number(identifier.number);
  const year = Number(identifier.date.slice(0, 4));
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(year) || year > 9999) return null;
  return { register: identifier.register, year, number };
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];
