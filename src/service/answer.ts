import type { Generation, Identifier, ReceivedMessage, ReturnMessage } from '../formats/segnatura/model.ts';
import { writeMessage } from '../formats/segnatura/write.ts';
import { replaceIllegal } from '../formats/xml/characters.ts';
import { uuidv7 } from '../kernel/uuid.ts';
import type { Office } from './office.ts';
import type { MailRecipe } from './ports.ts';
import type { Exchange, QueuedMail } from './store.ts';

/** Peers correlate by these names and subjects (circ. 60/2013 and practice). */
const FORM = {
  confirmation: { file: 'Conferma.xml', subject: 'Conferma Ricezione' },
  exception: { file: 'Eccezione.xml', subject: 'Notifica Eccezione' },
} as const;

export type Answer =
  | { readonly kind: 'confirmation'; readonly identifier: Identifier }
  | { readonly kind: 'exception'; readonly identifier: Identifier | null; readonly reasons: readonly string[] };

/**
 * The mail that answers an exchange, in the generation of the request (3.0.0 where the request could not be told),
 * to the address the request names. Throws when the answer cannot be written: its parts come from our own register and
 * from a segnatura that was read, so that would be a fault of ours.
 */
export function answerMail(
  office: Office,
  exchange: Exchange,
  received: ReceivedMessage,
  answer: Answer,
  at: Date,
): QueuedMail {
  // Subjects and file names of the sender's may hold what no XML can: it is marked, the answer goes out.
  const about = { ...received, description: received.description && replaceIllegal(received.description) };
  const message: ReturnMessage =
    answer.kind === 'confirmation'
      ? { kind: 'confirmation', identifier: answer.identifier, received: about }
      : {
          kind: 'exception',
          identifier: answer.identifier,
          received: about,
          reason: replaceIllegal(answer.reasons.join('\n')),
        };
  const form = FORM[answer.kind];
  const recipe: MailRecipe = {
    messageId: newMessageId(office, at),
    from: office.address,
    to: [exchange.peerAddress],
    subject: `${form.subject}: ${exchange.subject}`.slice(0, 900),
    date: at.toISOString(),
    text: text(office, answer),
    parts: [
      { name: form.file, mediaType: 'application/xml', content: { base64: write(message, exchange.generation) } },
    ],
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

function write(message: ReturnMessage, generation: Generation): string {
  const written = writeMessage(message, generation);
  if (!written.ok) throw new Error(`cannot write a ${message.kind} of ${generation}: ${written.problem.message}`);
  return written.value.toString('base64');
}

function text(office: Office, answer: Answer): string {
  if (answer.kind === 'exception')
    return `${office.name}: il messaggio non è stato accettato.\n\n${answer.reasons.join('\n')}\n`;
  const { number, date } = answer.identifier;
  return `${office.name}: il messaggio è stato registrato con il numero ${number} del ${date}.\n`;
}
