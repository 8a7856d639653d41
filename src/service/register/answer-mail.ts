import type { Purpose } from '../../domain/exchange/event-types.ts';
import type { Exchange } from '../../domain/exchange/exchange.ts';
import { writeMessage } from '../../formats/segnatura/write.ts';
import { replaceIllegal } from '../../formats/xml/characters.ts';
import { italianDay } from '../../kernel/clock.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Generation, Identifier, ReceivedMessage, ReturnMessage } from '../../model/segnatura.ts';
import { COMMUNICATION } from '../../model/segnatura.ts';
import type { QueuedMail } from './changes.ts';
import type { MailRecipe } from './mail-recipe.ts';
import type { Office } from './office.ts';

/** Peers correlate by these names and subjects (circ. 60/2013 and practice). */
const FORM = {
  confirmation: { file: 'Conferma.xml', subject: 'Conferma Ricezione' },
  exception: { file: 'Eccezione.xml', subject: 'Notifica Eccezione' },
  update: { file: 'Aggiornamento.xml', subject: 'Aggiornamento Conferma' },
  annulment: { file: 'Annullamento.xml', subject: 'Annullamento Protocollazione' },
  receipt: { file: 'Conferma.xml', subject: 'Ricevuta di protocollazione' },
} as const satisfies Partial<Record<Purpose, object>>;

/** A reply to our registration receipt repeats its name in the subject, whether a person or a machine wrote it. */
export const bearsReceipt = (subject: string): boolean =>
  subject.toLowerCase().includes(FORM.receipt.subject.toLowerCase());

export type Answer =
  | { readonly kind: 'confirmation' | 'update'; readonly identifier: Identifier }
  | { readonly kind: 'exception'; readonly identifier: Identifier | null; readonly reasons: readonly string[] }
  | {
      readonly kind: 'annulment';
      readonly identifier: Identifier;
      readonly reason: string;
      readonly provision: string;
    }
  /** Of a message without segnatura. `readsXml`: the sender is in the index, so its system may read a confirmation. */
  | { readonly kind: 'receipt'; readonly identifier: Identifier; readonly readsXml: boolean };

/**
 * The mail that answers an exchange, in the generation of the request (3.0.0 if that is unknown), to the address the
 * request names. Throws when the answer cannot be written: its parts come from our register and from a segnatura that was
 * read, so that would be a bug.
 */
export function answerMail(
  office: Office,
  exchange: Exchange,
  received: ReceivedMessage,
  answer: Answer,
  at: Date,
): QueuedMail {
  const form = FORM[answer.kind];
  const xml = xmlOf(exchange, received, answer);
  const recipe: MailRecipe = {
    messageId: newMessageId(office, at),
    from: office.address,
    to: [exchange.peerAddress],
    subject: `${form.subject}: ${exchange.subject}`.slice(0, 900),
    date: at.toISOString(),
    text: text(office, exchange, answer),
    automatic: true,
    parts: xml === null ? [] : [{ name: form.file, mediaType: 'application/xml', content: { base64: xml } }],
  };
  return {
    outboxId: uuidv7(at),
    exchangeId: exchange.exchangeId,
    purpose: answer.kind,
    recipient: exchange.peerAddress,
    recipe,
  };
}

export const newMessageId = (office: Office, at: Date): string =>
  `<${uuidv7(at)}@${office.address.slice(office.address.indexOf('@') + 1)}>`;

function xmlOf(exchange: Exchange, received: ReceivedMessage, answer: Answer): string | null {
  // The sender's words may contain characters that XML does not allow: they are replaced, and the answer goes out.
  const about = { ...received, description: received.description && replaceIllegal(received.description) };
  switch (answer.kind) {
    case 'confirmation':
    case 'update':
      return write({ kind: answer.kind, identifier: answer.identifier, received: about }, exchange.generation);
    case 'exception': {
      const reason = replaceIllegal(answer.reasons.join('\n'));
      return write({ kind: 'exception', identifier: answer.identifier, received: about, reason }, exchange.generation);
    }
    case 'annulment': {
      // Who got the message without a segnatura reads no XML about it either.
      if (exchange.plain && exchange.direction === 'outgoing') return null;
      const { identifier } = answer;
      const reason = replaceIllegal(answer.reason);
      const provision = replaceIllegal(answer.provision);
      return write({ kind: 'annulment', identifier, reason, provision }, exchange.generation);
    }
    case 'receipt':
      return answer.readsXml ? communication(answer.identifier, about) : null;
  }
}

/**
 * Tuscany's rule for messages that bore no registration: the literal COMUNICAZIONE stands for the sender's codes and the
 * message's id for its number. Only the form of 2001 has room for that; a message without an id gets the plain receipt.
 */
function communication(identifier: Identifier, { description }: ReceivedMessage): string | null {
  if (description === null) return null;
  const about: Identifier = {
    administration: COMMUNICATION,
    aoo: COMMUNICATION,
    register: null,
    number: description,
    date: identifier.date,
    time: null,
  };
  const received = { identifier: about, firstRegistration: null, description: null };
  const written = writeMessage({ kind: 'confirmation', identifier, received }, '2001');
  return written.ok ? written.value.toString('base64') : null;
}

function write(message: ReturnMessage, generation: Generation): string {
  const written = writeMessage(message, generation);
  if (!written.ok) throw new Error(`cannot write a ${message.kind} of ${generation}: ${written.problem.message}`);
  return written.value.toString('base64');
}

function text(office: Office, exchange: Exchange, answer: Answer): string {
  switch (answer.kind) {
    case 'exception':
      return `${office.name}: il messaggio «${exchange.subject}» non è stato accettato.\n\n${answer.reasons.join('\n')}\n`;
    case 'confirmation':
      return `${office.name}: il messaggio «${exchange.subject}» è stato registrato con il numero di protocollo ${numberOf(answer)}.\n`;
    case 'update':
      return `${office.name}: sono cambiati i dati della registrazione di protocollo n. ${numberOf(answer)}.\n`;
    case 'annulment':
      return `${office.name}: la registrazione di protocollo n. ${numberOf(answer)} è stata annullata.\n\nMotivo: ${answer.reason}\n`;
    case 'receipt':
      return `${office.name}: il messaggio «${exchange.subject}» è stato registrato con il numero di protocollo ${numberOf(answer)}.\n`;
  }
}

const numberOf = ({ identifier: { number, date } }: { readonly identifier: Identifier }): string =>
  `${number} del ${italianDay(date)}`;
