/**
 * Two offices and everything between them, in memory: exchanges moved by the real unit of work, an outbox, and letters
 * that arrive in any order, twice, late or never. The state machines are parameters, so that a test can break one.
 */

import type { Purpose } from '../../src/domain/exchange/event-types.ts';
import type { Exchange } from '../../src/domain/exchange/exchange.ts';
import type { IncomingEvent, IncomingState, IncomingStep, incoming } from '../../src/domain/exchange/incoming.ts';
import type { OutgoingEvent, OutgoingState, OutgoingStep, outgoing } from '../../src/domain/exchange/outgoing.ts';
import { ownAnswer } from '../../src/domain/exchange/own-mail.ts';
import { isAllowed } from '../../src/domain/exchange/transition.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import type { TaskCode } from '../../src/kernel/tasks.ts';
import { CLOSED_BY_MOVING } from '../../src/kernel/tasks.ts';
import { uuidv7 } from '../../src/kernel/uuid.ts';
import { applyTransition } from '../../src/service/register/apply-transition.ts';
import type { Changes } from '../../src/service/register/changes.ts';
import { openUnitOfWork, type UnitOfWork } from '../../src/service/register/unit-of-work.ts';
import { AT, draft, exchangeOf, office } from '../adapters/postgres/support.ts';

export interface Machines {
  readonly incoming: typeof incoming;
  readonly outgoing: typeof outgoing;
}

export interface Item {
  readonly id: string;
  readonly exchangeId: string;
  readonly purpose: Purpose;
  state: 'queued' | 'sent' | 'given-up';
}

export interface Task {
  readonly exchangeId: string;
  readonly code: TaskCode;
  isOpen: boolean;
}

/** One message, with an exchange at either end. */
export interface Pair {
  readonly identity: string;
  readonly outId: string;
  inId: string | null;
  readonly certified: boolean;
  readonly numbering: 'own' | 'external';
  /** The number that our confirmation told the sender. */
  told: string | null;
}

export interface Happened {
  readonly exchange: Exchange;
  readonly before: Exchange;
  readonly event: IncomingEvent | OutgoingEvent;
  readonly step: IncomingStep | OutgoingStep;
}

type Event = IncomingEvent | OutgoingEvent;
/** Thrown when an invariant does not hold. */
export class Broken extends Error {}

export class World {
  readonly exchanges = new Map<string, Exchange>();
  readonly history = new Map<string, Event[]>();
  readonly tasks = new Map<string, Task[]>();
  /** Mails waiting to be handed over. */
  readonly outbox: Item[] = [];
  readonly #items = new Map<string, Item[]>();
  readonly #waiting = new Set<string>();
  readonly pairs = new Map<string, Pair>();
  /** The exchange that has each `year/number`. */
  readonly numbers = new Map<string, string>();
  readonly annulled = new Set<string>();
  at = AT;
  events = 0;
  #machines: Machines;
  #check: (world: World, happened: Happened) => void;
  #office = office('c_esempio', 'AESEMP1');
  #seen = new Map<string, Set<string>>();
  #last = new Map<string, number>();
  /** Forgets which events it has seen, to prove that the invariants notice it. */
  #forgetful: boolean;

  constructor(machines: Machines, check: (world: World, happened: Happened) => void, forgetful = false) {
    this.#machines = machines;
    this.#check = check;
    this.#forgetful = forgetful;
  }

  pairOf(exchange: Exchange): Pair {
    const pair = this.pairs.get(exchange.identity);
    if (pair === undefined) throw new Error(`no pair of ${exchange.identity}`);
    return pair;
  }
  openTasks = (exchangeId: string): readonly Task[] =>
    (this.tasks.get(exchangeId) ?? []).filter(({ isOpen }) => isOpen);
  queuedOf = (exchangeId: string): readonly Item[] =>
    (this.#items.get(exchangeId) ?? []).filter(({ state }) => state === 'queued');
  answerOf = (exchangeId: string): Item | undefined =>
    this.#items.get(exchangeId)?.findLast(({ purpose }) => ownAnswer(purpose) !== null);
  has = (exchangeId: string, ...types: readonly Event['type'][]): boolean =>
    (this.history.get(exchangeId) ?? []).some(({ type }) => types.includes(type));

  async send(certified: boolean, numbering: Pair['numbering'], answerWanted: boolean): Promise<Pair> {
    const outId = uuidv7(this.at);
    const exchange = exchangeOf({
      exchangeId: outId,
      direction: 'outgoing',
      identity: outId,
      state: 'queued',
      answerWanted,
      awaits: 'acceptance',
      dueAt: new Date(this.at.getTime() + this.#office.deadlines.acceptance * 1000),
      createdAt: this.at,
    });
    const pair: Pair = { identity: outId, outId, inId: null, certified, numbering, told: null };
    this.pairs.set(pair.identity, pair);
    const work = this.#open(exchange);
    const { registration } = await work.register(draft({ direction: 'outgoing' }));
    const { register, year, number } = registration;
    const event = { type: 'registered', once: 'registered', mailId: null, data: {} } as const;
    work.append({ ...exchange, registered: { register, year, number } }, event);
    this.#keep(work.changes(), outId);
    this.#queue(outId, 'message');
    return pair;
  }

  /** The message arrives in the recipient's mailbox with this content. */
  async receive(pair: Pair, mailId: string, event: Extract<IncomingEvent, { type: 'received' }>, content: string) {
    const digest = sha256(content);
    const known = pair.inId === null ? undefined : this.exchanges.get(pair.inId);
    const fresh = exchangeOf({ identity: pair.identity, state: 'new', content: digest, createdAt: this.at });
    const { exchangeId } = known ?? fresh;
    pair.inId = exchangeId;
    const purpose = this.answerOf(exchangeId)?.purpose;
    const sameContent = known?.content === digest;
    const full = { ...event, sameContent, answered: purpose === undefined ? null : ownAnswer(purpose) };
    const taken = { content: digest, answerWanted: event.answerWanted };
    return this.take(known ?? fresh, full, `received ${mailId}`, (step) => {
      const decides = step.effects.some(({ type }) => type === 'register' || type === 'refuse');
      const waits = step.next !== known?.state && (step.next === 'held' || step.next === 'operator');
      return decides || waits ? taken : {};
    });
  }

  /** Applies one event; false if it was seen before and so changed nothing. */
  async take(
    before: Exchange,
    event: Event,
    once: string,
    changed: (step: IncomingStep | OutgoingStep) => Partial<Exchange> = () => ({}),
  ): Promise<boolean> {
    const { exchangeId } = before;
    if (this.#seen.get(exchangeId)?.has(`${exchangeId} ${once}`)) return false;
    const step = this.#step(before, event);
    const work = this.#open(before);
    let change = changed(step);
    if (step.effects.some(({ type }) => type === 'register')) {
      const { registration } = await work.register(draft());
      const { register, year, number } = registration;
      change = { ...change, registered: { register, year, number } };
    }
    if (!applyTransition(this.#office, work, before, step, { type: 'received', once, mailId: null, data: {} }, change))
      return false;
    this.#keep(work.changes(), exchangeId);
    this.history.set(exchangeId, [...(this.history.get(exchangeId) ?? []), event]);
    for (const effect of step.effects) this.#carryOut(effect.type, exchangeId, 'tell' in effect ? effect.tell : true);
    this.events += 1;
    const exchange = this.exchanges.get(exchangeId);
    if (exchange === undefined) throw new Error('an exchange vanished');
    this.#check(this, { exchange, before, event, step });
    return true;
  }

  /** Applies a command, unless the state does not allow it: then nothing is written. */
  async command(exchange: Exchange, event: Event): Promise<boolean> {
    const step = this.#step(exchange, event);
    if (!isAllowed(step)) {
      if (step.next !== exchange.state || step.effects.length > 1) throw new Broken('a refused command moves');
      return false;
    }
    if (event.type === 'update' && step.effects.length === 0) return false;
    return this.take(exchange, event, `${event.type} ${exchange.version}`);
  }

  async overdue(): Promise<void> {
    for (const exchangeId of [...this.#waiting]) {
      const exchange = this.exchanges.get(exchangeId);
      if (exchange === undefined || exchange.awaits === null || exchange.dueAt === null || exchange.dueAt > this.at)
        continue;
      const { awaits, version } = exchange;
      await this.take(exchange, { type: 'overdue', awaited: awaits, since: 'ieri' }, `overdue ${awaits} ${version}`);
    }
  }

  #step(exchange: Exchange, event: Event): IncomingStep | OutgoingStep {
    return exchange.direction === 'incoming'
      ? this.#machines.incoming(exchange.state as IncomingState, event as IncomingEvent, exchange.registered !== null)
      : this.#machines.outgoing(exchange.state as OutgoingState, event as OutgoingEvent);
  }

  #open(exchange: Exchange): UnitOfWork {
    const lastOf = async (_: string, year: number) => ({ number: this.#last.get(`${year}`) ?? 0, registeredAt: null });
    const work = openUnitOfWork(this.#office, { registrations: { lastOf } }, this.at);
    work.load([exchange]);
    work.seen(this.#seen.get(exchange.exchangeId) ?? new Set());
    return work;
  }

  #keep(changes: Changes, exchangeId: string): void {
    for (const exchange of changes.exchanges) {
      this.exchanges.set(exchange.exchangeId, exchange);
      this.#waiting[exchange.dueAt === null ? 'delete' : 'add'](exchange.exchangeId);
    }
    const seen = this.#seen.get(exchangeId) ?? new Set();
    if (!this.#forgetful) this.#seen.set(exchangeId, seen);
    for (const { once } of changes.events) seen.add(`${exchangeId} ${once}`);
    for (const { year, number } of changes.registrations) {
      const key = `${year}/${number}`;
      if (this.numbers.has(key)) throw new Broken(`number ${key} was given twice`);
      if (number !== (this.#last.get(`${year}`) ?? 0) + 1) throw new Broken(`number ${key} leaves a gap`);
      this.numbers.set(key, exchangeId);
      this.#last.set(`${year}`, number);
    }
    const tasks = this.tasks.get(exchangeId) ?? [];
    this.tasks.set(exchangeId, tasks);
    if (changes.moved.length > 0)
      for (const task of tasks) if (CLOSED_BY_MOVING.includes(task.code)) task.isOpen = false;
    for (const { code } of changes.tasks)
      if (!tasks.some((task) => task.isOpen && task.code === code)) tasks.push({ exchangeId, code, isOpen: true });
  }

  #carryOut(effect: (IncomingStep | OutgoingStep)['effects'][number]['type'], exchangeId: string, tell: boolean): void {
    switch (effect) {
      case 'confirm':
        this.#queue(exchangeId, 'confirmation');
        break;
      case 'refuse':
        this.#queue(exchangeId, 'exception');
        break;
      case 'update':
        this.#queue(exchangeId, 'update');
        break;
      case 'annul':
        this.annulled.add(exchangeId);
        if (tell) this.#queue(exchangeId, 'annulment');
        break;
      case 'answer-again':
        this.#again(this.answerOf(exchangeId));
        break;
      case 'send-again':
        this.#again(this.#items.get(exchangeId)?.find(({ purpose }) => purpose === 'message'));
        break;
      case 'register':
      case 'show':
      case 'not-allowed':
        break;
    }
  }

  #queue(exchangeId: string, purpose: Purpose): void {
    this.#mails += 1;
    const item: Item = { id: `${this.#mails}`, exchangeId, purpose, state: 'queued' };
    this.#items.set(exchangeId, [...(this.#items.get(exchangeId) ?? []), item]);
    this.outbox.push(item);
  }
  #mails = 0;
  #again(item: Item | undefined): void {
    if (item === undefined || item.state === 'queued') return;
    item.state = 'queued';
    this.outbox.push(item);
  }
}
