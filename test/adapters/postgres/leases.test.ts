import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { postgresMetrics } from '../../../src/adapters/postgres/queries/metrics.ts';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import { postgresStore } from '../../../src/adapters/postgres/store.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, exchangeOf, type House, inspection, keptMail, MAILBOX, office, openHouse, queuedFor } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const { aoo } = ESEMPIO;
const [first, second] = [uuidv7(AT), uuidv7(AT)];
let house: House;
beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
});
afterAll(() => house.close());

const expire = () => house.pool.query(`update mailbox set lease_until = now() - interval '1 second'`);
const state = async () => {
  const { rows } = await house.pool.query(
    'select uidvalidity, last_uid, (select count(*) from mail) as mails from mailbox where aoo = $1',
    [aoo],
  );
  return rows[0];
};

describe('the lease of a mailbox', () => {
  beforeEach(() =>
    house.pool.query('update mailbox set lease_owner = null, lease_until = null, uidvalidity = null, last_uid = 0'),
  );

  it('belongs to one process until it is returned or expires', async () => {
    const { store } = house;
    expect(await store.leaseMailbox(aoo, MAILBOX, first, 45)).toEqual({ uidValidity: null, lastUid: 0 });
    expect(await store.leaseMailbox(aoo, MAILBOX, second, 45)).toBeNull();
    await store.releaseMailbox(aoo, MAILBOX, second);
    expect(await store.leaseMailbox(aoo, MAILBOX, second, 45)).toBeNull();
    expect(await store.leaseMailbox(aoo, MAILBOX, first, 45)).not.toBeNull();
    await expire();
    expect(await store.leaseMailbox(aoo, MAILBOX, second, 45)).not.toBeNull();
    expect(await store.leaseMailbox(aoo, MAILBOX, first, 45)).toBeNull();
    await store.releaseMailbox(aoo, MAILBOX, second);
    expect(await store.leaseMailbox(aoo, MAILBOX, first, 45)).not.toBeNull();
  });

  it('of a mailbox that is no longer configured does not count for the health of the service', async () => {
    const gone = 'vecchia@pec.esempio.example.it' as typeof MAILBOX;
    const other = office('c_provaria', 'APROVA1');
    const at = { aoo: other.aoo, mailbox: MAILBOX };
    await house.store.declareOffices([other], [at, { ...at, mailbox: gone }]);
    await house.store.reportMailbox(other.aoo, gone, 'Invalid credentials');
    const served = [at];
    const clock = { now: () => AT };
    const named = (all: readonly { readonly mailbox: string }[]) => all.map(({ mailbox }) => mailbox);
    expect(named((await house.views.status()).mailboxes)).toEqual([MAILBOX, MAILBOX, gone]);
    expect(named((await postgresViews(house.pool, served).status()).mailboxes)).toEqual([MAILBOX]);
    expect(named((await postgresMetrics(house.pool, clock, served)()).mailboxes)).toEqual([MAILBOX]);
  });

  it('goes to one of many processes that ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 12 }, () => house.store.leaseMailbox(aoo, MAILBOX, uuidv7(AT), 45)),
    );
    expect(asked.filter((lease) => lease !== null).length).toBe(1);
  });

  it('is a fence: a process that has lost it writes nothing', async () => {
    const { store } = house;
    await store.leaseMailbox(aoo, MAILBOX, first, 45);
    expect(await store.keepMails(aoo, MAILBOX, first, 7n, 1, [keptMail(1)])).toBe(true);
    const kept = { uidvalidity: 7, last_uid: 1, mails: 1 };
    expect(await state()).toEqual(kept);
    await expire();
    expect(await store.keepMails(aoo, MAILBOX, first, 7n, 2, [keptMail(2)])).toBe(false);
    expect(await state()).toEqual(kept);
    expect(await store.leaseMailbox(aoo, MAILBOX, second, 45)).toEqual({ uidValidity: 7n, lastUid: 1 });
    expect(await store.keepMails(aoo, MAILBOX, first, 7n, 2, [keptMail(2)])).toBe(false);
    expect(await state()).toEqual(kept);
    // The new reader meets the earlier mail again: it is not kept twice.
    expect(await store.keepMails(aoo, MAILBOX, second, 7n, 2, [keptMail(1), keptMail(2)])).toBe(true);
    expect(await state()).toEqual({ uidvalidity: 7, last_uid: 2, mails: 2 });
  });

  it('recognises a mail that was settled under another UIDVALIDITY', async () => {
    const { store } = house;
    await store.leaseMailbox(aoo, MAILBOX, first, 45);
    const exchange = exchangeOf();
    const [settled, waiting] = [keptMail(11), keptMail(12)];
    await store.keepMails(aoo, MAILBOX, first, 7n, 12, [settled, waiting]);
    await store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(ESEMPIO, tx, AT);
      work.put(exchange);
      work.settle({
        kept: settled,
        inspection: inspection(),
        subject: '',
        sender: null,
        messageId: null,
        exchangeId: exchange.exchangeId,
        receipt: null,
        note: null,
      });
      await tx.save(work.changes());
    });
    const again = [settled, waiting].map((mail, index) =>
      keptMail(index + 1, { uidValidity: 8n, sha256: mail.sha256 }),
    );
    const other = keptMail(3, { uidValidity: 8n });
    await store.keepMails(aoo, MAILBOX, first, 8n, 3, [...again, other]);
    const seen = await store.inOffice(aoo, (tx) => tx.mails.seenBefore([...again, other]));
    expect([...seen]).toEqual([[again[0]?.mailId, { exchangeId: exchange.exchangeId }]]);
    expect((await store.inOffice(aoo, (tx) => tx.mails.seenBefore([settled]))).size).toBe(0);
  });
});

describe('the outbox', () => {
  beforeAll(async () => {
    await house.store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(ESEMPIO, tx, AT);
      for (let count = 0; count < 200; count += 1) {
        const exchange = exchangeOf();
        work.put(exchange);
        work.queue(queuedFor(exchange.exchangeId));
      }
      await tx.save(work.changes());
    });
  });

  it('gives each mail to exactly one worker', async () => {
    const pools = [openPool(house.database.url, 'worker 1', 4), openPool(house.database.url, 'worker 2', 4)];
    try {
      const leased = await Promise.all(
        [...pools, ...pools].map(async (pool) => {
          const store = postgresStore(pool);
          const mine: string[] = [];
          for (;;) {
            const items = await store.leaseOutbox(uuidv7(AT), [aoo], 7, 60);
            mine.push(...items.map(({ outboxId }) => outboxId));
            if (items.length === 0) return mine;
          }
        }),
      );
      const all = leased.flat();
      expect(all.length).toBe(200);
      expect(new Set(all).size).toBe(200);
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
    }
  });

  it("gives a mail again once a dead worker's lease has expired, and not before it is due", async () => {
    const { store, pool } = house;
    expect(await store.leaseOutbox(first, [], 10, 60)).toEqual([]);
    expect(await store.leaseOutbox(first, [aoo], 10, 60)).toEqual([]);
    await pool.query(
      `update outbox set lease_until = now() - interval '1 second' where outbox_id in (select outbox_id from outbox limit 3)`,
    );
    const items = await store.leaseOutbox(first, [aoo], 10, 60);
    expect(items.length).toBe(3);
    await pool.query('update outbox set lease_until = now() where lease_owner = $1', [first]);
    await store.renewOutbox(
      aoo,
      second,
      items.map(({ outboxId }) => outboxId),
      60,
    );
    const held = async () =>
      (await pool.query('select count(*) as held from outbox where lease_owner = $1 and lease_until > now()', [first]))
        .rows[0]?.held;
    expect(await held()).toBe(0);
    await store.renewOutbox(
      aoo,
      first,
      items.map(({ outboxId }) => outboxId),
      60,
    );
    expect(await held()).toBe(3);
    const [sent, later, never] = items.map(({ outboxId }) => outboxId);
    await store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(ESEMPIO, tx, AT);
      const hour = new Date(Date.now() + 3_600_000);
      work.hand({ outboxId: sent ?? '', state: 'sent', response: '250', dueAt: AT });
      work.hand({ outboxId: later ?? '', state: 'queued', response: '450', dueAt: hour });
      work.hand({ outboxId: never ?? '', state: 'given-up', response: '550', dueAt: AT });
      await tx.save(work.changes());
    });
    expect(await store.leaseOutbox(first, [aoo], 10, 60)).toEqual([]);
    await pool.query(`update outbox set due_at = now() where outbox_id = $1`, [later]);
    const again = await store.leaseOutbox(first, [aoo], 10, 60);
    expect(again.map(({ outboxId, attempts }) => [outboxId, attempts])).toEqual([[later, 1]]);
    // An answer that a person sends again months later has all its tries again.
    const now = new Date();
    await store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(ESEMPIO, tx, now);
      work.requeue(sent ?? '');
      await tx.save(work.changes());
    });
    const anew = await store.leaseOutbox(first, [aoo], 10, 60);
    expect(anew).toMatchObject([{ outboxId: sent, attempts: 0, queuedAt: now }]);
  });

  it('notifies listeners on other connections too', async () => {
    let calls = 0;
    const called = Promise.withResolvers<void>();
    const stop = await house.store.onQueued(() => {
      calls += 1;
      called.resolve();
    });
    try {
      await house.store.inOffice(aoo, async (tx) => {
        const work = openUnitOfWork(ESEMPIO, tx, AT);
        const exchange = exchangeOf();
        work.put(exchange);
        work.queue(queuedFor(exchange.exchangeId));
        await tx.save(work.changes());
      });
      await called.promise;
      expect(calls).toBe(1);
    } finally {
      await stop();
    }
  });
});
