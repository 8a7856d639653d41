import type { Exchange, ExchangeChange } from '../../domain/exchange/exchange.ts';
import type { Awaited } from '../../domain/exchange/step.ts';
import { type AnyStep, awaitedBy, isShow } from '../../domain/exchange/transition.ts';
import type { HistoryEvent } from './changes.ts';
import type { Office } from './office.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/**
 * What every use case does with a step of the exchange: one event in its history, the new state with its deadline, and what
 * a person is to see. False, and nothing changes, when the event was seen before. Effects other than showing (register,
 * confirm …) are the caller's.
 */
export function applyTransition<E extends Exchange>(
  office: Office,
  work: UnitOfWork,
  exchange: E,
  step: AnyStep & { readonly next: E['state'] },
  event: Omit<HistoryEvent, 'exchangeId' | 'version'>,
  change: ExchangeChange = {},
): boolean {
  const next = { ...exchange, ...change, state: step.next };
  const stays = step.next === exchange.state && step.awaits !== 'anew' && step.awaits !== 'done';
  const ends = step.awaits === null || step.awaits === 'done';
  const awaits = ends ? null : stays ? exchange.awaits : awaitedBy(next);
  const dueAt = stays && awaits === exchange.awaits ? exchange.dueAt : dueIn(office, work, awaits);
  const isNew = work.append({ ...next, awaits, dueAt }, event);
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

const dueIn = (office: Office, { at }: UnitOfWork, awaited: Awaited | null): Date | null =>
  awaited === null ? null : new Date(at.getTime() + office.deadlines[awaited] * 1000);
