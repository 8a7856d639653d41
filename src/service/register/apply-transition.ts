/** What every use case does with a transition: one event, the new state, its deadline, and what a person is to see. */
import { awaitedIncoming, type IncomingState } from '../../domain/exchange/incoming.ts';
import { awaitedOutgoing, type OutgoingState } from '../../domain/exchange/outgoing.ts';
import type { Awaited, Show, Step } from '../../domain/exchange/step.ts';
import type { Office } from './office.ts';
import type { Exchange, ExchangeEvent, ExchangeState } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

type AnyStep = Step<ExchangeState, { readonly type: string }>;

/**
 * Appends `event` and moves the exchange on; false when it was seen before, and nothing is changed then. What the step
 * wants beyond showing (register, confirm …) is the caller's business.
 */
export function applyTransition(
  office: Office,
  work: UnitOfWork,
  exchange: Exchange,
  step: AnyStep,
  event: Omit<ExchangeEvent, 'exchangeId' | 'version'>,
  change: Partial<Exchange> = {},
): boolean {
  const next = { ...exchange, ...change, state: step.next };
  const stays = step.next === exchange.state && step.awaits !== 'anew' && step.awaits !== 'done';
  const ends = step.awaits === null || step.awaits === 'done';
  const awaits = ends ? null : stays ? exchange.awaits : awaitedBy(next);
  const dueAt = stays && awaits === exchange.awaits ? exchange.dueAt : dueIn(office, work, awaits);
  const isNew = work.append(exchange, event, { ...change, state: step.next, awaits, dueAt });
  if (!isNew) return false;
  if (!stays) work.moved(exchange.exchangeId);
  for (const effect of step.effects) {
    if (!isShow(effect)) continue;
    const { task: code, reason } = effect;
    work.show({ code, detail: reason, exchangeId: exchange.exchangeId, mailId: event.mailId });
    work.audit('left-to-a-person', exchange.exchangeId, { task: code, reason, mail: event.mailId });
  }
  return true;
}

/** What a person is told by a step, or null. */
export const shown = (step: AnyStep): string | null => step.effects.find(isShow)?.reason ?? null;

export const isAllowed = (step: AnyStep): boolean => !step.effects.some(({ type }) => type === 'not-allowed');

const isShow = (effect: { readonly type: string }): effect is Show => effect.type === 'show';

const awaitedBy = (exchange: Exchange): Awaited | null =>
  exchange.direction === 'incoming'
    ? awaitedIncoming(exchange.state as IncomingState)
    : awaitedOutgoing(exchange.state as OutgoingState, exchange.answerWanted);

const dueIn = (office: Office, { at }: UnitOfWork, awaited: Awaited | null): Date | null =>
  awaited === null ? null : new Date(at.getTime() + office.deadlines[awaited] * 1000);
