/** Receipts and answers find the exchange they belong to. Each is one event, however often it arrives. */
import { newsOf, type ReceiptNews, type UnknownNews } from '../../domain/delivery/receipt.ts';
import { type IncomingEvent, type IncomingState, incoming, type OwnAnswer } from '../../domain/exchange/incoming.ts';
import { type OutgoingEvent, type OutgoingState, outgoing } from '../../domain/exchange/outgoing.ts';
import { identityOf } from '../../domain/register/registration.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import type { PecReport } from '../../model/pec.ts';
import type { Annulment, Identifier, ReturnMessage } from '../../model/segnatura.ts';
import { ownAnswer } from '../register/answer.ts';
import { applyTransition, shown } from '../register/apply-transition.ts';
import type { Purpose } from '../register/event-types.ts';
import { notifyWithdrawn } from '../register/notify-withdrawn.ts';
import type { Office } from '../register/office.ts';
import type { Exchange, OwnMail } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import type { Judged, Outcome } from './judged-mail.ts';
import { answeredIdentifier, namedMessageId, type Prefetched, registrationKey } from './prefetch.ts';

export function correlateReceipt(
  office: Office,
  { judged, kept }: Judged,
  work: UnitOfWork,
  prefetched: Prefetched,
): Outcome {
  const pec = judged.inspection.pec;
  const ours = pec === null ? undefined : mailOf(pec, prefetched);
  const exchange = ours && work.exchange(ours.exchangeId);
  // A receipt for mail sent from a webmail, say: evidence all the same; it waits for its message.
  if (pec === null || ours === undefined || exchange === undefined)
    return { exchangeId: null, note: problem('receipt-unmatched').message };
  if (pec.identifier !== null) prefetched.byProviderId.set(pec.identifier, ours);

  const news = newsOf(pec, ours.recipient);
  const once = [pec.type, pec.identifier, pec.deliveredTo, pec.certifiedAt].join(' ');
  const event = { type: `receipt-${pec.type}`, once, mailId: kept.mailId, data: { ...pec } } as const;
  if (isAboutAnother(pec, ours)) {
    if (work.append(exchange, event)) {
      const detail = `${pec.deliveredTo}`;
      work.show({ code: 'recipient-differs', detail, exchangeId: exchange.exchangeId, mailId: kept.mailId });
    }
    return { exchangeId: exchange.exchangeId, note: null };
  }
  if (news.type === 'unknown') {
    work.append(exchange, event);
    return { exchangeId: exchange.exchangeId, note: news.reason };
  }
  const step = stepOf(exchange, ours.purpose, news);
  const isNew = applyTransition(office, work, exchange, step, event);
  if (ours.purpose === 'message' && news.type === 'delivery')
    notifyWithdrawn(office, exchange, work, prefetched.untold);
  return { exchangeId: exchange.exchangeId, note: isNew ? shown(step) : null };
}

/** Our mail that a receipt speaks of: by our Message-ID, else by the provider's identifier of the whole transaction. */
const mailOf = ({ messageId, identifier }: PecReport, { ours, byProviderId }: Prefetched) =>
  (messageId === null ? undefined : ours.get(messageId)) ??
  (identifier === null ? undefined : byProviderId.get(identifier));

/** Every mail of ours has one recipient: a delivery to somebody else says nothing about it. */
const isAboutAnother = ({ deliveredTo }: PecReport, { recipient }: OwnMail): boolean =>
  deliveredTo !== null && deliveredTo.toLowerCase() !== recipient.toLowerCase();

type KnownNews = Exclude<ReceiptNews, UnknownNews>;

function stepOf(exchange: Exchange, purpose: Purpose, news: KnownNews) {
  const failed = news.type === 'refusal' || news.type === 'non-delivery';
  if (exchange.direction === 'outgoing') {
    const state = exchange.state as OutgoingState;
    if (purpose === 'message') return outgoing(state, news);
    // Receipts for an annulment of ours leave the message where it is.
    return failed ? outgoing(state, { type: 'notice-failed', reason: news.reason }) : NOTHING(state);
  }
  const state = exchange.state as IncomingState;
  const registered = exchange.registered !== null;
  const answer = ownAnswer(purpose);
  if (answer === null)
    return failed ? incoming(state, { type: 'notice-failed', reason: news.reason }, registered) : NOTHING(state);
  return incoming(state, answerNews(news, answer), registered);
}

const NOTHING = <State>(next: State) => ({ next, effects: [] });

/** What a receipt for our own answer means for the incoming exchange. */
function answerNews(news: KnownNews, answer: OwnAnswer): IncomingEvent {
  switch (news.type) {
    case 'delivery':
      return { type: 'answer-delivered', answer };
    case 'refusal':
    case 'non-delivery':
      return { type: 'answer-not-delivered', answer, reason: news.reason };
    case 'acceptance':
      // To ordinary mail nothing further will come.
      return { type: news.certified ? 'answer-accepted' : 'answer-delivered', answer };
    case 'taken-in-charge':
    case 'notice':
      return { type: 'answer-accepted', answer };
  }
}

export function correlateAnswer(office: Office, mail: Judged, work: UnitOfWork, prefetched: Prefetched): Outcome {
  const { judged, kept } = mail;
  const message = judged.reading?.message;
  if (message == null || message.kind === 'protocol-message' || message.kind === 'annulment')
    return unmatched(mail, work);
  const isAbout = aboutOurs(office, message, prefetched.ours);
  const exchange = isAbout && findOutgoing(isAbout, message.identifier, mail, work);
  if (!exchange) return unmatched(mail, work);

  const from = judged.opened.pec?.sender ?? '';
  const isFromThere = same(exchange.peerAddress, from);
  const known = exchange.peerIdentifier;
  const isOther = known !== null && message.identifier !== null && !isSameNumber(known, message.identifier);
  const event: OutgoingEvent =
    message.kind === 'exception'
      ? { type: 'exception', reason: message.reason }
      : {
          type: message.kind,
          ...(isOther && {
            contradiction: problem('answer-other-number', '', `prima ${named(known)}, ora ${named(message.identifier)}`)
              .message,
          }),
        };
  const step = outgoing(exchange.state as OutgoingState, event);
  const isNew = applyTransition(
    office,
    work,
    exchange,
    step,
    { type: message.kind, once: `${message.kind} ${judged.content}`, mailId: kept.mailId, data: { ...message } },
    // Codes anybody can write; the certified sender nobody can: a number it has told is changed by itself alone.
    { peerIdentifier: known === null || isFromThere ? (message.identifier ?? known) : known },
  );
  if (isNew)
    work.audit(`received-${message.kind}`, exchange.exchangeId, {
      identifier: message.identifier,
      mail: kept.mailId,
    });
  notifyWithdrawn(office, exchange, work, prefetched.untold);
  // Where only the codes are right, a person is told.
  const elsewhere = isFromThere ? null : problem('answer-other-address', '', from).message;
  return { exchangeId: exchange.exchangeId, note: isNew ? (shown(step) ?? elsewhere) : null };
}

const same = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a != null && b != null && a.toLowerCase() === b.toLowerCase();

type IsAbout = (exchange: Exchange) => boolean;

const named = ({ number, date }: Identifier): string => `${number.slice(0, 30)}/${date.slice(0, 4)}`;

/** Some write the register in one answer and not in another. */
const isSameNumber = (one: Identifier, other: Identifier): boolean =>
  identityOf(one) === identityOf(other) ||
  ((one.register === null || other.register === null) &&
    identityOf({ ...one, register: null }) === identityOf({ ...other, register: null }));

/**
 * Whether an answer speaks of an exchange: our code, register, year and number must be right (echoed dates are
 * unreliable); one that could not read them may name our mail instead. Null: it speaks of nothing of ours.
 */
function aboutOurs(office: Office, message: ReturnMessage, ours: Prefetched['ours']): IsAbout | null {
  const messageId = namedMessageId(message);
  if (messageId !== null) {
    const mail = ours.get(messageId);
    return ({ direction, exchangeId }) =>
      direction === 'outgoing' && mail?.purpose === 'message' && exchangeId === mail.exchangeId;
  }
  const about = answeredIdentifier(message);
  const key = registrationKey(about);
  if (about === null || key === null) return null;
  if (!same(about.administration, office.administration) || !same(about.aoo, office.code)) return null;
  return ({ direction, registered }) =>
    direction === 'outgoing' &&
    registered?.year === key.year &&
    registered.number === key.number &&
    (about.register === null || same(about.register, registered.register));
}

/** The answer must come from whom we wrote to: by address, or else by code, as some bodies answer from another mailbox. */
function findOutgoing(isAbout: IsAbout, answering: Identifier | null, mail: Judged, work: UnitOfWork) {
  const from = mail.judged.opened.pec?.sender;
  return (
    work.find((exchange) => isAbout(exchange) && same(exchange.peerAddress, from)) ??
    work.find(
      (exchange) =>
        isAbout(exchange) &&
        same(exchange.peer?.administration, answering?.administration) &&
        same(exchange.peer?.aoo, answering?.aoo),
    )
  );
}

/**
 * An annulment names the annulled registration: the sender's, of a message to us, or the recipient's, of one of ours. One
 * that names no register is about the only message it can be about, or about none.
 */
export function correlateAnnulment(office: Office, mail: Judged, work: UnitOfWork): Outcome {
  const message = mail.judged.reading?.message;
  if (message?.kind !== 'annulment') return unmatched(mail, work);
  const { identifier } = message;
  const from = mail.judged.opened.pec?.sender;
  // Answers may go to another address than the one it writes from.
  const isTheirs = ({ direction, peerAddress, peer }: Exchange): boolean =>
    same(peerAddress, from) || (direction === 'incoming' && same(peer?.address, from));
  const named = (isMeant: (own: Identifier) => boolean) => (exchange: Exchange) =>
    exchange.peerIdentifier !== null && isMeant(exchange.peerIdentifier) && isTheirs(exchange);
  const exactly = named((own) => identityOf(own) === identityOf(identifier));
  const loosely = named((own) => identifier.register === null && isSameNumber(own, identifier));
  const isIncoming = (exchange: Exchange): boolean => exchange.direction === 'incoming' && exactly(exchange);
  // Two messages may bear the identifier: the one that came from there comes before the one that says so.
  const exchange =
    work.find((one) => isIncoming(one) && same(one.peerAddress, from)) ??
    work.find(isIncoming) ??
    work.find(exactly) ??
    only(work, loosely);
  return exchange === undefined ? unmatched(mail, work) : annulled(office, mail, exchange, message, work);
}

function only(work: UnitOfWork, matches: (exchange: Exchange) => boolean): Exchange | undefined {
  const found = work.find(matches);
  return work.find((exchange) => exchange !== found && matches(exchange)) === undefined ? found : undefined;
}

function annulled(office: Office, mail: Judged, exchange: Exchange, message: Annulment, work: UnitOfWork): Outcome {
  const { kept, judged } = mail;
  const { reason } = message;
  const isSender = exchange.direction === 'incoming';
  const step = isSender
    ? incoming(exchange.state as IncomingState, { type: 'annulled-by-sender', reason }, exchange.registered !== null)
    : outgoing(exchange.state as OutgoingState, { type: 'annulment', reason });
  const once = `annulment ${judged.content}`;
  const event = { type: 'annulment', once, mailId: kept.mailId, data: { ...message } } as const;
  const isNew = applyTransition(office, work, exchange, step, event);
  const by = isSender ? 'annulled-by-sender' : 'annulled-by-recipient';
  if (isNew) work.audit(by, exchange.exchangeId, { reason, mail: kept.mailId });
  return { exchangeId: exchange.exchangeId, note: isNew ? shown(step) : null };
}

function unmatched({ judged, kept }: Judged, work: UnitOfWork): Outcome {
  const code: ProblemCode = 'answer-unmatched';
  const { subject } = judged.opened.headers;
  const found = problem(code, '', subject);
  work.show({ code, detail: subject, exchangeId: null, mailId: kept.mailId });
  return {
    exchangeId: null,
    note: found.message,
    decision: { action: 'operator', reasons: [found.message], codes: [found.code] },
  };
}
