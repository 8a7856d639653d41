/** What providers, peers, people and time do to the exchanges of a world: random, and the same for the same seed. */

import type { Exchange } from '../../src/domain/exchange/exchange.ts';
import type { IncomingEvent } from '../../src/domain/exchange/incoming.ts';
import type { Action } from '../../src/domain/exchange/inspection.ts';
import type { OutgoingEvent } from '../../src/domain/exchange/outgoing.ts';
import { ownAnswer } from '../../src/domain/exchange/own-mail.ts';
import { notForgotten } from './exchange-invariants.ts';
import { Broken, type Item, type Pair, type World } from './exchange-world.ts';
import { below, chance, pick, type Random } from './random.ts';

/** Something on its way; delivering it twice must change nothing. */
type Letter = () => Promise<void>;
type Receipt = 'acceptance' | 'refusal' | 'taken-in-charge' | 'notice' | 'non-delivery' | 'delivery';
const HOUR = 3_600_000;
const reason = 'motivo';

export interface Traffic {
  /** Does one random thing. */
  act(): Promise<void>;
  /** Starts nothing new: all letters arrive, everything is handed over, and time passes. */
  calm(): Promise<void>;
}

export function openTraffic(world: World, random: Random): Traffic {
  const letters: Letter[] = [];
  const recent: string[] = [];
  let count = 0;
  const fresh = (name: string): string => {
    count += 1;
    return `${name} ${count}`;
  };
  const now = (id: string): Exchange => {
    const exchange = world.exchanges.get(id);
    if (exchange === undefined) throw new Error(`no exchange ${id}`);
    return exchange;
  };

  /** An event of an existing exchange. Now and then it is repeated, which must change nothing. */
  const tell = async (id: string, event: IncomingEvent | OutgoingEvent, once: string): Promise<void> => {
    await world.take(now(id), event, once);
    if (!chance(random, 0.1)) return;
    const before = now(id);
    if (await world.take(before, event, once)) throw new Broken(`${event.type} happened twice`);
    if (now(id) !== before) throw new Broken(`${event.type} changed something the second time`);
  };

  const contents = new Map<string, Action>();
  const actionOf = (content: string): Action => {
    const known = contents.get(content);
    if (known !== undefined) return known;
    const chosen = pick(random, ['register', 'register', 'register', 'register-flagged', 'exception', 'operator']);
    contents.set(content, chosen as Action);
    return chosen as Action;
  };
  const arrive = async (pair: Pair, content: string, mailId: string, answerWanted: boolean): Promise<void> => {
    const decision = { action: actionOf(content), reasons: [reason], codes: [] };
    const { numbering } = pair;
    const received = {
      type: 'received',
      decision,
      answerWanted,
      sameContent: false,
      answered: null,
      numbering,
    } as const;
    await world.receive(pair, mailId, received, content);
    if (pair.inId === null || !world.has(pair.inId, 'received')) throw new Broken('a message is lost');
    recent.push(pair.inId);
  };

  /** What reaches the other side when a mail is delivered. */
  const content = (item: Item): Letter => {
    const exchange = now(item.exchangeId);
    const pair = world.pairOf(exchange);
    if (item.purpose === 'message') {
      const [first, mailId] = [`${pair.identity} as sent`, fresh('mail')];
      return () => arrive(pair, first, mailId, exchange.answerWanted);
    }
    const number = exchange.registered === null ? null : `${exchange.registered.number}`;
    const once = `${item.purpose} ${item.id}`;
    if (exchange.direction === 'incoming')
      return async () => {
        const { purpose } = item;
        // An annulment that overtakes its confirmation matches nothing known: it goes to a person, as a mail.
        if (purpose === 'annulment' && pair.told === null) return;
        if (purpose !== 'exception') pair.told ??= number;
        if (purpose === 'confirmation' || purpose === 'update') await tell(pair.outId, { type: purpose }, once);
        if (purpose === 'exception') await tell(pair.outId, { type: purpose, reason }, once);
        if (purpose === 'annulment') await tell(pair.outId, { type: 'annulled-by-peer', reason }, once);
      };
    return async () => {
      if (pair.inId !== null) await tell(pair.inId, { type: 'annulled-by-peer', reason }, once);
    };
  };

  /** The event that a receipt is to the exchange of its mail. */
  const receipt = (item: Item, type: Receipt): Letter => {
    const once = fresh(type);
    const { exchangeId, purpose } = item;
    const { direction } = now(exchangeId);
    const { certified } = world.pairOf(now(exchangeId));
    const failed = type === 'refusal' || type === 'non-delivery';
    const answer = ownAnswer(purpose);
    return async () => {
      if (direction === 'outgoing' && purpose === 'message') {
        if (type === 'acceptance') await tell(exchangeId, { type, certified }, once);
        else if (type === 'delivery' || type === 'taken-in-charge') await tell(exchangeId, { type }, once);
        else await tell(exchangeId, { type, reason }, once);
      } else if (answer === null) {
        if (failed) await tell(exchangeId, { type: 'notice-failed', reason }, once);
      } else if (failed) await tell(exchangeId, { type: 'answer-not-delivered', answer, reason }, once);
      else await tell(exchangeId, { type: type === 'delivery' ? 'answer-delivered' : 'answer-accepted', answer }, once);
    };
  };

  /** The provider has accepted the mail. */
  const post = (item: Item): void => {
    const { certified } = world.pairOf(now(item.exchangeId));
    if (chance(random, 0.06)) return void letters.push(receipt(item, 'refusal'));
    letters.push(receipt(item, 'acceptance'));
    if (item.purpose === 'message' && !certified) return;
    if (chance(random, 0.1)) letters.push(receipt(item, 'notice'));
    if (chance(random, 0.1)) letters.push(receipt(item, 'taken-in-charge'));
    if (chance(random, 0.1)) return void letters.push(receipt(item, 'non-delivery'));
    letters.push(content(item));
    if (!chance(random, 0.05)) letters.push(receipt(item, 'delivery'));
  };

  const handOver = async (givesUp: boolean, crashes: boolean): Promise<void> => {
    if (world.outbox.length === 0) return;
    const index = below(random, world.outbox.length);
    const [item] = world.outbox.slice(index, index + 1);
    if (item === undefined) return;
    if (!givesUp) post(item);
    // The process ended between sending and recording it: it is sent again.
    if (crashes) return;
    world.outbox.splice(index, 1);
    item.state = givesUp ? 'given-up' : 'sent';
    const once = fresh('handed');
    const answer = ownAnswer(item.purpose);
    if (item.purpose === 'message') {
      await tell(item.exchangeId, givesUp ? { type: 'given-up', reason } : { type: 'sent' }, once);
    } else if (answer === null) {
      if (givesUp) await tell(item.exchangeId, { type: 'notice-failed', reason }, once);
    } else if (givesUp) await tell(item.exchangeId, { type: 'answer-given-up', answer, reason }, once);
    else await tell(item.exchangeId, { type: 'answer-sent', answer }, once);
  };

  const deliver = async (): Promise<void> => {
    if (letters.length === 0) return;
    const index = below(random, letters.length);
    const [letter] = chance(random, 0.15) ? letters.slice(index, index + 1) : letters.splice(index, 1);
    await letter?.();
  };

  const command = async (): Promise<void> => {
    if (recent.length === 0) return;
    if (recent.length > 400) recent.splice(0, 200);
    const exchange = now(pick(random, recent));
    const { exchangeId, direction } = exchange;
    if (direction === 'outgoing')
      return void (await world.command(
        exchange,
        chance(random, 0.9) ? { type: 'resend', answer: null } : { type: 'annul' },
      ));
    const queued = world.answerOf(exchangeId)?.purpose;
    const answer = queued === undefined ? null : ownAnswer(queued);
    const wished = pick<IncomingEvent>(random, [
      { type: 'register', answerWanted: chance(random, 0.7) },
      { type: 'register', answerWanted: true },
      { type: 'refuse', reasons: [reason] },
      { type: 'hand-over', reason },
      { type: 'resend', answer },
      { type: 'resend', answer },
      { type: 'close' },
      { type: 'take' },
      { type: 'confirm' },
      { type: 'update' },
      { type: 'annul' },
    ]);
    // A registration is annulled once, and never changed after that.
    if ((wished.type === 'annul' || wished.type === 'update') && world.annulled.has(exchangeId)) return;
    await world.command(exchange, wished);
  };

  const closeTask = (): void => {
    const tasks = recent.length === 0 ? [] : world.openTasks(pick(random, recent));
    const found = tasks.find(({ code }) => ['notice-failed', 'contradiction'].includes(code));
    if (found !== undefined) found.isOpen = false;
  };

  /** The sender's software sends it again, unchanged or changed. */
  const again = async (): Promise<void> => {
    const ids = recent.filter((id) => now(id).direction === 'incoming');
    if (ids.length === 0) return;
    const pair = world.pairOf(now(pick(random, ids)));
    const as = chance(random, 0.6) ? 'as sent' : pick(random, ['mended', 'mended again']);
    await arrive(pair, `${pair.identity} ${as}`, fresh('mail'), chance(random, 0.8));
  };

  const act = async (): Promise<void> => {
    const dice = random();
    if (dice < 0.1 && letters.length < 200) {
      const numbering = chance(random, 0.2) ? 'external' : 'own';
      const pair = await world.send(chance(random, 0.9), numbering, chance(random, 0.8));
      recent.push(pair.outId);
    } else if (dice < 0.35) await handOver(chance(random, 0.05), chance(random, 0.05));
    else if (dice < 0.75) await deliver();
    else if (dice < 0.77) letters.splice(below(random, letters.length + 1), 1);
    else if (dice < 0.9) await command();
    else if (dice < 0.94) await again();
    else if (dice < 0.96) closeTask();
    else {
      world.at = new Date(world.at.getTime() + below(random, 20) * HOUR);
      await world.overdue();
    }
  };

  const calm = async (): Promise<void> => {
    while (letters.length + world.outbox.length > 0) {
      while (letters.length > 0) await letters.splice(below(random, letters.length), 1)[0]?.();
      if (world.outbox.length > 0) await handOver(false, false);
    }
    for (let days = 0; days < 20; days += 1) {
      world.at = new Date(world.at.getTime() + 24 * HOUR);
      await world.overdue();
    }
    for (const exchange of world.exchanges.values()) {
      const fault = exchange.awaits === null ? notForgotten(world, { exchange }) : 'it waits though its time is over';
      if (fault !== null) throw new Broken(`${fault} (${exchange.direction}, ${exchange.state})`);
    }
  };
  return { act, calm };
}
