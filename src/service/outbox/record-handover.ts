/** What a finished hand-over means for the exchange whose mail it was. */

import type { Exchange } from '../../domain/exchange/exchange.ts';
import { type MailFate, mailTransition } from '../../domain/exchange/own-mail.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Handed } from '../register/changes.ts';
import type { Office } from '../register/office.ts';
import type { OutboxItem } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';

interface HandedOver extends Pick<Handed, 'response'> {
  readonly item: OutboxItem;
  readonly state: 'sent' | 'given-up';
  /** Further facts for the history. */
  readonly news: object;
}

export function recordHandover(
  office: Office,
  work: UnitOfWork,
  exchange: Exchange,
  { item, state, response, news }: HandedOver,
): void {
  const type = `${item.purpose}-${state}` as const;
  const data = { recipient: item.recipient, messageId: item.recipe.messageId, ...news };
  // Every hand-over is an event of its own: a repeat is part of the history too.
  const once = `${type} ${item.recipe.messageId} ${exchange.version}`;
  const fate: MailFate = state === 'sent' ? { type: 'sent' } : { type: 'given-up', reason: response };
  const step = mailTransition(exchange, item.purpose, fate);
  applyTransition(office, work, exchange, step, { type, once, mailId: null, data });
  work.audit(type, item.recipe.messageId, data);
}
