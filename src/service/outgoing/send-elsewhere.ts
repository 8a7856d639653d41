/**
 * The address of a recipient was wrong: the same registration, under the same number, goes to another one. The exchange that
 * failed stays as it was, marked as replaced; the other address has an exchange of its own. The register is not touched.
 */
import { isOutgoing, type OutgoingExchange } from '../../domain/exchange/exchange.ts';
import { isAllowed, transition } from '../../domain/exchange/transition.ts';
import { identifierOf, type Registration } from '../../domain/register/registration.ts';
import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { sameText } from '../../kernel/same-text.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import type { Documents } from '../documents/documents.ts';
import { applyTransition } from '../register/apply-transition.ts';
import {
  answeredBefore,
  type Call,
  type ExpectedVersion,
  exchangeFor,
  notAllowed,
  runCommand,
} from '../register/idempotent-command.ts';
import type { MailRecipe, OutgoingPart } from '../register/mail-recipe.ts';
import type { Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import { type Carried, carry, carryPlain, mailText, openExchange } from './open-exchange.ts';
import { readOwn, writeSealed } from './outgoing-segnatura.ts';
import { type NamedRecipient, type Resolved, type ResolveRowsDeps, resolveRecipients } from './resolve-recipients.ts';

export interface ElsewhereRequest extends ExpectedVersion {
  readonly exchangeId: string;
  readonly to: NamedRecipient;
}

export interface SentElsewhere {
  readonly exchangeId: string;
  readonly address: string;
  readonly messageId: string;
}

export interface ElsewhereDeps extends ResolveRowsDeps {
  readonly store: Store;
  readonly documents: Pick<Documents, 'put' | 'read'>;
  readonly clock: Clock;
}

export async function sendElsewhere(
  office: Office,
  { exchangeId, to, ...expected }: ElsewhereRequest,
  call: Call,
  deps: ElsewhereDeps,
): Promise<Result<SentElsewhere>> {
  // The index may have changed since: what was sent before is not refused now.
  const before = await answeredBefore<SentElsewhere>(office, call, deps.store);
  if (before !== null) return before;
  const [row] = await resolveRecipients({ to: [to], addressAsItIs: true }, deps);
  if (row === undefined || !row.ok) return refuse(row?.uncertain.problem ?? problem('recipients-missing'));
  const { recipient } = row;
  return runCommand(office, call, deps, async (tx, work) => {
    const found = await exchangeFor(tx, work, exchangeId, expected, isOutgoing);
    if (!found.ok) return found;
    const exchange = found.value;
    const step = transition(exchange, { type: 'send-elsewhere' });
    const registration = exchange.registered && (await tx.registrations.find(exchange.registered));
    const recipe = await tx.outbox.messageOf(exchangeId);
    if (!isAllowed(step) || registration === null || recipe === null) return notAllowed(exchange);
    const siblings = await tx.exchanges.ofRegistration(registration);
    if (siblings.some(({ peerAddress }) => sameText(peerAddress, recipient.address)))
      return refuse(problem('address-in-message', '', recipient.address));
    const carried = await carriedTo(office, { exchange, registration, recipe, recipient }, deps, work.at);
    if (!carried.ok) return carried;
    const id = uuidv7(work.at);
    const { address } = recipient;
    applyTransition(office, work, exchange, step, {
      ...{ type: 'sent-elsewhere', once: `sent-elsewhere ${exchange.version}`, mailId: null },
      data: { by: call.by, address, exchange: id },
    });
    const messageId = openExchange(
      office,
      { exchangeId: id, ...carried.value, news: { by: call.by, insteadOf: exchangeId } },
      work,
    );
    work.audit('sent-elsewhere', exchangeId, { by: call.by, address, exchange: id });
    return ok({ exchangeId: id, address, messageId });
  });
}

interface Redirected {
  readonly exchange: OutgoingExchange;
  readonly registration: Registration;
  /** Of the mail that did not arrive. */
  readonly recipe: MailRecipe;
  readonly recipient: Resolved;
}

/** A message without a segnatura stays so; one with a segnatura names its new recipient there, if that one reads it. */
async function carriedTo(office: Office, redirected: Redirected, deps: ElsewhereDeps, at: Date) {
  const { exchange, registration, recipe, recipient } = redirected;
  const identifier = identifierOf(office, registration);
  const plain = exchange.plain || (recipient.plain ?? false);
  const carried = plain ? ok(carryPlain(registration.documents)) : await withSegnatura(office, redirected, deps, at);
  if (!carried.ok) return carried;
  return ok({
    recipient: { ...recipient, plain },
    generation: exchange.generation,
    carried: carried.value,
    registered: registration,
    identifier,
    subject: exchange.subject,
    text: plain && !exchange.plain ? mailText(office, recipe.text, identifier, true) : recipe.text,
    answerWanted: exchange.answerWanted,
  });
}

async function withSegnatura(
  office: Office,
  { exchange, registration, recipe, recipient }: Redirected,
  { documents }: ElsewhereDeps,
  at: Date,
): Promise<Result<Carried>> {
  const [part] = recipe.parts;
  if (part === undefined) throw new Error(`the mail of ${exchange.exchangeId} has no part`);
  const message = readOwn(await bytesOf(part, documents));
  const redirected = redirect(message, exchange.peerAddress, recipient);
  const segnatura = await writeSealed(office, redirected, exchange.generation, at);
  return segnatura.ok ? ok(await carry(segnatura.value, registration.documents, 1, documents)) : segnatura;
}

const bytesOf = async ({ content }: OutgoingPart, documents: ElsewhereDeps['documents']): Promise<Buffer> =>
  'base64' in content ? Buffer.from(content.base64, 'base64') : documents.read(content.sha256);

/** The message with the new recipient in the place of the one that was not reached. */
function redirect(message: ProtocolMessage, old: string, { address, correspondent }: Resolved): ProtocolMessage {
  const isOld = (one: ProtocolMessage['recipients'][number]): boolean =>
    sameText(one.address, old) || sameText(one.destination?.address, old);
  const recipients = message.recipients.map((one) =>
    isOld(one) ? { ...correspondent, address, confirmationRequested: one.confirmationRequested, copy: one.copy } : one,
  );
  return { ...message, recipients };
}
