import type { Exchange } from '../../domain/exchange/exchange.ts';
import { identityOf, type RegisteredDocument, type Registration } from '../../domain/register/registration.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256Of } from '../../kernel/digest.ts';
import type { MailAddress, Sha256 } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Generation, Identifier } from '../../model/segnatura.ts';
import type { Documents } from '../documents/documents.ts';
import { newMessageId } from '../register/answer-mail.ts';
import { externalNumber } from '../register/external-number.ts';
import { type Call, runCommand } from '../register/idempotent-command.ts';
import type { MailRecipe, OutgoingPart } from '../register/mail-recipe.ts';
import type { Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { checkDetails } from './message-details.ts';
import { lostInGenerations, senderOf, writeSegnature } from './outgoing-segnatura.ts';
import type { SendRequest, SentDocument } from './send-request.ts';

export interface SentMessage {
  readonly identifier: Identifier;
  /** One per recipient, in their order. */
  readonly exchanges: readonly {
    readonly exchangeId: string;
    readonly recipient: MailAddress;
    readonly messageId: string;
    readonly generation: Generation;
    /** What of the message's details that generation has no place for. */
    readonly warnings?: readonly Problem[];
  }[];
}

export interface SendMessageDeps {
  readonly store: Store;
  readonly documents: Pick<Documents, 'put'>;
  readonly clock: Clock;
}

const OWN_CALL: Call = { by: 'interpro', client: 'interpro', idempotency: null };

/**
 * Registers an outgoing message and queues it for every recipient, in one transaction: register, segnatura, seal, queue. A
 * message that cannot be written, is too large for the provider, or has a number this office may not give is refused
 * before anything is registered.
 */
export async function sendMessage<T extends object>(
  office: Office,
  request: SendRequest,
  deps: SendMessageDeps,
  call: Call = OWN_CALL,
  /** JSON to add to the answer; kept with it. */
  also?: T,
): Promise<Result<SentMessage & T>> {
  const checked = externalNumber(office, request.given ?? null, deps.clock.now());
  if (!checked.ok) return checked;
  const given = checked.value;
  const fitting = checkDetails(office, request.details ?? {});
  if (!fitting.ok) return fitting;
  const small = checkSize(office, request, 0);
  if (!small.ok) return small;
  const described = request.documents.map((document, index) => describe(document, index));
  const rehearsal = await writeSegnature(office, request, described, REHEARSAL(office), deps.clock.now());
  if (!rehearsal.ok) return rehearsal;
  const lost = lostInGenerations(office, request, described, REHEARSAL(office), rehearsal.value);
  const largest = rehearsal.value.values().reduce((most, { length }) => Math.max(most, length), 0);
  const fits = checkSize(office, request, largest);
  if (!fits.ok) return fits;
  for (const document of request.documents) {
    if ('bytes' in document) await deps.documents.put(document.bytes);
    else {
      const kept = await document.keep?.();
      if (kept?.ok === false) return kept;
    }
  }
  return runCommand(office, call, deps, async (tx, work) => {
    if (given !== null && (await tx.registrations.find(given)) !== null)
      return refuse(problem('number-taken', '', `${given.register} ${given.number}/${given.year}`));
    const draft = {
      direction: 'outgoing',
      subject: request.subject,
      sender: senderOf(office),
      recipients: request.recipients.map(({ correspondent }) => correspondent),
      peerIdentifier: null,
      flags: [],
      mailId: null,
      documents: described,
    } as const;
    const { registration, identifier } = await work.register(draft, given ?? undefined);
    const segnature = await writeSegnature(office, request, described, identifier, work.at);
    if (!segnature.ok)
      throw new Error(`the segnatura was writable before it had its number: ${segnature.problem.message}`);
    const carried = new Map<Generation, Carried>();
    for (const [generation, bytes] of segnature.value)
      carried.set(generation, await carry(bytes, described, request.recipients.length, deps.documents));
    // Ids of the same instant, sorted: exchanges are listed in the order in which the recipients were named.
    const ids = request.recipients.map(() => uuidv7(work.at)).sort();
    const exchanges = request.recipients.map((recipient, index) => {
      const exchangeId = ids[index] ?? '';
      const generation = recipient.generation ?? request.generation;
      const segnatura = carried.get(generation);
      if (segnatura === undefined) throw new Error(`no segnatura of ${generation} was written`);
      const one = { exchangeId, recipient, generation, segnatura, registration, identifier };
      const warnings = lost.get(generation) ?? [];
      return { ...queue(office, request, one, work), ...(warnings.length > 0 && { warnings }) };
    });
    return ok({ ...(also as T), identifier, exchanges });
  });
}

/** `segnatura`: its bytes, as far as they are known. */
function checkSize(office: Office, { documents, details }: SendRequest, segnatura: number): Result<null> {
  // Base64 adds a third and its line ends. Each recipient gets a mail of its own, so the limit is that of one mail.
  // Quoted-printable triples at most.
  const text = 3 * Buffer.byteLength(details?.text ?? '');
  const around = MAIL_OVERHEAD + text + encoded(segnatura);
  const size = documents.reduce((sum, document) => sum + encoded(sizeOf(document)), around);
  return size > office.mailLimit ? refuse(problem('mail-limit', '', String(office.mailLimit))) : ok(null);
}

/** Headers and text. */
const MAIL_OVERHEAD = 16 * 1024;
const encoded = (size: number): number => Math.ceil(size / 57) * 78;
const sizeOf = (document: SentDocument): number => ('bytes' in document ? document.bytes.length : document.size);

function describe(document: SentDocument, index: number): RegisteredDocument {
  const { name, mediaType } = document;
  const stored = 'bytes' in document ? sha256Of([document.bytes]) : document.sha256;
  const role = index === 0 ? 'primary' : 'attachment';
  return { role, name, mediaType, sha256: stored, size: sizeOf(document), source: null };
}

/** A number of the right form, to find out whether the segnatura can be written before a real one is taken. */
const REHEARSAL = (office: Office): Identifier => ({
  administration: office.administration,
  aoo: office.code,
  register: office.register,
  number: '0000001',
  date: '2000-01-01',
  time: '00:00:00',
});

const textOf = ({ name }: Office, text: string | undefined): string =>
  text === undefined
    ? `${name} trasmette un messaggio protocollato. I dati di protocollo sono nel file Segnatura.xml.\n`
    : `${text.replace(/\r\n?/g, '\n').trimEnd()}\n`;

interface Carried {
  readonly content: Sha256;
  readonly parts: readonly OutgoingPart[];
}

/**
 * A segnatura names all recipients, so a copy in each recipe would grow with the square of their number (a gigabyte for a
 * thousand). With several recipients it is stored once, as a document.
 */
async function carry(
  segnatura: Buffer,
  documents: readonly RegisteredDocument[],
  recipients: number,
  store: SendMessageDeps['documents'],
): Promise<Carried> {
  const content =
    recipients > 1 ? { sha256: (await store.put(segnatura)).sha256 } : { base64: segnatura.toString('base64') };
  return {
    content: sha256Of([segnatura, ...documents.map(({ sha256 }) => sha256)]),
    parts: [
      { name: 'Segnatura.xml', mediaType: 'application/xml', content },
      ...documents.map(({ name, mediaType, sha256 }) => ({ name, mediaType, content: { sha256 } })),
    ],
  };
}

/**
 * A complete delivery receipt returns the whole message. With many recipients we ask for the short form, which has the
 * digest of every part; what was sent is kept here byte for byte.
 */
const MOST_COMPLETE_RECEIPTS = 50;

interface Dispatch {
  readonly exchangeId: string;
  readonly recipient: SendRequest['recipients'][number];
  readonly generation: Generation;
  readonly segnatura: Carried;
  readonly registration: Registration;
  readonly identifier: Identifier;
}

/** One recipient: an exchange of its own, and its mail under a Message-ID of its own. */
function queue(
  office: Office,
  request: SendRequest,
  { exchangeId, recipient, generation, segnatura, registration, identifier }: Dispatch,
  work: UnitOfWork,
): SentMessage['exchanges'][number] {
  const { address, correspondent, frozen } = recipient;
  const { at } = work;
  const { register, year, number } = registration;
  const messageId = newMessageId(office, at);
  const exchange: Exchange = {
    exchangeId,
    direction: 'outgoing',
    identity: `${identityOf(identifier)} ${address}`,
    content: segnatura.content,
    state: 'queued',
    version: 0,
    generation,
    peerAddress: address,
    peer: correspondent,
    subject: request.subject,
    registered: { register, year, number },
    peerIdentifier: null,
    answerWanted: request.confirmationRequested,
    plain: false,
    mailId: null,
    awaits: 'acceptance',
    dueAt: new Date(at.getTime() + office.deadlines.acceptance * 1000),
    createdAt: at,
    updatedAt: at,
  };
  const data = frozen === undefined ? { identifier } : { identifier, recipient: frozen };
  work.append(exchange, { type: 'registered', once: 'registered', mailId: null, data });
  const recipe: MailRecipe = {
    messageId,
    from: office.address,
    to: [address],
    subject: request.subject.slice(0, 900),
    date: at.toISOString(),
    text: textOf(office, request.details?.text),
    ...(request.recipients.length > MOST_COMPLETE_RECEIPTS && { receipt: 'breve' as const }),
    parts: segnatura.parts,
  };
  work.queue({ outboxId: uuidv7(at), exchangeId, purpose: 'message', recipient: address, recipe });
  return { exchangeId, recipient: address, messageId, generation };
}
