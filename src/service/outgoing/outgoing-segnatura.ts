/** The segnatura of an outgoing message, in every generation that one of its recipients reads; sealed where that asks for it. */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { sealMessage } from '../../formats/seal/sign.ts';
import { writeMessage } from '../../formats/segnatura/write.ts';
import { problem } from '../../kernel/problems.ts';
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
import type { SendRequest } from './send-request.ts';

type Described = Omit<SendRequest, 'documents' | 'given'>;

/**
 * Each generation's bytes. Refused where one cannot express the message or has to be sealed by an office without a seal;
 * asked for with a number of the right form, this tells before a number is taken.
 */
export async function writeSegnature(
  office: Office,
  request: Described,
  documents: readonly RegisteredDocument[],
  identifier: Identifier,
  at: Date,
): Promise<Result<ReadonlyMap<Generation, Buffer>>> {
  const message = toMessage(office, request, documents, identifier);
  const named = { ...message, recipients: message.recipients.map(asSubject) };
  const written = new Map<Generation, Buffer>();
  for (const generation of new Set(request.recipients.map((recipient) => recipient.generation ?? request.generation))) {
    const plain = writeMessage(generation === '3.0.0' ? named : message, generation);
    if (!plain.ok) return plain;
    if (generation === '3.0.0' && office.signer === null) return refuse(problem('signer-missing'));
    const seals = generation === '3.0.0' && office.signer !== null ? office.signer : null;
    written.set(generation, seals === null ? plain.value : await sealMessage(plain.value, seals, at));
  }
  return ok(written);
}

/**
 * 3.0.0 has a place only for bodies and persons (allegato 6, `SoggettoType`), and of a person it wants both names. Somebody
 * of whom only the address is known is written as a legal person of that name: the one subject that asks for no more.
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
  return {
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
}

/** Digests are written where the generation has them on every document (3.0.0); the older forms leave them out. */
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
