import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOfficeFigures } from '../../../src/adapters/postgres/queries/office-figures.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROVARIA = office('c_provaria', 'APROVA1');
const NOW = new Date('2026-11-22T10:00:00Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

describe('what /metrics tells of each office and of the index', () => {
  let house: House;
  let seq = 0;
  const insert = async (sql: string, ...values: unknown[]) => {
    await house.pool.query(sql, values);
  };
  const task = (aoo: string, closedAt: Date | null) => {
    seq += 1;
    return insert(
      `insert into task (aoo, task_id, seq, code, detail, opened_at, closed_at) values ($1, $2, $3, 'decide', '', $4, $5)`,
      aoo,
      uuidv7(NOW),
      seq,
      NOW,
      closedAt,
    );
  };
  const webhook = async (state: string, reason: string | null): Promise<string> => {
    const id = uuidv7(NOW);
    await insert(
      `insert into webhook (aoo, webhook_id, url, state, pause_reason, secret, created_by, created_at, seq, due_at)
       values ($1, $2, 'https://a.example.it', $3, $4, '', 'prova', $5, 0, $5)`,
      ESEMPIO.aoo,
      id,
      state,
      reason,
      NOW,
    );
    return id;
  };
  const delivery = (id: string, number: number, state: string) =>
    insert(
      `insert into webhook_delivery (aoo, webhook_id, seq, type, state, attempts, first_at, last_at, due_at, last_outcome)
       values ($1, $2, $3, 'registered', $4, 1, $5, $5, $5, '500')`,
      ESEMPIO.aoo,
      id,
      number,
      state,
      NOW,
    );
  const imported = async (layout: string, endedAt: Date, outcome = 'applied'): Promise<number> => {
    const { rows } = await house.pool.query<{ import_id: number }>(
      `insert into index_import (source, layout, origin, as_of, started_at, ended_at, outcome, refusal)
       values ('ipa', $1, 'prova', $2::timestamptz::date, $2::timestamptz, $2::timestamptz, $3, $4) returning import_id`,
      [layout, endedAt, outcome, outcome === 'refused' ? '{}' : null],
    );
    return rows[0]?.import_id ?? 0;
  };

  beforeAll(async () => {
    house = await openHouse([ESEMPIO, PROVARIA]);
    await task(ESEMPIO.aoo, null);
    await task(ESEMPIO.aoo, null);
    await task(ESEMPIO.aoo, NOW);
    const active = await webhook('active', null);
    const gone = await webhook('removed', null);
    await webhook('paused', 'person');
    await webhook('paused', 'gone');
    for (const number of [1, 2]) await delivery(active, number, 'dead');
    await delivery(active, 3, 'delivered');
    await delivery(gone, 1, 'dead');
    await imported('enti', ago(100));
    const last = await imported('enti', ago(50), 'unchanged');
    await imported('enti', ago(1), 'refused');
    await imported('aoo', ago(10));
    await insert(
      `insert into index_download (url, checked_at, import_id) values ('https://indice.example.it', $1, $2)`,
      ago(2),
      last,
    );
  });
  afterAll(() => house?.close());

  it('counts open tasks, and what the service gave up of webhooks that are still there', async () => {
    const { officeTasks, webhooks } = await readOfficeFigures(house.pool, NOW);
    expect(officeTasks).toEqual([
      { aoo: ESEMPIO.aoo, count: 2 },
      { aoo: PROVARIA.aoo, count: 0 },
    ]);
    expect(webhooks).toEqual([{ aoo: ESEMPIO.aoo, givenUp: 1, deadDeliveries: 2 }]);
  });

  it('gives the age of each kind of file: imported or unchanged, not refused, not failed', async () => {
    const ages = async () => (await readOfficeFigures(house.pool, NOW)).indexAges;
    expect(await ages()).toEqual([
      { layout: 'aoo', seconds: 10 * 3600 },
      { layout: 'enti', seconds: 2 * 3600 },
    ]);
    await insert('update index_download set failures = 1');
    expect((await ages()).at(-1)).toEqual({ layout: 'enti', seconds: 50 * 3600 });
  });

  it('costs the same whatever the archive holds: each part goes along an index', async () => {
    const asked: (readonly [string, unknown[]])[] = [];
    const watched = Object.create(house.pool, {
      query: {
        value: async (sql: string, values: unknown[]) => {
          asked.push([sql, values]);
          return { rows: [] };
        },
      },
    }) as House['pool'];
    await readOfficeFigures(watched, NOW);
    const plans: string[] = [];
    const client = await house.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local enable_seqscan = off');
      for (const [sql, values] of asked) {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect(plans.length).toBe(3);
    const all = plans.join('\n');
    for (const index of ['task_open_by_time', 'webhook_kept', 'webhook_delivery_dead', 'index_import_good'])
      expect(all, all).toContain(index);
  });
});
