import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { officeTurns } from '../../../src/adapters/postgres/office/turns.ts';
import type { OfficeTransaction } from '../../../src/service/register/office-transaction.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_turni', 'ATURNI1');

describe('concurrent work for one office', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse([ESEMPIO]);
  });
  afterAll(async () => house.close());

  const register = async (tx: OfficeTransaction): Promise<number> => {
    const work = openUnitOfWork(ESEMPIO, tx, AT);
    const { registration } = await work.register(draft());
    await tx.save(work.changes());
    return registration.number;
  };
  it('is done in order and independently, in fewer transactions than callers', async () => {
    const failing = async (tx: OfficeTransaction): Promise<number> => {
      await register(tx);
      throw new Error('thought better of it');
    };
    let transactions = 0;
    const counted = {
      connect() {
        transactions += 1;
        return house.pool.connect();
      },
    } as typeof house.pool;
    const inOffice = officeTurns(counted);
    const works = [register, failing, register, register, failing, register];
    const outcomes = await Promise.allSettled(works.map((work) => inOffice(ESEMPIO.aoo, work)));
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))).toEqual([
      1,
      'thought better of it',
      2,
      3,
      'thought better of it',
      4,
    ]);
    const { rows } = await house.pool.query('select number::int from registration order by number');
    expect(rows.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(transactions).toBe(1);
    expect(await house.views.verifyAudit()).toMatchObject([{ records: 8, brokenAt: null, found: 0 }]);
  });

  it('goes on when the first caller fails', async () => {
    const fails = async (): Promise<number> => {
      throw new Error('at once');
    };
    const outcomes = await Promise.allSettled(
      [fails, register, register].map((work) => house.store.inOffice(ESEMPIO.aoo, work)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(await house.views.verifyAudit()).toMatchObject([{ records: 12, brokenAt: null, found: 0 }]);
  });

  it('fails for each caller if the office is unknown', async () => {
    const nowhere = office('c_altrove', 'AALTRO1').aoo;
    const outcomes = await Promise.allSettled([1, 2].map(() => house.store.inOffice(nowhere, register)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
