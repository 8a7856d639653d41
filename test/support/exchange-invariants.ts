/** What must hold for every exchange after every event, stated independently of the state machines. */

import type { Exchange, ExchangeState } from '../../src/domain/exchange/exchange.ts';
import { ownAnswer } from '../../src/domain/exchange/own-mail.ts';
import { TASKS } from '../../src/kernel/tasks.ts';
import { Broken, type Happened, type World } from './exchange-world.ts';

const COMMANDS: readonly string[] = [
  'register',
  'refuse',
  'close',
  'hand-over',
  'take',
  'confirm',
  'resend',
  'send-elsewhere',
  'annul',
];
/** How far an outgoing message has got. */
const PROGRESS: Partial<Record<ExchangeState, number>> = {
  queued: 0,
  sent: 1,
  accepted: 2,
  unevidenced: 3,
  failed: 3,
  replaced: 3,
  delivered: 3,
  confirmed: 4,
  excepted: 4,
  annulled: 5,
  withdrawn: 6,
};
/** An outgoing message is in no state that nothing proves. */
const EVIDENCE = {
  sent: ['sent'],
  accepted: ['acceptance'],
  unevidenced: ['acceptance'],
  delivered: ['delivery'],
  failed: ['given-up', 'refusal', 'non-delivery'],
  replaced: ['send-elsewhere'],
  confirmed: ['confirmation', 'update'],
  excepted: ['exception'],
  annulled: ['annulled-by-peer'],
  withdrawn: ['annul'],
} as const;

export function checkInvariants(world: World, happened: Happened): void {
  for (const check of [
    registeredOnce,
    notForgotten,
    inOutbox,
    onlyForward,
    proven,
    tasksInOrder,
    contradictionsShown,
  ]) {
    const fault = check(world, happened);
    if (fault === null) continue;
    const { exchange, event, before } = happened;
    const history = (world.history.get(exchange.exchangeId) ?? []).map(({ type }) => type).join(' ');
    throw new Broken(
      `${fault} (${exchange.direction}: ${before.state} ── ${event.type} ──► ${exchange.state}; ${history})`,
    );
  }
}

function registeredOnce(world: World, { exchange, before, step }: Happened): string | null {
  const { exchangeId, registered } = exchange;
  if (before.registered !== null && step.effects.some(({ type }) => type === 'register'))
    return 'a message is registered twice';
  if (registered !== null && world.numbers.get(`${registered.year}/${registered.number}`) !== exchangeId)
    return 'a number is not the one that was given';
  return registered === null && exchange.state === 'confirmed' ? 'confirmed without a number' : null;
}

/** Every exchange has ended, waits with a deadline, or is on a person's list. */
export function notForgotten(world: World, { exchange }: Pick<Happened, 'exchange'>): string | null {
  const { exchangeId, awaits, dueAt } = exchange;
  if ((awaits === null) !== (dueAt === null)) return 'it waits for something without end';
  return hasEnded(world, exchange) || awaits !== null || world.openTasks(exchangeId).length > 0
    ? null
    : 'it is forgotten';
}

/** What is to be handed over is in the outbox, which keeps trying. */
function inOutbox(world: World, { exchange: { exchangeId, state } }: Happened): string | null {
  const queued = world.queuedOf(exchangeId);
  if (state === 'queued') return queued.some(({ purpose }) => purpose === 'message') ? null : 'nobody sends it';
  if (state !== 'confirming' && state !== 'refusing') return null;
  return queued.some(({ purpose }) => ownAnswer(purpose) !== null) ? null : 'nobody answers it';
}

function hasEnded(world: World, { exchangeId, state, direction, answerWanted }: Exchange): boolean {
  switch (state) {
    case 'confirmed':
    case 'refused':
      return direction === 'outgoing' || isDelivered(world, exchangeId, state);
    case 'registered':
    case 'closed':
    case 'annulled':
    case 'withdrawn':
    case 'replaced':
    case 'unevidenced':
      return true;
    case 'delivered':
      return !answerWanted;
    default:
      return false;
  }
}

const isDelivered = (world: World, exchangeId: string, state: ExchangeState): boolean =>
  (world.history.get(exchangeId) ?? []).some(
    (event) => event.type === 'answer-delivered' && (event.answer === 'confirmation') === (state === 'confirmed'),
  );

function onlyForward(_: World, { exchange, before, event }: Happened): string | null {
  const isCommand = exchange.direction === 'outgoing' ? event.type === 'resend' : COMMANDS.includes(event.type);
  if (isCommand) return null;
  if (exchange.direction === 'outgoing')
    return (PROGRESS[exchange.state] ?? 0) < (PROGRESS[before.state] ?? 0) ? 'it goes backwards' : null;
  const isReceipt = event.type.startsWith('answer-');
  const isOpen = ['new', 'operator', 'held', 'confirming', 'refusing'].includes(exchange.state);
  return isReceipt && isOpen && before.state !== exchange.state ? 'a receipt reopens it' : null;
}

function proven(world: World, { exchange }: Happened): string | null {
  const { exchangeId, state, direction } = exchange;
  if (direction === 'outgoing') {
    const evidence = state in EVIDENCE ? EVIDENCE[state as keyof typeof EVIDENCE] : null;
    if (evidence !== null && !world.has(exchangeId, ...evidence)) return 'nothing proves it';
    const { told, inId } = world.pairOf(exchange);
    const peer = inId === null ? undefined : world.exchanges.get(inId);
    return told !== null && told !== `${peer?.registered?.number}` ? 'the sender knows another number' : null;
  }
  const about = state === 'confirming' || state === 'confirmed' ? 'confirmation' : 'exception';
  if (!['confirming', 'confirmed', 'refusing', 'refused'].includes(state)) return null;
  const answer = world.answerOf(exchangeId);
  if (answer === undefined || ownAnswer(answer.purpose) !== about) return 'it has another answer than it says';
  if (state === 'confirming' || state === 'refusing') return null;
  const handed = ['answer-sent', 'answer-accepted', 'answer-delivered'];
  const isProven = (world.history.get(exchangeId) ?? []).some(
    (one) => handed.includes(one.type) && 'answer' in one && one.answer === about,
  );
  return isProven ? null : 'nothing proves its answer';
}

function tasksInOrder(world: World, { exchange, before, event, step }: Happened): string | null {
  const open = world.openTasks(exchange.exchangeId);
  if (new Set(open.map(({ code }) => code)).size < open.length) return 'a task is on the list twice';
  const shown = step.effects.flatMap((effect) => (effect.type === 'show' ? effect.task : []));
  for (const code of shown) if (!open.some((task) => task.code === code)) return `nobody is told of ${code}`;
  const stale = open.find(({ code }) => TASKS[code].until === 'moved' && !shown.includes(code));
  if (before.state !== exchange.state && stale !== undefined) return `${stale.code} is on the list still`;
  const late = event.type === 'answer-delivered' && exchange.state !== 'unanswered' && exchange.state === before.state;
  return late && ['confirmed', 'refused'].includes(exchange.state) && isOwed(exchange, event) && stale !== undefined
    ? `${stale.code} is on the list though it came`
    : null;
}

const isOwed = ({ state }: Exchange, event: Happened['event']): boolean =>
  'answer' in event && (state === 'confirmed') === (event.answer === 'confirmation');

function contradictionsShown(_: World, { before, event, step }: Happened): string | null {
  const contradicts =
    before.direction === 'outgoing' &&
    ((before.state === 'excepted' && event.type === 'confirmation') ||
      (before.state === 'confirmed' && event.type === 'exception'));
  const isShown = step.effects.some((effect) => effect.type === 'show' && effect.task === 'contradiction');
  return contradicts && !isShown ? 'a contradiction is shown to nobody' : null;
}
