import { identityOf, type RegisteredDocument } from '../domain/register/registration.ts';
import type {
  Classification,
  Correspondent,
  Generation,
  Identifier,
  ProtocolMessage,
} from '../formats/segnatura/model.ts';
import { writeMessage } from '../formats/segnatura/write.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256Of } from '../kernel/digest.ts';
import type { MailAddress, Sha256 } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/result.ts';
import { uuidv7 } from '../kernel/uuid.ts';
import { newMessageId } from './answer.ts';
import type { FrozenRecipient } from './index/resolve-recipient.ts';
import { openLedger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Documents, MailRecipe, OutgoingPart } from './ports.ts';
import type { Exchange, Store } from './store.ts';

export interface SendRequest {
  readonly subject: string;
  /** In the form that the recipients can read. The sealed 3.0.0 form is not written by this use case. */
  readonly generation: Exclude<Generation, '3.0.0'>;
  readonly confirmationRequested: boolean;
  readonly classifications: readonly Classification[];
  readonly recipients: readonly {
    readonly address: MailAddress;
    readonly correspondent: Correspondent;
    /** What the index said of it, kept with the exchange; absent where it was not asked. */
    readonly frozen?: FrozenRecipient;
  }[];
  /** The first one is the primary document. */
  readonly documents: readonly { readonly name: string; readonly mediaType: string; readonly bytes: Buffer }[];
}

export interface SentMessage {
  readonly identifier: Identifier;
  /** One per recipient, in their order. */
  readonly exchanges: readonly {
    readonly exchangeId: string;
    readonly recipient: MailAddress;
    readonly messageId: string;
  }[];
}

export interface SendMessageDeps {
  readonly store: Store;
  readonly documents: Documents;
  readonly clock: Clock;
}

/**
 * Registers an outgoing message and queues it for every recipient, in one transaction: register, segnatura, queue. What
 * cannot be written is refused before anything is registered.
 */
export async function sendMessage(
  office: Office,
  request: SendRequest,
  deps: SendMessageDeps,
): Promise<Result<SentMessage>> {
  const rehearsal = writeMessage(toMessage(office, request, REHEARSAL(office)), request.generation);
  if (!rehearsal.ok) return rehearsal;
  const documents: RegisteredDocument[] = [];
  for (const [index, { name, mediaType, bytes }] of request.documents.entries()) {
    const stored = await deps.documents.put(bytes);
    documents.push({ role: index === 0 ? 'primary' : 'attachment', name, mediaType, ...stored, source: null });
  }
  return deps.store.inOffice(office.aoo, async (tx) => {
    const at = deps.clock.now();
    const ledger = openLedger(office, tx, at);
    const { registration, identifier } = await ledger.register({
      direction: 'outgoing',
      subject: request.subject,
      sender: senderOf(office),
      recipients: request.recipients.map(({ correspondent }) => correspondent),
      peerIdentifier: null,
      flags: [],
      mailId: null,
      documents,
    });
    const segnatura = writeMessage(toMessage(office, request, identifier), request.generation);
    if (!segnatura.ok)
      throw new Error(`the segnatura was writable before it had its number: ${segnatura.problem.message}`);
    const carried = await carry(segnatura.value, request.recipients.length, deps.documents);
    const content = sha256Of([segnatura.value, ...documents.map(({ sha256 }) => sha256)]);
    const exchanges = request.recipients.map(({ address, correspondent, frozen }) => {
      const messageId = newMessageId(office, at);
      const exchange: Exchange = {
        exchangeId: uuidv7(at),
        direction: 'outgoing',
        identity: `${identityOf(identifier)} ${address}`,
        content,
        state: 'queued',
        version: 0,
        generation: request.generation,
        peerAddress: address,
        peer: correspondent,
        subject: request.subject,
        registered: { register: registration.register, year: registration.year, number: registration.number },
        peerIdentifier: null,
        createdAt: at,
        updatedAt: at,
      };
      const data = frozen === undefined ? { identifier } : { identifier, recipient: frozen };
      ledger.append(exchange, { type: 'registered', once: 'registered', mailId: null, data });
      ledger.queue({
        outboxId: uuidv7(at),
        exchangeId: exchange.exchangeId,
        purpose: 'message',
        recipient: address,
        recipe: recipe(office, request, { messageId, address, at, segnatura: carried, documents }),
      });
      return { exchangeId: exchange.exchangeId, recipient: address, messageId };
    });
    await tx.save(ledger.changes());
    return ok({ identifier, exchanges });
  });
}

/** A number of the right form, to find out whether the segnatura can be written before one is taken. */
const REHEARSAL = (office: Office): Identifier => ({
  administration: office.administration,
  aoo: office.code,
  register: office.register,
  number: '0000001',
  date: '2000-01-01',
  time: null,
});

interface Dispatch {
  readonly messageId: string;
  readonly address: MailAddress;
  readonly at: Date;
  readonly segnatura: OutgoingPart['content'];
  readonly documents: readonly RegisteredDocument[];
}

/**
 * One segnatura names all recipients: a copy of it in the recipe of each would grow with the square of their number
 * (a gigabyte for a thousand). For several it is a document like the others.
 */
const carry = async (segnatura: Buffer, recipients: number, documents: Documents): Promise<OutgoingPart['content']> =>
  recipients > 1 ? { sha256: (await documents.put(segnatura)).sha256 } : { base64: segnatura.toString('base64') };

function recipe(
  office: Office,
  request: SendRequest,
  { messageId, address, at, segnatura, documents }: Dispatch,
): MailRecipe {
  return {
    messageId,
    from: office.address,
    to: [address],
    subject: request.subject.slice(0, 900),
    date: at.toISOString(),
    text: `${office.name} invia un messaggio protocollato. I dati sono nel file Segnatura.xml.\n`,
    parts: [
      { name: 'Segnatura.xml', mediaType: 'application/xml', content: segnatura },
      ...documents.map(({ name, mediaType, sha256 }: { name: string; mediaType: string; sha256: Sha256 }) => ({
        name,
        mediaType,
        content: { sha256 },
      })),
    ],
  };
}

const senderOf = (office: Office): Correspondent => ({
  kind: 'administration',
  name: office.name,
  administration: office.administration,
  aoo: office.code,
  aooName: office.name,
  office: null,
  address: office.address,
  taxCode: null,
});

function toMessage(office: Office, request: SendRequest, identifier: Identifier): ProtocolMessage {
  return {
    kind: 'protocol-message',
    identifier,
    firstRegistration: null,
    subject: request.subject,
    sender: senderOf(office),
    recipients: request.recipients.map(({ address, correspondent }) => ({
      ...correspondent,
      address,
      confirmationRequested: request.confirmationRequested,
      copy: false,
    })),
    replyTo: office.address,
    confirmationRequested: request.confirmationRequested,
    classifications: request.classifications,
    reserved: null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: false,
    notes: null,
    documents: request.documents.map(({ name, mediaType }, index) => ({
      role: index === 0 ? 'primary' : 'attachment',
      name,
      mediaType,
      title: null,
      reference: 'mime',
      location: null,
      digest: null,
      at: '',
    })),
  };
}
