import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../../../src/domain/exchange/exchange.ts';
import { awaitedIncoming, type IncomingState, incoming } from '../../../src/domain/exchange/incoming.ts';
import { awaitedOutgoing, type OutgoingState, outgoing } from '../../../src/domain/exchange/outgoing.ts';
import { AWAITED, type Awaited, OVERDUE } from '../../../src/domain/exchange/step.ts';
import { startDeadlineJob } from '../../../src/entrances/jobs/deadline-job.ts';
import { type WatchDeps, watchDeadlines } from '../../../src/service/deadlines/watch-deadlines.ts';
import { applyTransition } from '../../../src/service/register/apply-transition.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, correspondent, exchangeOf, type House, office, openHouse } from '../../adapters/postgres/support.ts';
import { until } from '../../exchange/councils.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const HOUR = 3_600_000;

/** How an exchange starts to wait for each, and how it goes on when that comes. */
interface Case {
  readonly direction: Exchange['direction'];
  readonly state: Exchange['state'];
  readonly comes: (state: never) => ReturnType<typeof incoming> | ReturnType<typeof outgoing>;
  readonly hours: number;
}
const out = (state: OutgoingState, event: Parameters<typeof outgoing>[1], hours: number): Case => ({
  direction: 'outgoing',
  state,
  comes: (now: OutgoingState) => outgoing(now, event),
  hours,
});
const CASES: Record<Awaited, Case> = {
  acceptance: out('sent', { type: 'acceptance', certified: true }, 1),
  delivery: out('accepted', { type: 'delivery' }, 24),
  confirmation: out('delivered', { type: 'confirmation' }, 72),
  'follow-up': out('excepted', { type: 'annul' }, 120),
  taking: {
    direction: 'incoming',
    state: 'held',
    comes: (now: IncomingState) => incoming(now, { type: 'take' }, false),
    hours: 24,
  },
  'answer-delivery': {
    direction: 'incoming',
    state: 'confirmed',
    comes: (now: IncomingState) => incoming(now, { type: 'answer-delivered', answer: 'confirmation' }, true),
    hours: 24,
  },
};

describe('deadlines', () => {
  const usual = office('c_esempio', 'AESEMP1');
  const hurried: Office = {
    ...office('c_fretta', 'AFRETTA'),
    deadlines: { ...usual.deadlines, confirmation: 3600, delivery: 7200 },
  };
  const elsewhere = office('c_altrove', 'AALTROV');
  const offices = new Map([usual, hurried].map((one) => [one.aoo, one]));
  const time = { at: AT };
  let house: House;
  let deps: WatchDeps;
  let taught: string[] = [];
  beforeAll(async () => {
    house = await openHouse([usual, hurried, elsewhere]);
    const learn: WatchDeps['learn'] = async (lessons) => void taught.push(...lessons.map(({ what }) => what));
    deps = { store: house.store, clock: { now: () => time.at }, learn };
  });
  afterAll(() => house?.close());

  /** An exchange that a use case has just brought into a state. */
  async function enter(at: Office, awaited: Awaited): Promise<string> {
    const { direction, state } = CASES[awaited];
    const facts = { peer: correspondent('Comune di Provaria'), createdAt: time.at };
    const before: Exchange =
      direction === 'incoming'
        ? exchangeOf({ ...facts, state: 'new' })
        : exchangeOf({ ...facts, direction: 'outgoing', state: 'queued' });
    await house.store.inOffice(at.aoo, async (tx) => {
      const work = openUnitOfWork(at, tx, time.at);
      const event = { type: 'resend', once: `enters ${state}`, mailId: null, data: {} } as const;
      applyTransition(at, work, before, { next: state, effects: [] }, event);
      await tx.save(work.changes());
    });
    return before.exchangeId;
  }
  async function comes(at: Office, exchangeId: string, awaited: Awaited): Promise<void> {
    await house.store.inOffice(at.aoo, async (tx) => {
      const work = openUnitOfWork(at, tx, time.at);
      const [exchange] = await tx.exchanges.byId([exchangeId]);
      if (exchange === undefined) throw new Error('no exchange');
      const event = { type: 'resend', once: `comes ${exchange.version}`, mailId: null, data: {} } as const;
      applyTransition(at, work, exchange, CASES[awaited].comes(exchange.state as never), event);
      await tx.save(work.changes());
    });
  }
  const pass = (hours: number) => {
    time.at = new Date(time.at.getTime() + hours * HOUR);
    return watchDeadlines(offices, deps);
  };
  const told = async (exchangeId: string) => {
    const { rows } = await house.pool.query<{ code: string; open: boolean; detail: string }>(
      'select code, closed_at is null as open, detail from task where exchange_id = $1 order by seq',
      [exchangeId],
    );
    return rows;
  };
  const events = async (exchangeId: string) => {
    const { rows } = await house.pool.query<{ type: string }>(
      'select type from exchange_event where exchange_id = $1 order by version',
      [exchangeId],
    );
    return rows.map(({ type }) => type);
  };

  it('are those of the states', () => {
    for (const awaited of AWAITED) {
      const { direction, state, hours } = CASES[awaited];
      const found =
        direction === 'incoming'
          ? awaitedIncoming(state as IncomingState)
          : awaitedOutgoing(state as OutgoingState, true);
      expect([awaited, found, usual.deadlines[awaited]]).toEqual([awaited, awaited, hours * 3600]);
    }
  });

  for (const awaited of AWAITED)
    it(`${awaited}: reported once, with a task and an event, and closed when it comes`, async () => {
      const { hours } = CASES[awaited];
      const id = await enter(usual, awaited);
      await pass(hours - 0.01);
      expect(await told(id)).toEqual([]);
      await pass(0.02);
      const since = expect.stringMatching(/^In attesa dal \d\d\/\d\d\/2026, ore \d\d:\d\d\.$/);
      expect(await told(id)).toEqual([{ code: OVERDUE[awaited], open: true, detail: since }]);
      for (const more of [0, hours, 24 * 7]) await pass(more);
      expect((await told(id)).length).toBe(1);
      expect((await events(id)).filter((type) => type === 'overdue')).toEqual(['overdue']);
      await comes(usual, id, awaited);
      expect((await told(id))[0]).toMatchObject({ code: OVERDUE[awaited], open: false });
    });

  it('what comes in time is not reported, and what follows has its own deadline', async () => {
    const id = await enter(usual, 'acceptance');
    await pass(0.9);
    await comes(usual, id, 'acceptance');
    await pass(23);
    expect(await told(id)).toEqual([]);
    await pass(1.1);
    expect((await told(id)).map(({ code }) => code)).toEqual(['delivery-late']);
  });

  it('each office has its own, and a process watches only its own offices', async () => {
    const slow = await enter(usual, 'confirmation');
    const quick = await enter(hurried, 'confirmation');
    const foreign = await enter(elsewhere, 'acceptance');
    taught = [];
    const next = await pass(1.5);
    expect((await told(quick)).map(({ code }) => code)).toEqual(['confirmation-late']);
    expect(await told(slow)).toEqual([]);
    expect(taught).toEqual(['never-answers']);
    expect(next?.getTime()).toBe(time.at.getTime() + (72 - 1.5) * HOUR);
    await pass(100);
    expect((await told(slow)).map(({ code }) => code)).toEqual(['confirmation-late']);
    expect(await told(foreign)).toEqual([]);
  });

  it('more than fit into one transaction, watched by two processes, are reported once each', async () => {
    const ids: string[] = [];
    await house.store.inOffice(usual.aoo, async (tx) => {
      const work = openUnitOfWork(usual, tx, time.at);
      for (let count = 0; count < 450; count += 1) {
        const exchange = exchangeOf({ direction: 'outgoing', state: 'queued' });
        ids.push(exchange.exchangeId);
        applyTransition(
          usual,
          work,
          exchange,
          { next: 'sent', effects: [] },
          { type: 'resend', once: 'sent', mailId: null, data: {} },
        );
      }
      await tx.save(work.changes());
    });
    time.at = new Date(time.at.getTime() + 2 * HOUR);
    await Promise.all([watchDeadlines(offices, deps), watchDeadlines(offices, deps)]);
    const { rows } = await house.pool.query(
      `select count(*)::int as tasks, count(distinct exchange_id)::int as exchanges from task where exchange_id = any($1)`,
      [ids],
    );
    expect(rows).toEqual([{ tasks: 450, exchanges: 450 }]);
  });

  it('wake the job in time, and the job stops at once', async () => {
    const real: WatchDeps = { ...deps, clock: { now: () => new Date() } };
    const due = new Date(Date.now() + 1_500);
    time.at = new Date(due.getTime() - usual.deadlines.acceptance * 1000);
    const id = await enter(usual, 'acceptance');
    const job = startDeadlineJob({ ...real, offices, log: silent });
    try {
      await until('the task', async () => (await told(id)).length === 1, 20);
      const { rows } = await house.pool.query('select opened_at from task where exchange_id = $1', [id]);
      expect(rows[0]?.opened_at.getTime()).toBeGreaterThanOrEqual(due.getTime());
    } finally {
      const before = performance.now();
      await job.stop();
      expect(performance.now() - before).toBeLessThan(5_000);
    }
  });
});
