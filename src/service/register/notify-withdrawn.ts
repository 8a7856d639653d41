/**
 * A recipient that never got a message is not told of its annulment. If the message turns out to have arrived (a failure
 * that was not final, a hand-over that was not recorded), the recipient is told then, once, before it registers what no
 * longer holds.
 */

import type { Exchange } from '../../domain/exchange/exchange.ts';
import { identifierOf } from '../../domain/register/registration.ts';
import { type Answer, answerMail } from './answer-mail.ts';
import type { Office } from './office.ts';
import type { OfficeOutbox, OfficeRegistrations } from './office-transaction.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Where the annulments of the exchanges at hand are looked up. */
export interface NoticeSource {
  readonly outbox: Pick<OfficeOutbox, 'latest'>;
  readonly registrations: Pick<OfficeRegistrations, 'find' | 'annulment'>;
}

/** Annulments that their recipients have not been told of, by exchange. */
export type PendingNotices = Map<string, Answer>;

export async function pendingNotices(office: Office, tx: NoticeSource, work: UnitOfWork): Promise<PendingNotices> {
  const untold: PendingNotices = new Map();
  for (const exchangeId of work.exchangeIds()) {
    const exchange = work.exchange(exchangeId);
    if (exchange?.direction !== 'outgoing' || exchange.state !== 'withdrawn' || exchange.registered === null) continue;
    if ((await tx.outbox.latest(exchangeId, 'annulment')) !== null) continue;
    const registration = await tx.registrations.find(exchange.registered);
    const annulment = await tx.registrations.annulment(exchange.registered);
    if (registration === null || annulment === null) continue;
    const { reason, provision } = annulment;
    untold.set(exchangeId, { kind: 'annulment', identifier: identifierOf(office, registration), reason, provision });
  }
  return untold;
}

/** Something has proven that the recipient has the message. */
export function notifyWithdrawn(office: Office, exchange: Exchange, work: UnitOfWork, untold: PendingNotices): void {
  const annulment = untold.get(exchange.exchangeId);
  if (annulment === undefined) return;
  untold.delete(exchange.exchangeId);
  const received = { identifier: null, firstRegistration: null, description: null };
  work.queue(answerMail(office, exchange, received, annulment, work.at));
}
