import { describe, expect, it } from 'vitest';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, exchangeOf, office } from '../../adapters/postgres/support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const event = (once: string) => ({ type: 'received', once, mailId: null, data: {} }) as const;
const task = (exchangeId: string, code: 'delivery-late' | 'recipient-differs') => ({
  code,
  detail: '',
  exchangeId,
  mailId: null,
});

/** A register whose last number is 41. */
const open = (asked: string[] = []) => {
  const lastOf = async (register: string, year: number) => {
    asked.push(`${register}/${year}`);
    return { number: 41, registeredAt: null };
  };
  return openUnitOfWork(OFFICE, { registrations: { lastOf } }, AT);
};

describe('a unit of work with two mails of one page', () => {
  it('closes the tasks of an exchange that moves on, and no others', () => {
    const work = open();
    const [one, other] = [exchangeOf(), exchangeOf()];
    for (const { exchangeId } of [one, other]) {
      work.show(task(exchangeId, 'delivery-late'));
      work.show(task(exchangeId, 'recipient-differs'));
    }
    work.moved(one.exchangeId);
    const { tasks, moved } = work.changes();
    expect(moved).toEqual([one.exchangeId]);
    expect(tasks.map(({ exchangeId, code }) => [exchangeId, code])).toEqual([
      [one.exchangeId, 'recipient-differs'],
      [other.exchangeId, 'delivery-late'],
      [other.exchangeId, 'recipient-differs'],
    ]);
  });

  it('keeps a task that is opened after the exchange has moved on', () => {
    const work = open();
    const { exchangeId } = exchangeOf();
    work.moved(exchangeId);
    work.show(task(exchangeId, 'delivery-late'));
    expect(work.changes().tasks.map(({ code }) => code)).toEqual(['delivery-late']);
  });

  it('shows the second mail what the first has done, and counts each event once', () => {
    const work = open();
    const exchange = exchangeOf({ version: 3 });
    work.load([exchange]);
    work.seen(new Set([`${exchange.exchangeId} before`]));
    expect(work.append({ ...exchange, state: 'held' }, event('before'))).toBe(false);
    expect(work.append({ ...exchange, state: 'operator' }, event('first'))).toBe(true);
    const seen = work.exchange(exchange.exchangeId) ?? exchange;
    expect(seen).toMatchObject({ version: 4, state: 'operator', updatedAt: AT });
    expect(work.append({ ...exchange, version: seen.version, state: 'closed' }, event('first'))).toBe(false);
    work.load([exchange]);
    expect(work.append(seen, event('second'))).toBe(true);
    const { events, exchanges } = work.changes();
    expect(events.map(({ once, version }) => [once, version])).toEqual([
      ['first', 4],
      ['second', 5],
    ]);
    expect(exchanges).toMatchObject([{ exchangeId: exchange.exchangeId, version: 5, state: 'operator' }]);
  });

  it('writes no exchange that was only read', () => {
    const work = open();
    const exchange = exchangeOf({ subject: 'Solo letto' });
    work.load([exchange]);
    expect(work.find(({ subject }) => subject === 'Solo letto')).toBe(exchange);
    expect(work.exchangeIds()).toEqual([exchange.exchangeId]);
    expect(work.changes().exchanges).toEqual([]);
  });

  it('gives consecutive numbers, and reads the last one once', async () => {
    const asked: string[] = [];
    const work = open(asked);
    const [first, second] = [await work.register(draft()), await work.register(draft())];
    const given = { register: 'LORO', year: 2026, number: 7, date: '2026-03-02', time: '11:00:00' };
    const third = await work.register(draft(), given);
    expect(first.registration).toMatchObject({ register: 'PROT', year: 2026, number: 42, date: '2026-03-02' });
    expect(second.registration.number).toBe(43);
    expect(third.registration).toMatchObject({ ...given, registeredAt: AT });
    expect(asked).toEqual(['PROT/2026']);
    expect([...work.changes().counters]).toEqual([['PROT|2026', 43]]);
    expect(work.changes().audit.map(({ subject }) => subject)).toEqual(['PROT/2026/42', 'PROT/2026/43', 'LORO/2026/7']);
  });
});
