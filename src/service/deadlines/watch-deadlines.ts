import type { Exchange } from '../../domain/exchange/exchange.ts';
import { transition } from '../../domain/exchange/transition.ts';
import { type Clock, italianMinute } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { type Learn, neverAnswers } from '../index/observe-peers.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import { openUnitOfWork, type UnitOfWork } from '../register/unit-of-work.ts';

export interface WatchDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly learn: Learn;
}

const BATCH = 200;

/**
 * Tells a person what did not come in time, once per exchange and deadline; when the exchange moves on, its next deadline
 * begins. Gives the time of the next deadline among these offices, or null.
 */
export async function watchDeadlines(offices: ReadonlyMap<AooId, Office>, deps: WatchDeps): Promise<Date | null> {
  for (;;) {
    const { aoos, next } = await deps.store.overdueOffices([...offices.keys()], deps.clock.now());
    if (aoos.length === 0) return next;
    for (const aoo of aoos) {
      const office = offices.get(aoo);
      if (office !== undefined) await tellOverdue(office, deps);
    }
  }
}

async function tellOverdue(office: Office, { store, clock, learn }: WatchDeps): Promise<void> {
  const lessons = await store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, clock.now());
    const late = await tx.exchanges.overdue(work.at, BATCH);
    work.load(late);
    work.seen(await tx.exchanges.eventsSeen(work.exchangeIds()));
    for (const exchange of late) overdue(office, work, exchange);
    await tx.save(work.changes());
    return neverAnswers(late, work.at);
  });
  await learn(lessons);
}

function overdue(office: Office, work: UnitOfWork, exchange: Exchange): void {
  const { awaits, dueAt } = exchange;
  if (awaits === null || dueAt === null) return;
  const since = new Date(dueAt.getTime() - office.deadlines[awaits] * 1000);
  const event = {
    type: 'overdue',
    awaited: awaits,
    since: `In attesa dal ${italianMinute(since)}.`,
  } as const;
  const step = transition(exchange, event);
  const once = `overdue ${awaits} ${exchange.version}`;
  applyTransition(office, work, exchange, step, { type: 'overdue', once, mailId: null, data: { awaited: awaits } });
}
