import { identityOf, indexable } from '../domain/register/registration.ts';
import type { Identifier, SegnaturaMessage } from '../formats/segnatura/model.ts';
import type { Judged } from './judged.ts';
import type { Ledger } from './ledger.ts';
import type { OfficeTransaction, Purpose } from './store.ts';

/** What the database knows of the mails at hand: asked once for all of them, under the office's lock. */
export interface Knowledge {
  readonly seenBefore: ReadonlyMap<string, { readonly exchangeId: string | null }>;
  /** Our own mails by Message-ID. */
  readonly ours: ReadonlyMap<string, { readonly exchangeId: string; readonly purpose: Purpose }>;
  /** The latest answer queued for an exchange. */
  readonly answers: ReadonlyMap<string, { readonly outboxId: string; readonly waiting: boolean }>;
}

export async function learn(tx: OfficeTransaction, ledger: Ledger, mails: readonly Judged[]): Promise<Knowledge> {
  const seenBefore = await tx.seenBefore(mails.map(({ kept }) => kept));

  const identities = unique(mails.flatMap((mail) => incomingIdentity(mail) ?? []));
  const incoming = identities.length > 0 ? await tx.incomingByIdentity(identities) : [];
  ledger.load(incoming);
  const answers = incoming.length > 0 ? await tx.answers(incoming.map(({ exchangeId }) => exchangeId)) : new Map();

  const messageIds = unique(mails.flatMap(({ judged }) => receiptFor(judged.inspection) ?? []));
  const ours = messageIds.length > 0 ? await tx.outboxByMessageId(messageIds) : new Map();
  if (ours.size > 0)
    ledger.load(await tx.exchangesById(unique([...ours.values()].map(({ exchangeId }) => exchangeId))));

  const answered = mails.flatMap(({ judged }) => registrationKey(answeredIdentifier(judged.reading?.message)) ?? []);
  if (answered.length > 0) ledger.load(await tx.outgoingByRegistration(answered));

  ledger.seen(await tx.eventsSeen(ledger.exchangeIds()));
  return { seenBefore, ours, answers };
}

/** The identity under which an incoming exchange is or will be known; null for mails that make none. */
export function incomingIdentity({ judged, kept }: Judged): string | null {
  const message = judged.reading?.message;
  if (judged.inspection.kind === 'annulment' && message?.kind === 'annulment') return identityOf(message.identifier);
  if (judged.inspection.kind !== 'protocol-message') return null;
  if (message?.kind === 'protocol-message') return identityOf(message.identifier);
  // Not even the identifier could be read: the message is known by its own Message-ID.
  return indexable(`mail ${judged.opened.pec?.messageId ?? judged.opened.headers.messageId ?? kept.sha256}`);
}

export const receiptFor = (inspection: Judged['judged']['inspection']): string | null =>
  inspection.kind === 'pec-receipt' ? (inspection.pec?.messageId ?? null) : null;

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

/** How our own registration is named in an answer; null when it cannot be one of ours. */
export function registrationKey(identifier: Identifier | null) {
  if (identifier === null) return null;
  const number = Number(identifier.number);
  const year = Number(identifier.date.slice(0, 4));
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(year) || year > 9999) return null;
  return { register: identifier.register, year, number };
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];
