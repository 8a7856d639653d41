import { newsOf } from '../../domain/delivery/receipt.ts';
import type { Exchange } from '../../domain/exchange/exchange.ts';
import { type MailFate, mailTransition, withdrawnTransition } from '../../domain/exchange/own-mail.ts';
import { type AnyStep, shownReason } from '../../domain/exchange/transition.ts';
import { problem } from '../../kernel/problems.ts';
import type { PecReport } from '../../model/pec.ts';
import { applyTransition } from '../register/apply-transition.ts';
import { notifyWithdrawn } from '../register/notify-withdrawn.ts';
import type { Office } from '../register/office.ts';
import type { OwnMail } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { foreignReason } from './foreign-receipt.ts';
import type { JudgedMail, Outcome } from './judged-mail.ts';
import type { Prefetched } from './prefetch.ts';

/** A PEC receipt finds the mail of ours it speaks of. However often it arrives, it is one event. */
export function correlateReceipt(
  office: Office,
  { inspection: { pec }, kept: { mailId } }: JudgedMail,
  work: UnitOfWork,
  prefetched: Prefetched,
): Outcome {
  const found = pec === null ? undefined : mailOf(pec, prefetched);
  const exchange = found && work.exchange(found.exchangeId);
  const ours = pec && found && exchange && isBelievable(pec, found, exchange, office) ? found : undefined;
  // Evidence all the same, for example of a mail sent from a webmail: it waits for its message.
  if (pec === null || ours === undefined || exchange === undefined)
    return { exchangeId: null, note: problem('receipt-unmatched').message };

  const { exchangeId } = exchange;
  const name = [pec.type, pec.identifier, pec.deliveredTo, pec.certifiedAt].join(' ');
  const foreign = foreignReason(pec, ours, office);
  if (foreign !== null) return ofForeigner({ pec, mailId, name }, foreign, exchange, work);
  const isOfAnother = isOfAnotherTransmission(pec, ours, prefetched);
  if (isOfAnother) return ofAnother(office, { pec, mailId, name }, ours, exchange, work, prefetched);
  // It counted, was withdrawn, and counts after all: the acceptance of its own transmission has come.
  const once = work.hasSeen(exchangeId, withdrawalOf(name)) ? `${name} after all` : name;
  const event = { type: `receipt-${pec.type}`, once, mailId, data: { ...pec } } as const;
  if (isAboutAnother(pec, ours)) {
    if (work.append(exchange, event))
      work.show({ code: 'recipient-differs', detail: `${pec.deliveredTo}`, exchangeId, mailId });
    return { exchangeId, note: null };
  }
  const news = newsOf(pec, ours.recipient);
  if (news.type === 'unknown') {
    work.append(exchange, event);
    return { exchangeId, note: news.reason };
  }
  const step = mailTransition(exchange, ours.purpose, news);
  const isNew = applyTransition(office, work, exchange, step, event);
  prefetched.receipts.get(exchangeId)?.push(pec);
  if (ours.purpose === 'message' && news.type === 'delivery')
    notifyWithdrawn(office, exchange, work, prefetched.pendingNotices);
  return { exchangeId, note: isNew ? shownReason(step) : null };
}

interface NamedReceipt {
  readonly pec: PecReport;
  readonly mailId: string;
  /** Under which it is one event, however often it comes. */
  readonly name: string;
}

const withdrawalOf = (name: string): string => `withdrawn ${name}`;

/**
 * A receipt of another transmission changes nothing, and a person is told. If it counted, because no acceptance was there
 * yet, what it led to is taken back. It is an event of its own: if the acceptance of its transmission comes later, the receipt
 * is settled again, and counts.
 */
function ofAnother(
  office: Office,
  { pec, mailId, name }: NamedReceipt,
  ours: OwnMail,
  exchange: Exchange,
  work: UnitOfWork,
  prefetched: Prefetched,
): Outcome {
  const { exchangeId } = exchange;
  // Another copy of it may have counted: that one is judged again by itself.
  const rest = work.hasSeen(exchangeId, name) ? prefetched.receipts.get(exchangeId) : undefined;
  const event = ofAnotherEvent(pec, mailId, rest === undefined ? `of another ${name}` : withdrawalOf(name));
  const step = withdrawal(pec, rest ?? [], ours, exchange, prefetched);
  const isNew =
    rest === undefined ? work.append(exchange, event) : applyTransition(office, work, exchange, step, event);
  if (isNew)
    work.show({ code: 'receipt-of-another', detail: `Identificativo: ${pec.identifier}.`, exchangeId, mailId });
  return leftToPerson(`l'identificativo è ${pec.identifier}, diverso da quello della ricevuta di accettazione`);
}

/** About a mail of somebody else under our Message-ID: it counts for nothing, and takes nothing back. */
function ofForeigner({ pec, mailId, name }: NamedReceipt, why: string, exchange: Exchange, work: UnitOfWork): Outcome {
  const { exchangeId } = exchange;
  if (work.append(exchange, ofAnotherEvent(pec, mailId, `of another sender ${name}`)))
    work.show({ code: 'receipt-of-another', detail: `${capital(why)}.`, exchangeId, mailId });
  return leftToPerson(why);
}

const ofAnotherEvent = (pec: PecReport, mailId: string, once: string) =>
  ({ type: 'receipt-of-another', once, mailId, data: { ...pec } }) as const;

/** It is tied to no exchange, so that nothing is found by its `identificativo`. */
function leftToPerson(why: string): Outcome {
  const { code, message } = problem('receipt-of-another', '', why);
  return { exchangeId: null, note: message, decision: { action: 'operator', reasons: [message], codes: [code] } };
}

const capital = (sentence: string): string => sentence.slice(0, 1).toUpperCase() + sentence.slice(1);

function withdrawal(
  pec: PecReport,
  others: readonly PecReport[],
  ours: OwnMail,
  exchange: Exchange,
  prefetched: Prefetched,
): AnyStep {
  const fateOf = (receipt: PecReport): MailFate[] => {
    const news = newsOf(receipt, ours.recipient);
    return news.type === 'unknown' || isAboutAnother(receipt, ours) ? [] : [news];
  };
  const known = transmissionsOf(ours, prefetched);
  const rest = others.filter(({ identifier }) => identifier === null || known.includes(identifier)).flatMap(fateOf);
  const [forged] = fateOf(pec);
  return forged === undefined
    ? { next: exchange.state, effects: [] }
    : withdrawnTransition(exchange, ours.purpose, forged, rest);
}

/** By our Message-ID, else by the provider's identifier of the whole transaction: what is signed goes first. */
function mailOf({ messageId, identifier, unsignedReference }: PecReport, { ours, byProviderId }: Prefetched) {
  const named = messageId === null ? undefined : ours.get(messageId);
  const known = identifier === null ? undefined : byProviderId.get(identifier);
  return unsignedReference ? (known ?? named) : (named ?? known);
}

/** Clocks of providers and ours. */
const SKEW = 10 * 60_000;

/**
 * A Message-ID that nobody signed could be put on the receipt of another mail. It counts where what is certified agrees:
 * sent by this office, to the recipient of that mail, after the exchange began.
 */
function isBelievable(pec: PecReport, ours: OwnMail, { createdAt }: Exchange, office: Office): boolean {
  if (!pec.unsignedReference) return true;
  return (
    foreignReason(pec, ours, office) === null &&
    !isAboutAnother(pec, ours) &&
    Date.parse(pec.certifiedAt ?? '') >= createdAt.getTime() - SKEW
  );
}

/**
 * All receipts of a transmission bear the `identificativo` that our provider gave when it accepted the mail: once the acceptance
 * is there, one of another transmission is not believed. A second acceptance comes when a hand-over broke and was repeated
 * under the same Message-ID: that its certified sender is ours proves that we did so, which our own count of hand-overs
 * cannot (a crash loses one). That another provider has taken the mail in charge changes nothing, and is not held against it.
 */
function isOfAnotherTransmission(pec: PecReport, ours: OwnMail, prefetched: Prefetched): boolean {
  const { identifier, type } = pec;
  if (identifier === null) return false;
  const known = transmissionsOf(ours, prefetched);
  if (type === 'accettazione') prefetched.transmissions.set(keyOf(ours), [...known, identifier]);
  else if (known.length > 0 && type !== 'presa-in-carico' && !known.includes(identifier)) return true;
  prefetched.byProviderId.set(identifier, ours);
  return false;
}

const keyOf = ({ exchangeId, purpose, recipient }: OwnMail): string => `${exchangeId} ${purpose} ${recipient}`;

const transmissionsOf = (ours: OwnMail, { transmissions }: Prefetched): readonly string[] => [
  ...ours.transmissions,
  ...(transmissions.get(keyOf(ours)) ?? []),
];

/** Each mail of ours has one recipient: a delivery to somebody else says nothing about it. */
const isAboutAnother = ({ deliveredTo }: PecReport, { recipient }: OwnMail): boolean =>
  deliveredTo !== null && deliveredTo.toLowerCase() !== recipient.toLowerCase();
