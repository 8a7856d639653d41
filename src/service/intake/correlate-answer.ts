import { isBeforeMessage } from '../../domain/exchange/answer-time.ts';
import type { Exchange, OutgoingExchange } from '../../domain/exchange/exchange.ts';
import type { OutgoingEvent } from '../../domain/exchange/outgoing.ts';
import { shownReason, transition } from '../../domain/exchange/transition.ts';
import { isSameNumber } from '../../domain/register/registration.ts';
import { italianTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { Identifier, ReturnMessage } from '../../model/segnatura.ts';
import { applyTransition } from '../register/apply-transition.ts';
import { notifyWithdrawn } from '../register/notify-withdrawn.ts';
import type { Office } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { answeredIdentifier, namedMessageId, registrationKey } from './answered-message.ts';
import { isAddressOf, type JudgedMail, type Outcome } from './judged-mail.ts';
import type { Prefetched } from './prefetch.ts';

/** A ConfermaRicezione, AggiornamentoConferma or NotificaEccezione finds the message of ours it answers. */
export function correlateAnswer(office: Office, mail: JudgedMail, work: UnitOfWork, prefetched: Prefetched): Outcome {
  const { reading, content, opened, kept } = mail;
  const message = reading?.message;
  if (message == null || message.kind === 'protocol-message' || message.kind === 'annulment')
    return unmatchedAnswer(mail, work);
  const isAbout = aboutOurs(office, message, prefetched.ours);
  const exchange = isAbout && findAnswered(isAbout, message.identifier, mail, work);
  if (!exchange) return isAbout ? answerOfAnother(mail, work.findOutgoing(isAbout), work) : unmatchedAnswer(mail, work);
  if (isTooEarly(mail, exchange)) return answerTooEarly(mail, exchange, work);

  const { exchangeId, peerIdentifier: known } = exchange;
  const from = opened.pec?.sender ?? '';
  const isFromPeer = sameText(exchange.peerAddress, from);
  const step = transition(exchange, eventOf(message, known));
  const event = { type: message.kind, once: `${message.kind} ${content}`, mailId: kept.mailId, data: { ...message } };
  // Another address of the peer may be its body's, for several AOOs: only the one we wrote to changes a known number.
  const peerIdentifier = known === null || isFromPeer ? (message.identifier ?? known) : known;
  const isNew = applyTransition(office, work, exchange, step, event, { peerIdentifier });
  if (isNew) work.audit(`received-${message.kind}`, exchangeId, { identifier: message.identifier, mail: kept.mailId });
  notifyWithdrawn(office, exchange, work, prefetched.pendingNotices);
  const elsewhere = isFromPeer ? null : problem('answer-other-address', '', from).message;
  return { exchangeId, note: isNew ? (shownReason(step) ?? elsewhere) : null };
}

type Answer = Exclude<ReturnMessage, { readonly kind: 'annulment' }>;

function eventOf(message: Answer, known: Identifier | null): OutgoingEvent {
  if (message.kind === 'exception') return { type: 'exception', reason: message.reason };
  const { kind, identifier } = message;
  if (known === null || isSameNumber(known, identifier)) return { type: kind };
  const contradiction = problem(
    'answer-other-number',
    '',
    `prima ${shortName(known)}, ora ${shortName(identifier)}`,
  ).message;
  return { type: kind, contradiction };
}

const shortName = ({ number, date }: Identifier): string => `${number.slice(0, 30)}/${date.slice(0, 4)}`;

type IsAbout = (exchange: OutgoingExchange) => boolean;

/**
 * Whether an answer speaks of an exchange: our code, register, year and number must be right (echoed dates are unreliable).
 * An answer whose sender could not read them may name our mail instead. Null: it speaks of nothing of ours.
 */
function aboutOurs(office: Office, message: Answer, ours: Prefetched['ours']): IsAbout | null {
  const messageId = namedMessageId(message);
  if (messageId !== null) {
    const mail = ours.get(messageId);
    return ({ exchangeId }) => mail?.purpose === 'message' && exchangeId === mail.exchangeId;
  }
  const about = answeredIdentifier(message);
  const key = registrationKey(about);
  if (about === null || key === null) return null;
  if (!sameText(about.administration, office.administration) || !sameText(about.aoo, office.code)) return null;
  return ({ registered }) =>
    registered?.year === key.year &&
    registered.number === key.number &&
    (about.register === null || sameText(about.register, registered.register));
}

/**
 * The answer must come from whom we wrote to: from that very address, or from another one that the index or the layer gives
 * to that AOO. What an answer says of itself proves nothing, and only chooses between several AOOs of one body.
 */
function findAnswered(isAbout: IsAbout, answering: Identifier | null, mail: JudgedMail, work: UnitOfWork) {
  const from = mail.opened.pec?.sender;
  const isPeers = (exchange: OutgoingExchange): boolean =>
    isAbout(exchange) && isAddressOf(mail, from, { body: exchange.peer?.administration, aoo: exchange.peer?.aoo });
  const isNamed = ({ peer }: OutgoingExchange): boolean =>
    sameText(peer?.administration, answering?.administration) && sameText(peer?.aoo, answering?.aoo);
  return (
    work.findOutgoing((exchange) => isAbout(exchange) && sameText(exchange.peerAddress, from)) ??
    work.findOutgoing((exchange) => isPeers(exchange) && isNamed(exchange)) ??
    onlyOne((matches) => work.findOutgoing(matches), isPeers)
  );
}

/** What matches, unless several do. */
export function onlyOne<T>(
  find: (matches: (one: T) => boolean) => T | undefined,
  matches: (one: T) => boolean,
): T | undefined {
  const found = find(matches);
  return find((one) => one !== found && matches(one)) === undefined ? found : undefined;
}

/**
 * An answer or annulment that concerns an exchange of ours, from an address that nobody vouches for: a person decides, and
 * neither state nor deadline changes.
 */
export function answerOfAnother(mail: JudgedMail, exchange: Exchange | undefined, work: UnitOfWork): Outcome {
  if (exchange === undefined) return unmatchedAnswer(mail, work);
  const { opened, kept, reading } = mail;
  const claimed = reading?.message?.identifier;
  const name = claimed == null ? null : `si presenta come ${claimed.administration}/${claimed.aoo}`.slice(0, 80);
  const from = [opened.pec?.sender ?? '', name].filter((part) => part !== null).join(', ');
  const { code, message } = problem('answer-of-another', '', from);
  work.show({ code: 'answer-of-another', detail: `${from}.`, exchangeId: exchange.exchangeId, mailId: kept.mailId });
  return { exchangeId: null, note: message, decision: { action: 'operator', reasons: [message], codes: [code] } };
}

/** Of an answer or annulment that concerns a message of ours. */
export const isTooEarly = ({ opened }: JudgedMail, { direction, createdAt }: Exchange): boolean =>
  direction === 'outgoing' && isBeforeMessage(opened.pec?.certifiedAt ?? null, createdAt);

/** It answers another message that bore the number: a person decides, and neither state nor deadline changes. */
export function answerTooEarly({ opened, kept }: JudgedMail, exchange: Exchange, work: UnitOfWork): Outcome {
  const certified = italianTime(new Date(opened.pec?.certifiedAt ?? ''));
  const detail = `certificata il ${certified}; messaggio del ${italianTime(exchange.createdAt)}`;
  const { code, message } = problem('answer-too-early', '', detail);
  work.show({ code: 'answer-too-early', detail: `${detail}.`, exchangeId: exchange.exchangeId, mailId: kept.mailId });
  return { exchangeId: null, note: message, decision: { action: 'operator', reasons: [message], codes: [code] } };
}

/** An answer or annulment that belongs to nothing of ours: for a person. */
export function unmatchedAnswer({ opened, kept }: JudgedMail, work: UnitOfWork): Outcome {
  const { subject } = opened.headers;
  const { code, message } = problem('answer-unmatched', '', subject);
  work.show({ code: 'answer-unmatched', detail: subject, exchangeId: null, mailId: kept.mailId });
  return { exchangeId: null, note: message, decision: { action: 'operator', reasons: [message], codes: [code] } };
}
