/** One recipient of a registered message: an exchange of its own, and its mail under a Message-ID of its own. */
import type { Exchange } from '../../domain/exchange/exchange.ts';
import { identityOf, type RegisteredDocument } from '../../domain/register/registration.ts';
import { italianDay } from '../../kernel/clock.ts';
import { sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Generation, Identifier } from '../../model/segnatura.ts';
import type { Documents } from '../documents/documents.ts';
import { newMessageId } from '../register/answer-mail.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { MailRecipe, OutgoingPart } from '../register/mail-recipe.ts';
import type { Office } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import type { SendRequest } from './send-request.ts';

/** The parts of a mail, and the digest of all that is sent. */
export interface Carried {
  readonly content: Sha256;
  readonly parts: readonly OutgoingPart[];
}

/**
 * A segnatura names all recipients, so a copy in each recipe would grow with the square of their number (a gigabyte for a
 * thousand). With several recipients it is stored once, as a document.
 */
export async function carry(
  segnatura: Buffer,
  documents: readonly RegisteredDocument[],
  recipients: number,
  store: Pick<Documents, 'put'>,
): Promise<Carried> {
  const content =
    recipients > 1 ? { sha256: (await store.put(segnatura)).sha256 } : { base64: segnatura.toString('base64') };
  return {
    content: sha256Of([segnatura, ...documents.map(({ sha256 }) => sha256)]),
    parts: [{ name: 'Segnatura.xml', mediaType: 'application/xml', content }, ...documents.map(toPart)],
  };
}

/** For those who read no segnatura. */
export const carryPlain = (documents: readonly RegisteredDocument[]): Carried => ({
  content: sha256Of(documents.map(({ sha256 }) => sha256)),
  parts: documents.map(toPart),
});

const toPart = ({ name, mediaType, sha256 }: RegisteredDocument): OutgoingPart => ({
  name,
  mediaType,
  content: { sha256 },
});

/** The text of a mail; null: nobody wrote one. Without a segnatura it ends with the number and the office (DPR 445/2000 art. 55). */
export function mailText(office: Office, text: string | null, { number, date }: Identifier, plain: boolean): string {
  const { name } = office;
  const written = text === null ? null : `${text.replace(/\r\n?/g, '\n').trimEnd()}\n`;
  const signed = `${name}\nProtocollo n. ${number} del ${italianDay(date)}\n`;
  if (plain) return written === null ? `Si trasmettono i documenti allegati.\n\n${signed}` : `${written}\n${signed}`;
  return written ?? `${name} trasmette un messaggio protocollato. I dati di protocollo sono nel file Segnatura.xml.\n`;
}

export interface Dispatch {
  readonly exchangeId: string;
  readonly recipient: SendRequest['recipients'][number];
  readonly generation: Generation;
  readonly carried: Carried;
  readonly registered: RegistrationKey;
  readonly identifier: Identifier;
  readonly subject: string;
  readonly text: string;
  readonly answerWanted: boolean;
  readonly receipt?: 'breve';
  /** Further facts for the history. */
  readonly news?: Record<string, unknown>;
}

/** Opens the exchange and queues its mail; gives the Message-ID. */
export function openExchange(office: Office, one: Dispatch, work: UnitOfWork): string {
  const { exchangeId, recipient, generation, carried, registered, identifier, subject } = one;
  const { address, correspondent, frozen, plain = false } = recipient;
  const { at } = work;
  const { register, year, number } = registered;
  const messageId = newMessageId(office, at);
  const exchange: Exchange = {
    exchangeId,
    direction: 'outgoing',
    identity: `${identityOf(identifier)} ${address}`,
    content: carried.content,
    state: 'queued',
    version: 0,
    generation,
    peerAddress: address,
    peer: correspondent,
    subject,
    registered: { register, year, number },
    peerIdentifier: null,
    answerWanted: one.answerWanted && !plain,
    plain,
    mailId: null,
    awaits: 'acceptance',
    dueAt: new Date(at.getTime() + office.deadlines.acceptance * 1000),
    createdAt: at,
    updatedAt: at,
  };
  const data = { identifier, ...(frozen !== undefined && { recipient: frozen }), ...one.news };
  work.append(exchange, { type: 'registered', once: 'registered', mailId: null, data });
  const recipe: MailRecipe = {
    messageId,
    from: office.address,
    to: [address],
    subject: subject.slice(0, 900),
    date: at.toISOString(),
    text: one.text,
    ...(one.receipt !== undefined && { receipt: one.receipt }),
    parts: carried.parts,
  };
  work.queue({ outboxId: uuidv7(at), exchangeId, purpose: 'message', recipient: address, recipe });
  return messageId;
}
