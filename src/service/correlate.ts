/** Receipts and answers find the exchange they belong to. Each is one event, however often it arrives. */
import { newsOf } from '../domain/delivery/receipt.ts';
import { type IncomingState, incoming } from '../domain/exchange/incoming.ts';
import { type OutgoingEvent, type OutgoingState, outgoing } from '../domain/exchange/outgoing.ts';
import { identityOf } from '../domain/register/registration.ts';
import type { Identifier } from '../formats/segnatura/model.ts';
import { type ProblemCode, problem } from '../kernel/problems.ts';
import type { Judged, Outcome } from './judged.ts';
import { answeredIdentifier, type Knowledge, registrationKey } from './knowledge.ts';
import type { Ledger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Exchange } from './store.ts';

export function correlateReceipt({ judged, kept }: Judged, ledger: Ledger, knowledge: Knowledge): Outcome {
  const pec = judged.inspection.pec;
  const ours = pec?.messageId == null ? undefined : knowledge.ours.get(pec.messageId);
  const exchange = ours && ledger.exchange(ours.exchangeId);
  // A receipt for mail sent from a webmail, say: evidence all the same.
  if (pec === null || exchange === undefined) return { exchangeId: null, note: problem('receipt-unmatched').message };

  const news = newsOf(pec);
  const reason = 'reason' in news ? news.reason : null;
  const once = [pec.type, pec.identifier, pec.deliveredTo, pec.certifiedAt].join(' ');
  const event = { type: `receipt-${pec.type}`, once, mailId: kept.mailId, data: { ...pec } };
  if (news.type === 'unknown') {
    ledger.append(exchange, event);
    return { exchangeId: exchange.exchangeId, note: reason };
  }
  const step =
    exchange.direction === 'outgoing'
      ? outgoing(exchange.state as OutgoingState, news as OutgoingEvent)
      : incoming(exchange.state as IncomingState, answerNews(news.type, reason));
  const isNew = ledger.append(exchange, event, { state: step.next });
  return { exchangeId: exchange.exchangeId, note: isNew ? shown(step.effects) : null };
}

/** What a receipt for our own answer means for the incoming exchange. */
function answerNews(type: string, reason: string | null) {
  if (type === 'delivery') return { type: 'answer-delivered' } as const;
  if (type === 'refusal' || type === 'non-delivery')
    return { type: 'answer-not-delivered', reason: reason ?? type } as const;
  return { type: 'answer-accepted' } as const;
}

export function correlateAnswer(office: Office, mail: Judged, ledger: Ledger): Outcome {
  const { judged, kept } = mail;
  const message = judged.reading?.message;
  if (message == null || message.kind === 'protocol-message' || message.kind === 'annulment')
    return unmatched(mail, 'answer-unmatched');
  const about = answeredIdentifier(message);
  const exchange = about === null ? undefined : findOutgoing(office, about, message.identifier, mail, ledger);
  if (exchange === undefined) return unmatched(mail, 'answer-unmatched');

  const event: OutgoingEvent =
    message.kind === 'exception' ? { type: 'exception', reason: message.reason } : { type: message.kind };
  const step = outgoing(exchange.state as OutgoingState, event);
  const isNew = ledger.append(
    exchange,
    { type: message.kind, once: `${message.kind} ${judged.content}`, mailId: kept.mailId, data: { ...message } },
    { state: step.next, peerIdentifier: message.identifier ?? exchange.peerIdentifier },
  );
  if (isNew)
    ledger.audit(`received-${message.kind}`, exchange.exchangeId, {
      identifier: message.identifier,
      mail: kept.mailId,
    });
  // Codes anybody can write; the certified sender nobody can. Where only the codes are right, a person is told.
  const from = judged.opened.pec?.sender ?? '';
  const elsewhere = same(exchange.peerAddress, from) ? null : problem('answer-other-address', '', from).message;
  return { exchangeId: exchange.exchangeId, note: isNew ? (shown(step.effects) ?? elsewhere) : null };
}

const same = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a != null && b != null && a.toLowerCase() === b.toLowerCase();

/**
 * The exchange an answer speaks of: our code, register, year and number must be right (echoed dates are unreliable), and
 * the answer must come from whom we wrote to: by address, or else by code, as some bodies answer from another mailbox.
 */
function findOutgoing(office: Office, about: Identifier, answering: Identifier | null, mail: Judged, ledger: Ledger) {
  if (!same(about.administration, office.administration) || !same(about.aoo, office.code)) return undefined;
  const key = registrationKey(about);
  const from = mail.judged.opened.pec?.sender;
  const isAbout = ({ direction, registered }: Exchange): boolean =>
    direction === 'outgoing' &&
    registered?.year === key?.year &&
    registered?.number === key?.number &&
    (about.register === null || same(about.register, registered?.register));
  return (
    ledger.find((exchange) => isAbout(exchange) && same(exchange.peerAddress, from)) ??
    ledger.find(
      (exchange) =>
        isAbout(exchange) &&
        same(exchange.peer?.administration, answering?.administration) &&
        same(exchange.peer?.aoo, answering?.aoo),
    )
  );
}

export function correlateAnnulment(mail: Judged, ledger: Ledger): Outcome {
  const { judged, kept } = mail;
  const message = judged.reading?.message;
  if (message?.kind !== 'annulment') return unmatched(mail, 'answer-unmatched');
  const identity = identityOf(message.identifier);
  const from = judged.opened.pec?.sender?.toLowerCase();
  const exchange = ledger.find(
    (candidate) =>
      candidate.direction === 'incoming' &&
      candidate.identity === identity &&
      candidate.peerAddress.toLowerCase() === from,
  );
  if (exchange === undefined) return unmatched(mail, 'answer-unmatched');
  const step = incoming(exchange.state as IncomingState, { type: 'annulled-by-sender', reason: message.reason });
  const isNew = ledger.append(
    exchange,
    { type: 'annulment', once: `annulment ${judged.content}`, mailId: kept.mailId, data: { ...message } },
    { state: step.next },
  );
  if (isNew) ledger.audit('annulled-by-sender', exchange.exchangeId, { reason: message.reason, mail: kept.mailId });
  return { exchangeId: exchange.exchangeId, note: isNew ? shown(step.effects) : null };
}

function unmatched({ judged }: Judged, code: ProblemCode): Outcome {
  const found = problem(code, '', judged.opened.headers.subject);
  return {
    exchangeId: null,
    note: found.message,
    decision: { action: 'operator', reasons: [found.message], codes: [found.code] },
  };
}

const shown = (effects: readonly { readonly type: string; readonly reason?: string }[]): string | null =>
  effects.find(({ type }) => type === 'show')?.reason ?? null;
