import type { ExchangeChange, IncomingExchange } from '../../domain/exchange/exchange.ts';
import type { IncomingEffect, IncomingStep } from '../../domain/exchange/incoming.ts';
import type { Decision } from '../../domain/exchange/inspection.ts';
import { ownAnswer } from '../../domain/exchange/own-mail.ts';
import { shownReason, transition } from '../../domain/exchange/transition.ts';
import { oneLine, shortNumber } from '../../domain/register/registration.ts';
import { problem } from '../../kernel/problems.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Office, PlainMailRule } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { answerAddressOf, headersOf, type JudgedMail, type Outcome, protocolMessageOf } from './judged-mail.ts';
import { answerWanted, decisionFor, plainMailRule } from './office-rules.ts';
import { apartIdentity, incomingIdentity, type Prefetched } from './prefetch.ts';
import { queueConfirmation, queueException, type RegistrationWishes, registerIncoming } from './register-incoming.ts';

/**
 * Somebody sent us something. The exchange's state decides: register and confirm, refuse, answer again, hold it for the
 * protocol system, or leave it to a person. Mail without segnatura is a person's unless a rule of the office fits.
 */
export async function receiveMessage(
  office: Office,
  mail: JudgedMail,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Outcome> {
  const rule = plainMailRule(office, mail);
  const identity = incomingIdentity(mail) ?? mail.kept.mailId;
  const apart = apartIdentity(identity, mail);
  const known =
    work.findIncoming((exchange) => exchange.identity === apart) ??
    work.findIncoming((exchange) => exchange.identity === identity);
  const { step, decision } = withinCeiling(
    office,
    mail,
    { decision: decisionFor(office, mail, rule), answerWanted: answerWanted(office, mail) },
    known,
    prefetched,
  );
  if (known !== undefined && step.effects.some(({ type }) => type === 'apart'))
    return setApart(office, mail, apart, known, work);

  const decides = step.effects.some(({ type }) => type === 'register' || type === 'refuse');
  const waits = known?.state !== step.next && (step.next === 'held' || step.next === 'operator');
  // From here on the exchange is about the mail that came now, and no longer about an earlier one.
  const isAboutThis = known === undefined || decides || waits;
  const exchange = isAboutThis ? openExchange(office, mail, identity, work.at, known) : known;
  const confirms = step.effects.some(({ type }) => type === 'confirm');
  const context: EffectContext = { office, mail, exchange, work, prefetched, wishes: wishesOf(rule), confirms };
  let change: ExchangeChange = {};
  for (const effect of step.effects) change = { ...change, ...(await carryOut(effect, context)) };
  const { mailId } = mail.kept;
  const { action, codes } = decision;
  const event = { type: 'received', once: `received ${mailId}`, mailId, data: { action, codes } } as const;
  applyTransition(office, work, exchange, step, event, change);
  return {
    exchangeId: exchange.exchangeId,
    // Why a person has to decide about mail without segnatura stands in the judgement already.
    note: isAboutThis && exchange.plain ? null : shownReason(step),
    decision: isAboutThis ? decision : REPEATED,
  };
}

interface Asked {
  readonly decision: Decision;
  readonly answerWanted: boolean;
}

const TOO_MANY = 'answers-too-many';

/** The step; where it would answer an address that has had its share of automatic answers, one that leaves that to a person. */
function withinCeiling(
  office: Office,
  mail: JudgedMail,
  asked: Asked,
  known: IncomingExchange | undefined,
  prefetched: Prefetched,
): { readonly step: IncomingStep; readonly decision: Decision } {
  const { decision } = asked;
  const step = received(office, mail, asked, known, prefetched.answers);
  const isAgain = step.effects.some(({ type }) => type === 'answer-again');
  const isAnswered = isAgain || step.effects.some(({ type }) => type === 'confirm' || type === 'refuse');
  const to = (isAgain ? known?.peerAddress : answerAddressOf(mail)) ?? '';
  if (!isAnswered || prefetched.tally.sentTo(to) < office.answersPerHour) return { step, decision };
  const { message } = problem(TOO_MANY, '', to);
  const left: Decision =
    decision.action === 'exception'
      ? { action: 'operator', reasons: [...decision.reasons, message], codes: [...decision.codes, TOO_MANY] }
      : decision;
  const silent = received(office, mail, { decision: left, answerWanted: false }, known, new Map());
  const effects = silent.effects.filter(({ type }) => type !== 'answer-again');
  const show = { type: 'show', task: TOO_MANY, reason: to } as const;
  const isShown = effects.some(({ type }) => type === 'show');
  return { step: { ...silent, effects: isShown ? effects : [...effects, show] }, decision: left };
}

const repeated = problem('message-repeated');
const REPEATED: Decision = { action: 'ignore', reasons: [repeated.message], codes: [repeated.code] };

function received(
  office: Office,
  mail: JudgedMail,
  { decision, answerWanted }: Asked,
  known: IncomingExchange | undefined,
  answers: Prefetched['answers'],
): IncomingStep {
  const answered = known && answers.get(known.exchangeId);
  const { state, registered } = known ?? { state: 'new', registered: null };
  return transition(
    { direction: 'incoming', state, registered },
    {
      type: 'received',
      decision,
      answerWanted,
      sameContent: known?.content === mail.content,
      answered: answered === undefined ? null : ownAnswer(answered.purpose),
      numbering: office.numbering,
    },
  );
}

/** Another message has this identifier: an exchange of its own, for a person, who may register it as well. */
function setApart(
  office: Office,
  mail: JudgedMail,
  identity: string,
  { exchangeId: beside, registered, peerAddress }: IncomingExchange,
  work: UnitOfWork,
): Outcome {
  const { mailId } = mail.kept;
  const number =
    registered === null ? 'qui non registrato' : `qui n. ${shortNumber(registered.number, registered.year)}`;
  const conflict = problem('segnatura-conflict', '', `da ${peerAddress}, ${number}`);
  const decision = { action: 'operator', reasons: [conflict.message], codes: [conflict.code] } as const;
  const step = received(office, mail, { decision, answerWanted: false }, undefined, new Map());
  const exchange = openExchange(office, mail, identity, work.at, undefined);
  const event = { type: 'received', once: `received ${mailId}`, mailId, data: { ...decision, beside } } as const;
  applyTransition(office, work, exchange, step, event);
  return { exchangeId: exchange.exchangeId, note: shownReason(step), decision };
}

interface EffectContext {
  readonly office: Office;
  readonly mail: JudgedMail;
  readonly exchange: IncomingExchange;
  readonly work: UnitOfWork;
  readonly prefetched: Prefetched;
  readonly wishes: RegistrationWishes;
  readonly confirms: boolean;
}

/** Gives what the effect changes in the exchange. */
async function carryOut(
  effect: IncomingEffect,
  { office, mail, exchange, work, prefetched, wishes, confirms }: EffectContext,
): Promise<ExchangeChange> {
  switch (effect.type) {
    case 'register': {
      const { change, identifier } = await registerIncoming(office, mail, work, 'interpro', wishes);
      if (confirms) {
        queueConfirmation(office, mail, exchange, identifier, work);
        prefetched.tally.add(exchange.peerAddress);
      }
      return change;
    }
    case 'refuse':
      queueException(office, mail, exchange, { reasons: effect.reasons, identifier: null }, work);
      prefetched.tally.add(exchange.peerAddress);
      return { content: mail.content };
    case 'answer-again': {
      const answer = prefetched.answers.get(exchange.exchangeId);
      if (answer !== undefined && !answer.waiting) {
        work.requeue(answer.outboxId);
        prefetched.tally.add(exchange.peerAddress);
      }
      return {};
    }
    case 'confirm': // Queued under 'register', because the confirmation tells the new number.
    case 'show':
    case 'apart':
    case 'not-allowed':
    case 'update':
    case 'annul':
      return {};
  }
}

/** Of a rule only the destination is used: its `subject` is a search term, not the subject to register. */
const wishesOf = (rule: PlainMailRule | null): RegistrationWishes => ({
  ...(rule?.office !== undefined && { office: rule.office }),
  ...(rule?.classification !== undefined && { classification: rule.classification }),
});

/** A new exchange, or the known one with what its sender has now sent. */
function openExchange(
  office: Office,
  mail: JudgedMail,
  identity: string,
  at: Date,
  known: IncomingExchange | undefined,
): IncomingExchange {
  const message = protocolMessageOf(mail);
  return {
    exchangeId: known?.exchangeId ?? uuidv7(at),
    direction: 'incoming',
    identity,
    content: mail.content,
    state: known?.state ?? 'new',
    version: known?.version ?? 0,
    generation: mail.reading?.generation ?? '3.0.0',
    peerAddress: answerAddressOf(mail),
    peer: message?.sender ?? mail.knownSender ?? null,
    subject: oneLine(message?.subject ?? headersOf(mail).subject),
    registered: known?.registered ?? null,
    peerIdentifier: message?.identifier ?? null,
    answerWanted: answerWanted(office, mail),
    plain: mail.inspection.kind !== 'protocol-message',
    mailId: mail.kept.mailId,
    awaits: known?.awaits ?? null,
    dueAt: known?.dueAt ?? null,
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  };
}
