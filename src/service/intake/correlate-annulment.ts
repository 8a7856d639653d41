import type { Exchange } from '../../domain/exchange/exchange.ts';
import { shownReason, transition } from '../../domain/exchange/transition.ts';
import { identityOf, isSameNumber } from '../../domain/register/registration.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { Annulment, Identifier } from '../../model/segnatura.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Office } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { unmatchedAnswer } from './correlate-answer.ts';
import type { JudgedMail, Outcome } from './judged-mail.ts';

/**
 * An AnnullamentoProtocollazione names the annulled registration: the sender's, of a message to us, or the recipient's, of
 * one of ours. One that names no register counts where it can be about one message only.
 */
export function correlateAnnulment(office: Office, mail: JudgedMail, work: UnitOfWork): Outcome {
  const message = mail.reading?.message;
  if (message?.kind !== 'annulment') return unmatchedAnswer(mail, work);
  const exchange = findAnnulled(message, mail.opened.pec?.sender, work);
  if (exchange === undefined) return unmatchedAnswer(mail, work);

  const { exchangeId } = exchange;
  const { mailId } = mail.kept;
  const step = transition(exchange, { type: 'annulled-by-peer', reason: message.reason });
  const event = { type: 'annulment', once: `annulment ${mail.content}`, mailId, data: { ...message } } as const;
  const isNew = applyTransition(office, work, exchange, step, event);
  const by = exchange.direction === 'incoming' ? 'annulled-by-sender' : 'annulled-by-recipient';
  if (isNew) work.audit(by, exchangeId, { reason: message.reason, mail: mailId });
  return { exchangeId, note: isNew ? shownReason(step) : null };
}

function findAnnulled({ identifier }: Annulment, from: string | null | undefined, work: UnitOfWork) {
  // The sender may have asked for answers at another address than the one it writes from.
  const isTheirs = ({ direction, peerAddress, peer }: Exchange): boolean =>
    sameText(peerAddress, from) || (direction === 'incoming' && sameText(peer?.address, from));
  const named = (isMeant: (own: Identifier) => boolean) => (exchange: Exchange) =>
    exchange.peerIdentifier !== null && isMeant(exchange.peerIdentifier) && isTheirs(exchange);
  const exactly = named((own) => identityOf(own) === identityOf(identifier));
  const loosely = named((own) => identifier.register === null && isSameNumber(own, identifier));
  // Two messages may bear the identifier: the one that came from this address goes first.
  return (
    work.findIncoming((one) => exactly(one) && sameText(one.peerAddress, from)) ??
    work.findIncoming(exactly) ??
    work.find(exactly) ??
    onlyOne(work, loosely)
  );
}

function onlyOne(work: UnitOfWork, matches: (exchange: Exchange) => boolean): Exchange | undefined {
  const found = work.find(matches);
  return work.find((exchange) => exchange !== found && matches(exchange)) === undefined ? found : undefined;
}
