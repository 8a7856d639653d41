import type { IncomingEffect, IncomingStep } from '../../domain/exchange/incoming.ts';
import { type IncomingState, incoming } from '../../domain/exchange/incoming.ts';
import type { Decision } from '../../domain/exchange/inspection.ts';
import { oneLine, shortNumber } from '../../domain/register/registration.ts';
import { mailAddress } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { MailHeaders } from '../../model/pec.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import { bearsReceipt, ownAnswer } from '../register/answer.ts';
import { applyTransition, shown } from '../register/apply-transition.ts';
import type { Office, PlainMailRule } from '../register/office.ts';
import type { Exchange } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import type { Judged, Outcome } from './judged-mail.ts';
import { apartIdentity, incomingIdentity, type Prefetched } from './prefetch.ts';
import {
  messageOf,
  queueConfirmation,
  queueException,
  type RegistrationWishes,
  registerIncoming,
} from './register-incoming.ts';

/**
 * Somebody sent us something: registers, confirms, refuses, answers again, holds it for the protocol system or leaves it
 * to a person, as the exchange's state has it. Mail without a segnatura is a person's, unless a rule of the office fits.
 */
export async function receiveMessage(
  office: Office,
  mail: Judged,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Outcome> {
  const { kept } = mail;
  const message = messageOf(mail);
  const rule = ruleFor(office, mail);
  const decision = decisionFor(office, mail, rule);
  const identity = incomingIdentity(mail) ?? kept.mailId;
  const apart = apartIdentity(identity, mail);
  const named = (wanted: string) => (exchange: Exchange) =>
    exchange.direction === 'incoming' && exchange.identity === wanted;
  const known = work.find(named(apart)) ?? work.find(named(identity));
  const step = received(office, mail, decision, known, prefetched);
  if (known !== undefined && step.effects.some(({ type }) => type === 'apart'))
    return setApart(office, mail, apart, known, { work, prefetched });

  const decides = known === undefined || step.effects.some(({ type }) => type === 'register' || type === 'refuse');
  // Whoever is to decide now decides about what has come now.
  const waits = step.next === 'held' || step.next === 'operator';
  const mended = decides || (waits && known.state !== step.next);
  const exchange = mended ? openExchange(office, mail, identity, message, work.at, known) : known;
  // Of the rule only where the message goes: its `subject` is what the rule looks for, not what is registered.
  const { office: assigned, classification } = rule ?? {};
  const wishes: RegistrationWishes = {
    ...(assigned !== undefined && { office: assigned }),
    ...(classification !== undefined && { classification }),
  };
  let change: Partial<Exchange> = {};
  for (const effect of step.effects)
    change = { ...change, ...(await carryOut(effect, { office, mail, exchange, change, work, prefetched, wishes })) };
  const { action, codes } = decision;
  applyTransition(
    office,
    work,
    exchange,
    step,
    { type: 'received', once: `received ${kept.mailId}`, mailId: kept.mailId, data: { action, codes } },
    change,
  );
  return {
    exchangeId: exchange.exchangeId,
    // Why a person has to decide stands in the judgement itself.
    note: mended && exchange.plain ? null : shown(step),
    decision: mended ? decision : { action: 'ignore', reasons: [REPEATED.message], codes: [REPEATED.code] },
  };
}

const REPEATED = problem('message-repeated');

function received(
  office: Office,
  mail: Judged,
  decision: Decision,
  known: Exchange | undefined,
  prefetched: Prefetched,
): IncomingStep {
  const answered = known && prefetched.answers.get(known.exchangeId);
  return incoming(
    (known?.state ?? 'new') as IncomingState,
    {
      type: 'received',
      decision,
      answerWanted: answerWanted(office, mail),
      sameContent: known?.content === mail.judged.content,
      answered: answered === undefined ? null : ownAnswer(answered.purpose),
      numbering: office.numbering,
    },
    known?.registered != null,
  );
}

/** The identifier is another message's: an exchange of its own, for a person, who may register it as well. */
function setApart(
  office: Office,
  mail: Judged,
  identity: string,
  known: Exchange,
  { work, prefetched }: Pick<EffectContext, 'work' | 'prefetched'>,
): Outcome {
  const { kept } = mail;
  const { registered, peerAddress } = known;
  const number =
    registered === null ? 'qui non registrato' : `qui n. ${shortNumber(registered.number, registered.year)}`;
  const conflict = problem('segnatura-conflict', '', `da ${peerAddress}, ${number}`);
  const decision = { action: 'operator', reasons: [conflict.message], codes: [conflict.code] } as const;
  const step = received(office, mail, decision, undefined, prefetched);
  const exchange = openExchange(office, mail, identity, messageOf(mail), work.at, undefined);
  const event = { type: 'received', once: `received ${kept.mailId}`, mailId: kept.mailId } as const;
  applyTransition(office, work, exchange, step, { ...event, data: { ...decision, beside: known.exchangeId } });
  return { exchangeId: exchange.exchangeId, note: shown(step), decision };
}

interface EffectContext {
  readonly office: Office;
  readonly mail: Judged;
  readonly exchange: Exchange;
  /** What the effects before this one changed. */
  readonly change: Partial<Exchange>;
  readonly work: UnitOfWork;
  readonly prefetched: Prefetched;
  readonly wishes: RegistrationWishes;
}

async function carryOut(effect: IncomingEffect, context: EffectContext): Promise<Partial<Exchange>> {
  const { office, mail, exchange, change, work, prefetched } = context;
  switch (effect.type) {
    case 'register': {
      const { change: registered, identifier } = await registerIncoming(office, mail, work, 'interpro', context.wishes);
      if (exchange.answerWanted) queueConfirmation(office, mail, exchange, identifier, work);
      return registered;
    }
    case 'refuse':
      queueException(office, mail, exchange, { reasons: effect.reasons, identifier: null }, work);
      return { content: mail.judged.content };
    case 'answer-again': {
      const answer = prefetched.answers.get(exchange.exchangeId);
      if (answer !== undefined && !answer.waiting) work.requeue(answer.outboxId);
      return change;
    }
    case 'confirm': // Queued with the registration, whose number it tells.
    case 'show':
    case 'apart':
    case 'not-allowed':
    case 'update':
    case 'annul':
      return change;
  }
}

/**
 * To mail that is not certified nothing is answered unasked: its sender is anybody's guess. Nor to what a machine sent:
 * two of them would answer each other for ever (RFC 3834 §2).
 */
export const answerWanted = (office: Office, mail: Judged): boolean => {
  const { kind } = mail.judged.inspection;
  if (kind === 'plain-pec') return headersOf(mail).automatic === null;
  return (
    kind === 'protocol-message' && (office.confirm === 'always' || messageOf(mail)?.confirmationRequested === true)
  );
};

const headersOf = ({ judged }: Judged): MailHeaders => judged.opened.contentHeaders ?? judged.opened.headers;

/** Not all responders say what they are: what bears the name of our receipt is an answer to it. */
const isAutomaticReply = (mail: Judged): boolean =>
  headersOf(mail).automatic === 'reply' || bearsReceipt(headersOf(mail).subject);

/** The first rule of the office that fits a certified message without a segnatura; no answer to one of ours is a message. */
function ruleFor(office: Office, mail: Judged): PlainMailRule | null {
  const { judged, kept } = mail;
  if (judged.inspection.kind !== 'plain-pec' || judged.inspection.problems.length > 0) return null;
  if (isAutomaticReply(mail)) return null;
  const sender = (judged.opened.pec?.sender ?? '').toLowerCase();
  const subject = headersOf(mail).subject.toLowerCase();
  const fits = ({ from, subject: words, to }: PlainMailRule): boolean =>
    (from === undefined ||
      (from.startsWith('@') ? sender.endsWith(from.toLowerCase()) : sender === from.toLowerCase())) &&
    (words === undefined || subject.includes(words.toLowerCase())) &&
    (to === undefined || kept.mailbox.toLowerCase() === to.toLowerCase());
  return office.plainMail.find(fits) ?? null;
}

/**
 * Where the office's own protocol system decides, certified mail without a segnatura waits for it as all other does; a
 * machine's answer to one of ours waits for a person everywhere.
 */
function decisionFor(office: Office, mail: Judged, rule: PlainMailRule | null): Decision {
  const { kind, decision } = mail.judged.inspection;
  const isHeld = kind === 'plain-pec' && office.numbering === 'external' && !isAutomaticReply(mail);
  const takes = rule !== null || isHeld;
  return takes ? { ...decision, action: 'register' } : decision;
}

/** A new exchange, or the known one (refused before) with what the sender has mended. */
function openExchange(
  office: Office,
  mail: Judged,
  identity: string,
  message: ProtocolMessage | null,
  at: Date,
  known: Exchange | undefined,
): Exchange {
  const { judged, kept } = mail;
  const sender = judged.opened.pec?.sender ?? (judged.opened.contentHeaders ?? judged.opened.headers).from ?? '';
  const replyTo = message?.replyTo == null ? null : mailAddress(message.replyTo);
  return {
    exchangeId: known?.exchangeId ?? uuidv7(at),
    direction: 'incoming',
    identity,
    content: judged.content,
    state: known?.state ?? 'new',
    version: known?.version ?? 0,
    generation: judged.reading?.generation ?? '3.0.0',
    peerAddress: replyTo ?? sender,
    peer: message?.sender ?? mail.knownSender ?? null,
    subject: oneLine(message?.subject ?? judged.opened.contentHeaders?.subject ?? judged.opened.headers.subject),
    registered: known?.registered ?? null,
    peerIdentifier: message?.identifier ?? null,
    answerWanted: answerWanted(office, mail),
    plain: judged.inspection.kind !== 'protocol-message',
    mailId: kept.mailId,
    awaits: known?.awaits ?? null,
    dueAt: known?.dueAt ?? null,
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  };
}
