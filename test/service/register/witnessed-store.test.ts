import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { witnessedStore } from '../../../src/service/register/witnessed-store.ts';
import { AT, type House, office, openHouse, register } from '../../adapters/postgres/support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');

describe('what was committed', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse([OFFICE]);
  });
  afterAll(() => house.close());
  const registered = async () => (await house.pool.query('select from registration')).rowCount;

  it('is witnessed before the caller learns its number, and after it is durable', async () => {
    const order: string[] = [];
    const { promise: written, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const store = witnessedStore(house.store, async (aoo) => {
      order.push(`${aoo}: ${await registered()} committed`);
      begin();
      await written;
      order.push('witnessed');
    });
    const caller = register(store, OFFICE, AT).then(({ number }) => order.push(`learns ${number}`));
    await begun;
    resolve();
    await caller;
    expect(order).toEqual([`${OFFICE.aoo}: 1 committed`, 'witnessed', 'learns 1']);
  });

  it('is not learnt when it cannot be witnessed', async () => {
    const store = witnessedStore(house.store, () => Promise.reject(new Error('the disk is full')));
    await expect(register(store, OFFICE, AT)).rejects.toThrow('the disk is full');
    expect(await registered()).toBe(2);
  });

  it('needs no witness where nothing was numbered or decided, and none for what was rolled back', async () => {
    let borne = 0;
    const store = witnessedStore(house.store, async () => {
      borne += 1;
    });
    await store.inOffice(OFFICE.aoo, (tx) => tx.save(openUnitOfWork(OFFICE, tx, AT).changes()));
    const failing = () => {
      throw new Error('rolled back on purpose');
    };
    await expect(register(store, OFFICE, AT, {}, failing)).rejects.toThrow('rolled back');
    expect(borne).toBe(0);
    await store.inOffice(OFFICE.aoo, async (tx) => {
      const work = openUnitOfWork(OFFICE, tx, AT);
      work.audit('closed', 'x', {});
      await tx.save(work.changes());
    });
    expect(borne).toBe(1);
  });
});
