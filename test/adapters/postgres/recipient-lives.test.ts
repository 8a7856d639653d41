import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNT_LIVES, PAGE_OF_LIVES, recipientLives } from '../../../src/adapters/postgres/queries/recipient-lives.ts';
import type { OutgoingState } from '../../../src/domain/exchange/outgoing.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { RecipientLives } from '../../../src/service/queries/recipient-lives.ts';
import type { HistoryEvent } from '../../../src/service/register/changes.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, exchangeOf, type House, office, openHouse, register } from './support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const RECIPIENTS = 10_000;
/** A few in trouble, some on their way, the rest done. */
const stateOf = (at: number): OutgoingState => {
  if (at % 1_000 === 7) return 'failed';
  return at % 10 === 3 ? 'accepted' : 'delivered';
};

describe('where ten thousand recipients of one message stand', () => {
  let house: House;
  let lives: RecipientLives;
  let key: { readonly register: string; readonly year: number; readonly number: number };
  let ids: readonly string[];

  beforeAll(async () => {
    house = await openHouse([OFFICE]);
    lives = recipientLives(house.pool);
    key = await register(house.store, OFFICE, AT, { direction: 'outgoing' });
    ids = Array.from({ length: RECIPIENTS }, () => uuidv7(AT)).sort();
    await house.store.inOffice(OFFICE.aoo, async (tx) => {
      const work = openUnitOfWork(OFFICE, tx, AT);
      for (const [at, exchangeId] of ids.entries()) {
        const state = stateOf(at);
        const awaits = state === 'accepted' ? 'delivery' : null;
        const facts = { exchangeId, state, awaits, answerWanted: false, registered: key } as const;
        const address = `n${at}@pec.example.it`;
        const exchange = exchangeOf({ ...facts, direction: 'outgoing', peerAddress: address });
        const event = (type: HistoryEvent['type'], data = {}) => {
          const present = work.exchange(exchangeId) ?? exchange;
          work.append(present, { type, once: type, mailId: null, data });
        };
        event('registered');
        event('message-sent');
        event('receipt-accettazione');
        if (state === 'delivered') event('receipt-avvenuta-consegna');
        if (state === 'failed')
          event('receipt-errore-consegna', {
            type: 'errore-consegna',
            error: 'altro',
            errorDetail: '5.2.2 - casella piena',
          });
      }
      await tx.save(work.changes());
    });
  }, 120_000);
  afterAll(() => house?.close());

  it('is counted by standing and by state', async () => {
    expect(await lives.counts(OFFICE.aoo, key)).toEqual({
      ...{ trouble: 10, waiting: 1_000, done: 8_990 },
      states: { failed: 10, accepted: 1_000, delivered: 8_990 },
    });
  });

  it('is shown page by page, trouble first, each once and in the order of the list', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await lives.page(OFFICE.aoo, key, { cursor, limit: 1_000 });
      seen.push(...page.lives.map(({ exchangeId }) => exchangeId));
      cursor = page.next;
    } while (cursor !== null);
    const ofState = (state: OutgoingState) => ids.filter((_, at) => stateOf(at) === state);
    expect(seen).toEqual([...ofState('failed'), ...ofState('accepted'), ...ofState('delivered')]);
    const waiting = await lives.page(OFFICE.aoo, key, { cursor: null, limit: 50, standing: 'waiting' });
    expect(new Set(waiting.lives.map(({ state }) => state))).toEqual(new Set(['accepted']));
  });

  it('says of each how far it got, and why it stopped', async () => {
    const { lives: first } = await lives.page(OFFICE.aoo, key, { cursor: null, limit: 1 });
    expect(first[0]).toMatchObject({
      address: 'n7@pec.example.it',
      standing: 'trouble',
      stop: { before: 'delivered', mailboxFull: true, detail: 'Il gestore ha scritto: «5.2.2 - casella piena».' },
      steps: { registered: { at: AT }, accepted: { at: AT }, delivered: null, confirmed: null },
    });
    const two = [ids[1], ids[0]].map((id) => id ?? '');
    const those = await lives.those(OFFICE.aoo, key, [...two, 'not an id']);
    expect(those.map(({ exchangeId }) => exchangeId)).toEqual(two);
  });

  it('shows nothing of another registration, nor of another office', async () => {
    expect((await lives.page(OFFICE.aoo, { ...key, number: 2 }, { cursor: null, limit: 5 })).lives).toEqual([]);
    expect(await lives.those(office('c_altro', 'A').aoo, key, ids.slice(0, 3))).toEqual([]);
  });

  it('goes along the index of the registration, and a page takes a tenth of a second at most', async () => {
    const client = await house.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local enable_seqscan = off');
      const values = [OFFICE.aoo, key.register, key.year, key.number];
      const plan = async (sql: string, more: unknown[] = []) =>
        (await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...values, ...more])).rows
          .map((row) => row['QUERY PLAN'])
          .join('\n');
      expect(await plan(COUNT_LIVES)).toContain('exchange_by_registration');
      expect(await plan(PAGE_OF_LIVES, [0, ids[0], [0, 1, 2], 51])).toContain('exchange_by_registration');
    } finally {
      await client.query('rollback');
      client.release();
    }
    const times: number[] = [];
    for (let at = 0; at < 5; at += 1) {
      const from = performance.now();
      await lives.page(OFFICE.aoo, key, { cursor: null, limit: 50 });
      await lives.counts(OFFICE.aoo, key);
      times.push(performance.now() - from);
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });
});
