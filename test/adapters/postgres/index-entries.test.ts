import { expect, it } from 'vitest';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../../src/adapters/postgres/index/entries.ts';
import { openIndexHouse } from '../../support/index-house.ts';

it('a look-up of one key is planned once per connection, and finds what a look-up of many finds', async () => {
  const house = await openIndexHouse();
  const pool = openPool(house.url, 'interpro test look-ups', 1);
  try {
    const entries = indexEntries(pool);
    for (const day of [null, '2026-09-02']) {
      const asked = [
        (keys: readonly string[]) => entries.byKeys(['aoo'], keys, day),
        (keys: readonly string[]) =>
          entries.byAooCodes(
            keys.map((key) => ({ body: key, code: 'aoo1' })),
            day,
          ),
        (keys: readonly string[]) => entries.ofBodies('aoo', keys, day),
        (keys: readonly string[]) => entries.byTaxCodes(keys, day),
        (keys: readonly string[]) => entries.byAddresses(keys, day),
      ];
      const keys = ['aese001', 'C_E001', 'c_e001', '00000000001', 'Protocollo@pec.esemponi.example.it'];
      for (const [number, ask] of asked.entries()) {
        const key = keys[number] ?? '';
        const many = await ask([key, 'nobody']);
        expect(many.length, key).toBeGreaterThan(0);
        for (let times = 0; times < 8; times += 1) expect(await ask([key]), key).toEqual(many);
        expect(await ask(['nobody'])).toEqual([]);
        expect(await ask([])).toEqual([]);
      }
    }
    const { rows } = await pool.query<{ name: string; generic: number }>(
      `select name, generic_plans as generic from pg_prepared_statements where name like '%, one%' order by name`,
    );
    expect(rows).toHaveLength(10);
    for (const { name, generic } of rows) expect(generic, name).toBeGreaterThan(0);
  } finally {
    await pool.end();
    await house.close();
  }
});
