/** What a finished hand-over means for the exchange whose mail it was. */
import { type IncomingState, incoming } from '../../domain/exchange/incoming.ts';
import { type OutgoingState, outgoing } from '../../domain/exchange/outgoing.ts';
import { ownAnswer } from '../register/answer.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Purpose } from '../register/event-types.ts';
import type { Office } from '../register/office.ts';
import type { Exchange, Handed, OutboxItem } from '../register/store.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';

interface HandedOver extends Pick<Handed, 'response'> {
  readonly item: OutboxItem;
  readonly state: 'sent' | 'given-up';
  /** What the history is told of the hand-over besides. */
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
  const failure = state === 'sent' ? null : response;
  applyTransition(office, work, exchange, stepOf(exchange, item.purpose, failure), { type, once, mailId: null, data });
  work.audit(type, item.recipe.messageId, data);
}

/** `failure`: why it was given up; null when it was taken. */
function stepOf(exchange: Exchange, purpose: Purpose, failure: string | null) {
  if (exchange.direction === 'outgoing') {
    const state = exchange.state as OutgoingState;
    if (purpose !== 'message')
      return failure === null ? stay(state) : outgoing(state, { type: 'notice-failed', reason: failure });
    return outgoing(state, failure === null ? { type: 'sent' } : { type: 'given-up', reason: failure });
  }
  const state = exchange.state as IncomingState;
  const registered = exchange.registered !== null;
  const answer = ownAnswer(purpose);
  if (answer === null)
    return failure === null ? stay(state) : incoming(state, { type: 'notice-failed', reason: failure }, registered);
  return incoming(
    state,
    failure === null ? { type: 'answer-sent', answer } : { type: 'answer-given-up', answer, reason: failure },
    registered,
  );
}

const stay = <State>(next: State) => ({ next, effects: [] });
