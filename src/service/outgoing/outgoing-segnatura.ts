/** The segnatura of an outgoing message, in every generation that its recipients read; sealed in 3.0.0. */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { sealMessage } from '../../formats/seal/sign.ts';
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
 * Each generation's bytes. Refused when a generation cannot express the message, or needs a seal and the office has none.
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
  for (const generation of new Set(request.recipients.map((recipient) => recipient.generation ?? request.generation))) {
    const plain = writeMessage(inGeneration(message, generation), generation);
    if (!plain.ok) return plain;
    if (generation === '3.0.0' && office.signer === null) return refuse(problem('signer-missing'));
    const seals = generation === '3.0.0' && office.signer !== null ? office.signer : null;
    written.set(generation, seals === null ? plain.value : await sealMessage(plain.value, seals, at));
  }
  return ok(written);
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
    recipients: request.recipients.map(({ address, correspondent, copy = false }) => ({
      ...correspondent,
      address,
      confirmationRequested: request.confirmationRequested,
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
