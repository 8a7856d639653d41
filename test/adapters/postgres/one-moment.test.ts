/** A view that takes several queries shows one moment: what is written between two of them appears in the next view. */
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgresOfficeViews } from '../../../src/adapters/postgres/queries/office-views.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, exchangeOf, type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const OURS = { register: 'PROT', year: 2026, number: 1 };
const THEIRS = { administration: 'c_provaria', aoo: 'APROVA1', number: '0000815', date: '2026-03-02' };

let house: House;
beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
  await house.store.inOffice(ESEMPIO.aoo, async (tx) => {
    const work = openUnitOfWork(ESEMPIO, tx, AT);
    await work.register(draft({ direction: 'outgoing' }));
    work.put(exchangeOf({ direction: 'outgoing', state: 'delivered', registered: OURS }));
    await tx.save(work.changes());
  });
});
afterAll(() => house.close());

/** A pool that lets somebody else write right after its first answer about the register. */
function interrupted(pool: pg.Pool, write: () => Promise<unknown>): pg.Pool {
  let done = false;
  const after = async <T>(asked: unknown, answer: Promise<T>): Promise<T> => {
    const found = await answer;
    const text = typeof asked === 'string' ? asked : (asked as { text: string }).text;
    if (!done && text.includes('from registration r')) {
      done = true;
      await write();
    }
    return found;
  };
  const asking = (client: pg.Pool | pg.PoolClient) =>
    new Proxy(client, {
      get(of, name) {
        const member: unknown = Reflect.get(of, name);
        if (name === 'query') return (...asked: [string]) => after(asked[0], of.query(...asked));
        if (name === 'connect') return async () => asking(await (of as pg.Pool).connect());
        return typeof member === 'function' ? member.bind(of) : member;
      },
    });
  return asking(pool) as pg.Pool;
}

it('a message and its state at the recipient are read at one moment', async () => {
  const confirm = () =>
    house.pool.query(`update exchange set state = 'confirmed', peer_identifier = $1`, [JSON.stringify(THEIRS)]);
  const during = await postgresOfficeViews(interrupted(house.pool, confirm)).outgoingMessage(ESEMPIO.aoo, OURS);
  expect(during).toMatchObject({ registration: { peerNumber: null }, recipients: [{ state: 'delivered' }] });
  const after = await postgresOfficeViews(house.pool).outgoingMessage(ESEMPIO.aoo, OURS);
  expect(after).toMatchObject({
    registration: { peerNumber: '0000815/2026' },
    recipients: [{ state: 'confirmed', peerNumber: '0000815/2026' }],
  });
});

it('a day of the register is read at one moment', async () => {
  const annul = () =>
    house.pool.query(
      `insert into registration_annulment (aoo, register, year, number, at, reason, provision, by)
         select aoo, register, year, number, registered_at, 'Prova', 'Prova', 'prova' from registration`,
    );
  const day = AT.toISOString().slice(0, 10);
  const during = await postgresOfficeViews(interrupted(house.pool, annul)).dailyRegister(ESEMPIO.aoo, day);
  expect(during).toMatchObject({ registrations: [{ annulled: false }], annulled: [] });
  const after = await postgresOfficeViews(house.pool).dailyRegister(ESEMPIO.aoo, day);
  expect(after).toMatchObject({ registrations: [{ annulled: true }], annulled: [{ reason: 'Prova' }] });
});
