import type { Registration } from '../../domain/register/registration.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { MailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Generation, Identifier } from '../../model/segnatura.ts';
import type { Documents } from '../documents/documents.ts';
import { externalNumber } from '../register/external-number.ts';
import { type Call, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { Store } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { checkDetails } from './message-details.ts';
import { type Carried, carry, carryPlain, type Dispatch, mailText, openExchange } from './open-exchange.ts';
import { senderOf, writeSegnature } from './outgoing-segnatura.ts';
import { rehearse } from './rehearse.ts';
import type { SendRequest } from './send-request.ts';

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
  const rehearsed = await rehearse(office, request, deps.clock.now());
  if (!rehearsed.ok) return rehearsed;
  const { documents: described, lost } = rehearsed.value;
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
    await recordDesk(tx, work, registration, request);
    const segnature = await writeSegnature(office, request, described, identifier, work.at);
    if (!segnature.ok)
      throw new Error(`the segnatura was writable before it had its number: ${segnature.problem.message}`);
    const carried = new Map<Generation | 'plain', Carried>([['plain', carryPlain(described)]]);
    for (const [generation, bytes] of segnature.value)
      carried.set(generation, await carry(bytes, described, request.recipients.length, deps.documents));
    // Ids of the same instant, sorted: exchanges are listed in the order in which the recipients were named.
    const ids = request.recipients.map(() => uuidv7(work.at)).sort();
    const isLong = request.recipients.length > MOST_COMPLETE_RECEIPTS;
    const exchanges = request.recipients.map((recipient, index) => {
      const { plain = false, generation = request.generation, address } = recipient;
      const content = carried.get(plain ? 'plain' : generation);
      if (content === undefined) throw new Error(`no segnatura of ${generation} was written`);
      const exchangeId = ids[index] ?? '';
      const dispatch: Dispatch = {
        news: { by: call.by },
        ...{ exchangeId, recipient, generation, carried: content, registered: registration, identifier },
        subject: request.subject,
        text: mailText(office, request.details?.text ?? null, identifier, plain),
        answerWanted: request.confirmationRequested,
        ...(isLong && { receipt: 'breve' }),
      };
      const messageId = openExchange(office, dispatch, work);
      const warnings = plain ? [] : (lost.get(generation) ?? []);
      return { exchangeId, recipient: address, messageId, generation, ...(warnings.length > 0 && { warnings }) };
    });
    return ok({ ...(also as T), identifier, exchanges });
  });
}

/** Who sent it (whoever belongs to a unit sees what they sent themselves), what it answers, whether it is reserved, and its class. */
async function recordDesk(
  tx: OfficeTransaction,
  work: UnitOfWork,
  { register, year, number }: Registration,
  { desk, classifications }: SendRequest,
): Promise<void> {
  if (desk === undefined) return;
  const { person, precedent, reserved } = desk;
  const key = { register, year, number };
  work.byHand.arrivals.push({
    ...{ ...key, carrier: 'pec', receivedAt: null, deferral: null, correspondentId: null, templateId: null },
    ...{ registeredBy: person.personId, registeredByName: person.name },
  });
  if (precedent !== null && (await tx.registrations.find(precedent)) !== null)
    work.byHand.links.push({ ...key, to: precedent, kind: 'precedent', by: person.name });
  if (reserved) work.byHand.reserved.push({ ...key, registeredBy: person.personId, by: person.name });
  const code = classifications[0]?.levels.join('.');
  if (code !== undefined)
    work.changeRegistration({
      ...{ ...key, version: 1, field: 'classification', oldValue: null, newValue: code, by: person.name },
    });
}

/**
 * A complete delivery receipt returns the whole message. With many recipients we ask for the short form, which has the
 * digest of every part; what was sent is kept here byte for byte.
 */
const MOST_COMPLETE_RECEIPTS = 50;
