/** The one way an exchange moves: its state and an event give the next state and what follows from it. */
import type { ExchangeState, IncomingExchange, OutgoingExchange } from './exchange.ts';
import { awaitedIncoming, type IncomingEffect, type IncomingEvent, type IncomingStep, incoming } from './incoming.ts';
import { awaitedOutgoing, type OutgoingEffect, type OutgoingEvent, type OutgoingStep, outgoing } from './outgoing.ts';
import type { Awaited, CommonEvent, Show, Step } from './step.ts';

/** What decides about a transition. */
type Standing<Exchange extends IncomingExchange | OutgoingExchange> = Pick<
  Exchange,
  'direction' | 'state' | 'registered'
>;

interface Directions {
  readonly incoming: {
    readonly exchange: Standing<IncomingExchange>;
    readonly event: IncomingEvent;
    readonly step: IncomingStep;
  };
  readonly outgoing: {
    readonly exchange: Standing<OutgoingExchange>;
    readonly event: OutgoingEvent;
    readonly step: OutgoingStep;
  };
}
type Direction = keyof Directions;

const MACHINES: {
  readonly [D in Direction]: (
    exchange: Directions[D]['exchange'],
    event: Directions[D]['event'],
  ) => Directions[D]['step'];
} = {
  incoming: ({ state, registered }, event) => incoming(state, event, registered !== null),
  outgoing: ({ state }, event) => outgoing(state, event),
};

export function transition(exchange: Standing<IncomingExchange>, event: IncomingEvent): IncomingStep;
export function transition(exchange: Standing<OutgoingExchange>, event: OutgoingEvent): OutgoingStep;
export function transition(
  exchange: Standing<IncomingExchange> | Standing<OutgoingExchange>,
  event: CommonEvent,
): IncomingStep | OutgoingStep;
export function transition<D extends Direction>(
  exchange: Directions[D]['exchange'] & { readonly direction: D },
  event: Directions[D]['event'],
): Directions[D]['step'] {
  return MACHINES[exchange.direction](exchange, event);
}

/** What an exchange waits for in the state it is in. */
export const awaitedBy = (
  exchange: Standing<IncomingExchange> | (Standing<OutgoingExchange> & Pick<OutgoingExchange, 'answerWanted'>),
): Awaited | null =>
  exchange.direction === 'incoming'
    ? awaitedIncoming(exchange.state)
    : awaitedOutgoing(exchange.state, exchange.answerWanted);

/** A step of either machine. */
export type AnyStep = Step<ExchangeState, IncomingEffect | OutgoingEffect>;

export const isAllowed = (step: AnyStep): boolean => !step.effects.some(({ type }) => type === 'not-allowed');

/** What a person is told by a step, or null. */
export const shownReason = (step: AnyStep): string | null => step.effects.find(isShow)?.reason ?? null;

export const isShow = (effect: { readonly type: string }): effect is Show => effect.type === 'show';
