/**
 * What a caller may say of an outgoing message beyond subject, recipients and documents. All of it is optional, and goes into
 * the segnatura of every generation that has a place for it. `detailsLost` says what one has no place for.
 */
import { lossesBetween } from '../../formats/segnatura/convert-losses.ts';
import { readSegnatura } from '../../formats/segnatura/read.ts';
import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type {
  Correspondent,
  DeclaredDocument,
  Folder,
  MessageReference,
  Person,
  Proceeding,
  ProtocolMessage,
} from '../../model/segnatura.ts';
import { addresseeOf, type Office } from '../register/office.ts';

export interface MessageDetails {
  /** The text of the mail. No generation counts it among the documents of a message between two administrations. */
  readonly text?: string;
  /** From the outermost to the innermost, the one that writes. */
  readonly offices?: readonly { readonly name: string; readonly code: string | null }[];
  readonly persons?: readonly Person[];
  /** Where answers go: an address of the office's own. */
  readonly replyTo?: string;
  /** The reason, `''` where none is given. */
  readonly reserved?: string;
  readonly notes?: string;
  readonly folder?: Folder;
  readonly references?: readonly MessageReference[];
  readonly proceedings?: readonly Omit<Proceeding, 'after'>[];
  /** In the order of the documents. */
  readonly documents?: readonly Pick<DeclaredDocument, 'title' | 'subject' | 'type' | 'notes'>[];
}

/** An answer that went to somebody else's mailbox would never be heard of. */
export function checkDetails(office: Office, { replyTo }: MessageDetails): Result<MailAddress | null> {
  if (replyTo === undefined) return ok(null);
  const address = mailAddress(replyTo);
  return address !== null && addresseeOf(office).addresses.includes(address)
    ? ok(address)
    : refuse(problem('reply-address-not-own', '', replyTo));
}

/** The message with its details. */
export function withDetails(message: ProtocolMessage, details: MessageDetails): ProtocolMessage {
  const { reserved, notes, folder, references, proceedings, documents = [] } = details;
  return {
    ...message,
    sender: { ...message.sender, ...insideOf(details) },
    replyTo: mailAddress(details.replyTo ?? '') ?? message.replyTo,
    reserved: reserved ?? message.reserved,
    notes: notes ?? message.notes,
    documents: message.documents.map((document, index) => ({ ...document, ...documents[index] })),
    ...(folder !== undefined && { folder }),
    ...(references !== undefined && { references }),
    ...(proceedings !== undefined && {
      proceedings: proceedings.map((one) => ({ ...one, after: references?.length ?? 0 })),
    }),
  };
}

function insideOf({ offices = [], persons = [] }: MessageDetails): Partial<Correspondent> {
  const path = offices.map(({ name, code }) => ({ name, code, temporary: false }));
  const isPlain = path.length === 1 && path[0]?.code === null;
  return {
    ...(path.length > 0 && { office: path.at(-1)?.name ?? null }),
    ...(path.length > 0 && !isPlain && { officePath: path }),
    ...(persons.length > 0 && { persons }),
  };
}

/**
 * 3.0.0 has no element for the address of answers: they go to the sender's own (allegato 6). So the chosen one comes first
 * there, and the one the message is sent from follows.
 */
export function withReplyContact(message: ProtocolMessage): ProtocolMessage {
  const { sender, replyTo } = message;
  if (replyTo === null || sender.address === null || replyTo === sender.address) return message;
  const addresses = [{ address: replyTo }, { address: sender.address }];
  return { ...message, sender: { ...sender, contacts: [{ of: 'aoo', addresses }] } };
}

/** Where in the model details stand. */
const DETAILS =
  /^(?:sender\.(?:office|officePath|persons)|replyTo|reserved|notes|folder|references|proceedings|documents\[\d+\]\.(?:title|subject|type|notes))\b/;

const JUDGED = { valid: true, problems: [] } as const;

/** What a reader of the segnatura will not find in it of the details: it is written, read back and compared. */
export function detailsLost(message: ProtocolMessage, written: Buffer): readonly Problem[] {
  const read = readSegnatura(written, () => JUDGED);
  if (!read.ok || read.value.message === null) return [];
  return lossesBetween(message, read.value.message).filter(({ at }) => DETAILS.test(at));
}
