/** The segnatura of an outgoing message, in every generation that its recipients read; sealed in 3.0.0. */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { sealMessage } from '../../formats/seal/sign.ts';
import { readSegnatura } from '../../formats/segnatura/read.ts';
import { writeMessage } from '../../formats/segnatura/write.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type {
  Correspondent,
  DeclaredDocument,
  Generation,
  Identifier,
  ProtocolMessage,
  Recipient,
} from '../../model/segnatura.ts';
import type { Office } from '../register/office.ts';
import { detailsLost, withDetails, withReplyContact } from './message-details.ts';
import type { SendRequest } from './send-request.ts';

type Described = Omit<SendRequest, 'documents' | 'given'>;

/**
 * The bytes of each generation that a recipient reads. Refused when a generation cannot express the message, or needs a seal and the office has none.
 * Called with a placeholder number first, so that this is known before a number is taken.
 */
export async function writeSegnature(
  office: Office,
  request: Described,
  documents: readonly RegisteredDocument[],
  identifier: Identifier,
  at: Date,
): Promise<Result<ReadonlyMap<Generation, Buffer>>> {
  const message = toMessage(office, request, documents, identifier);
  const written = new Map<Generation, Buffer>();
  const readers = request.recipients.filter(({ plain }) => !plain);
  for (const generation of new Set(readers.map((recipient) => recipient.generation ?? request.generation))) {
    const bytes = await writeSealed(office, message, generation, at);
    if (!bytes.ok) return bytes;
    written.set(generation, bytes.value);
  }
  return ok(written);
}

/** In one generation; sealed where that one wants a seal. */
export async function writeSealed(
  office: Office,
  message: ProtocolMessage,
  generation: Generation,
  at: Date,
): Promise<Result<Buffer>> {
  const plain = writeMessage(inGeneration(message, generation), generation);
  if (!plain.ok || generation !== '3.0.0') return plain;
  return office.signer === null
    ? refuse(problem('signer-missing'))
    : ok(await sealMessage(plain.value, office.signer, at));
}

/** A segnatura that we wrote ourselves. */
export function readOwn(bytes: Buffer): ProtocolMessage {
  const read = readSegnatura(bytes, () => ({ valid: true, problems: [] }));
  const message = read.ok ? read.value.message : null;
  if (message?.kind !== 'protocol-message') throw new Error('our own segnatura cannot be read');
  return message;
}

/** What of the caller's details each generation has no place for. */
export function lostInGenerations(
  office: Office,
  request: Described,
  documents: readonly RegisteredDocument[],
  identifier: Identifier,
  written: ReadonlyMap<Generation, Buffer>,
): ReadonlyMap<Generation, readonly Problem[]> {
  if (request.details === undefined) return new Map();
  const message = toMessage(office, request, documents, identifier);
  return new Map([...written].map(([generation, bytes]) => [generation, detailsLost(message, bytes)]));
}

const inGeneration = (message: ProtocolMessage, generation: Generation): ProtocolMessage =>
  generation === '3.0.0' ? { ...withReplyContact(message), recipients: message.recipients.map(asSubject) } : message;

/**
 * 3.0.0 knows only bodies and persons (allegato 6, `SoggettoType`) and wants both names of a person. A recipient of whom
 * only the address is known is written as a legal person of that name: the one subject that needs nothing more.
 */
const asSubject = (recipient: Recipient): Recipient =>
  recipient.kind === 'unknown' ? { ...recipient, kind: 'legal-person' } : recipient;

export const senderOf = (office: Office): Correspondent => ({
  kind: 'administration',
  name: office.name,
  administration: office.administration,
  aoo: office.code,
  aooName: office.name,
  office: null,
  address: office.address,
  taxCode: null,
});

function toMessage(
  office: Office,
  request: Described,
  documents: readonly RegisteredDocument[],
  identifier: Identifier,
): ProtocolMessage {
  const message: ProtocolMessage = {
    kind: 'protocol-message',
    identifier,
    firstRegistration: null,
    subject: request.subject,
    sender: senderOf(office),
    recipients: request.recipients.map(({ address, correspondent, copy = false, plain = false }) => ({
      ...correspondent,
      address,
      confirmationRequested: request.confirmationRequested && !plain,
      copy,
    })),
    replyTo: office.address,
    confirmationRequested: request.confirmationRequested,
    classifications: request.classifications,
    reserved: null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: false,
    notes: null,
    documents: documents.map(toDeclared),
  };
  return request.details === undefined ? message : withDetails(message, request.details);
}

/** The writer puts digests only into generations that have one for every document (3.0.0). */
const toDeclared = ({ role, name, mediaType, sha256 }: RegisteredDocument): DeclaredDocument => ({
  role: role === 'primary' ? 'primary' : 'attachment',
  name,
  mediaType,
  title: null,
  reference: 'mime',
  location: null,
  digest: { algorithm: 'SHA-256', hex: sha256 },
  at: '',
});
