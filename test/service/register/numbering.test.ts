/** DPR 445/2000 art. 53 and 57: numbers without gaps or repeats, in the order in which they were taken, new each year. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legalTime } from '../../../src/kernel/clock.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, type House, office, openHouse, register } from '../../adapters/postgres/support.ts';
import { LONG } from '../../support/long.ts';
import { below, chosenSeed, seededRandom } from '../../support/random.ts';
import { type Started, start } from '../../support/run.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROCESSES = 8;
const NUMBERS = LONG ? 20_000 : 300;
const KILLS = LONG ? 40 : 3;

describe('eight processes that register in one office', () => {
  let house: House;
  const running: Started[] = [];
  beforeAll(async () => {
    house = await openHouse([ESEMPIO]);
  });
  afterAll(async () => {
    for (const one of running) await one.end('SIGKILL');
    await house.close();
  });

  const stand = async () => {
    const { rows } = await house.pool.query<{ count: number; highest: number }>(
      `select count(*)::int as count, coalesce(max(number), 0)::int as highest from registration where aoo = $1`,
      [ESEMPIO.aoo],
    );
    return rows[0] ?? { count: 0, highest: 0 };
  };

  it(`give ${NUMBERS} numbers while ${KILLS} are killed: no gap, none twice, in the order of commit`, {
    timeout: LONG ? 900_000 : 120_000,
  }, async () => {
    const seed = chosenSeed();
    console.log(`SEED=${seed}`);
    const random = seededRandom(seed);
    // Machines whose clocks differ: a higher number must not be the earlier one.
    const join = () => {
      const args = [house.database.url, ESEMPIO.administration, ESEMPIO.code, `${NUMBERS}`];
      const skew = below(random, 800) - 400;
      const started = start('test/support/numbering-process.ts', [...args, `${below(random, 1e9)}`, `${skew}`]);
      running.push(started);
    };
    for (let count = 0; count < PROCESSES; count += 1) join();
    await Promise.all(running.map((one) => one.says('numbering', 60)));

    let killed = 0;
    let looks = 0;
    const halfDone: object[] = [];
    for (let seen = await stand(); seen.count < NUMBERS; seen = await stand()) {
      looks += 1;
      // Whoever looks sees all numbers up to the highest: none was committed before one below it.
      if (seen.count !== seen.highest) halfDone.push(seen);
      if (killed < KILLS && seen.count > (killed * NUMBERS) / (KILLS + 1)) {
        const [victim] = running.splice(below(random, running.length), 1);
        expect(await victim?.end('SIGKILL')).toBeNull();
        killed += 1;
        join();
      }
      await sleep(2);
    }
    await Promise.all(
      running.map(async (one) => expect([await one.end('SIGCONT'), one.output()]).toEqual([0, 'numbering\n'])),
    );
    expect(halfDone).toEqual([]);
    expect([killed, looks > KILLS]).toEqual([KILLS, true]);

    const { rows } = await house.pool.query<{ number: number; at: Date; audited: number; date: string; time: string }>(
      `select number::int as number, registered_at as at, audit_seq::int as audited, date::text as date, time::text as time
         from registration where aoo = $1 order by number`,
      [ESEMPIO.aoo],
    );
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
    const backwards = rows.filter(({ at, audited }, index) => {
      const before = rows[index - 1];
      return before !== undefined && (before.at > at || before.audited > audited);
    });
    expect(backwards).toEqual([]);
    expect(
      rows.filter(({ at, date, time }) => `${date} ${time}` !== `${legalTime(at).date} ${legalTime(at).time}`),
    ).toEqual([]);
    expect(await house.views.verifyAudit()).toMatchObject([{ brokenAt: null, covered: rows.length, found: 0 }]);
  });
});

describe('the hour', () => {
  let house: House;
  const PROVARIA = office('c_provaria', 'APROVA1');
  beforeAll(async () => {
    house = await openHouse([ESEMPIO, PROVARIA]);
  });
  afterAll(() => house.close());

  const at = async (moments: readonly string[]) => {
    const told: string[] = [];
    for (const moment of moments) {
      const one = await register(house.store, ESEMPIO, new Date(moment));
      told.push(`${one.number}/${one.year} ${one.date} ${one.time}`);
    }
    return told;
  };

  it('turns the year at midnight in Rome, to the millisecond', async () => {
    expect(await at(['2026-12-31T22:59:59.998Z', '2026-12-31T22:59:59.999Z', '2026-12-31T23:00:00.000Z'])).toEqual([
      '1/2026 2026-12-31 23:59:59',
      '2/2026 2026-12-31 23:59:59',
      '1/2027 2027-01-01 00:00:00',
    ]);
  });

  it('turns it for the whole piece of work, whose numbers are of one moment', async () => {
    const numbers = await house.store.inOffice(PROVARIA.aoo, async (tx) => {
      const work = openUnitOfWork(PROVARIA, tx, new Date('2027-12-31T22:59:59.999Z'));
      const both = [await work.register(draft()), await work.register(draft())];
      await tx.save(work.changes());
      return both.map(({ registration }) => `${registration.number}/${registration.year}`);
    });
    expect(numbers).toEqual(['1/2027', '2/2027']);
    const next = await register(house.store, PROVARIA, new Date('2027-12-31T23:00:00.000Z'));
    expect([next.number, next.year]).toEqual([1, 2028]);
  });

  it('is that of Rome where clocks are put forward: there is no hour between two and three', async () => {
    expect(await at(['2027-03-28T00:59:59.999Z', '2027-03-28T01:00:00.000Z'])).toEqual([
      '2/2027 2027-03-28 01:59:59',
      '3/2027 2027-03-28 03:00:00',
    ]);
    expect(await at(['2027-03-28T21:59:59.999Z', '2027-03-28T22:00:00.000Z'])).toEqual([
      '4/2027 2027-03-28 23:59:59',
      '5/2027 2027-03-29 00:00:00',
    ]);
  });

  it('comes twice where they are put back: numbers and moments go on', async () => {
    const moments = ['2027-10-31T00:30:00.000Z', '2027-10-31T00:59:59.999Z', '2027-10-31T01:00:00.000Z'];
    expect(await at([...moments, '2027-10-31T01:30:00.000Z', '2027-10-31T22:59:59.999Z'])).toEqual([
      '6/2027 2027-10-31 02:30:00',
      '7/2027 2027-10-31 02:59:59',
      '8/2027 2027-10-31 02:00:00',
      '9/2027 2027-10-31 02:30:00',
      '10/2027 2027-10-31 23:59:59',
    ]);
    const { rows } = await house.pool.query(
      `select number from registration where aoo = $1 and year = 2027 order by registered_at, number`,
      [ESEMPIO.aoo],
    );
    expect(rows.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('of a process whose clock is a little behind is that of the last number, across midnight too', async () => {
    const first = await register(house.store, PROVARIA, new Date('2029-12-31T23:00:00.100Z'));
    const behind = await register(house.store, PROVARIA, new Date('2029-12-31T22:59:59.900Z'));
    expect([first.year, first.number]).toEqual([2030, 1]);
    expect(behind).toMatchObject({ year: 2030, number: 2, date: '2030-01-01', registeredAt: first.registeredAt });
    // A clock that was wrong by minutes is not kept up.
    const put = await register(house.store, PROVARIA, AT);
    expect(put).toMatchObject({ year: AT.getUTCFullYear(), number: 1, registeredAt: AT });
  });
});
