import type { Exchange } from '../../domain/exchange/exchange.ts';
import { shownReason, transition } from '../../domain/exchange/transition.ts';
import { identityOf, isSameNumber } from '../../domain/register/registration.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { Annulment, Identifier } from '../../model/segnatura.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Office } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { answerOfAnother, answerTooEarly, isTooEarly, onlyOne, unmatchedAnswer } from './correlate-answer.ts';
import { isAddressOf, type JudgedMail, type Outcome } from './judged-mail.ts';

/**
 * An AnnullamentoProtocollazione names the annulled registration: the sender's, of a message to us, or the recipient's, of
 * one of ours. One that names no register counts where it can be about one message only.
 */
export function correlateAnnulment(office: Office, mail: JudgedMail, work: UnitOfWork): Outcome {
  const message = mail.reading?.message;
  if (message?.kind !== 'annulment') return unmatchedAnswer(mail, work);
  const { exact, loose } = namedBy(message);
  const exchange = findAnnulled(exact, loose, mail, work);
  if (exchange === undefined) return answerOfAnother(mail, work.find(exact) ?? work.find(loose), work);
  if (isTooEarly(mail, exchange)) return answerTooEarly(mail, exchange, work);

  const { exchangeId } = exchange;
  const { mailId } = mail.kept;
  const step = transition(exchange, { type: 'annulled-by-peer', reason: message.reason });
  const event = { type: 'annulment', once: `annulment ${mail.content}`, mailId, data: { ...message } } as const;
  const isNew = applyTransition(office, work, exchange, step, event);
  const by = exchange.direction === 'incoming' ? 'annulled-by-sender' : 'annulled-by-recipient';
  if (isNew) work.audit(by, exchangeId, { reason: message.reason, mail: mailId });
  return { exchangeId, note: isNew ? shownReason(step) : null };
}

type Matches = (exchange: Exchange) => boolean;

/** Whose peer has this number: exactly, or where the annulment names no register. */
function namedBy({ identifier }: Annulment): { readonly exact: Matches; readonly loose: Matches } {
  const named =
    (isMeant: (theirs: Identifier) => boolean): Matches =>
    ({ peerIdentifier }) =>
      peerIdentifier !== null && isMeant(peerIdentifier);
  return {
    exact: named((theirs) => identityOf(theirs) === identityOf(identifier)),
    loose: named((theirs) => identifier.register === null && isSameNumber(theirs, identifier)),
  };
}

/**
 * It must come from the address that the message came from or went to, or from one that the index or the layer gives to that
 * AOO. Two messages may bear the identifier: the one that came from this address goes first.
 */
function findAnnulled(exact: Matches, loose: Matches, mail: JudgedMail, work: UnitOfWork): Exchange | undefined {
  const from = mail.opened.pec?.sender;
  const isTheirs: Matches = ({ direction, peerAddress, peerIdentifier, peer }) => {
    const { administration, aoo } = (direction === 'incoming' ? peerIdentifier : peer) ?? {};
    return sameText(peerAddress, from) || isAddressOf(mail, from, { body: administration, aoo });
  };
  const exactly: Matches = (exchange) => exact(exchange) && isTheirs(exchange);
  return (
    work.findIncoming((one) => exact(one) && sameText(one.peerAddress, from)) ??
    work.findIncoming(exactly) ??
    work.find(exactly) ??
    onlyOne(work.find, (exchange) => loose(exchange) && isTheirs(exchange))
  );
}
