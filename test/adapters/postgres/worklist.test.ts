/** What needs a person: from what is open, whatever the archive has; list and counters from the same rows. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresWorklist } from '../../../src/adapters/postgres/queries/worklist.ts';
import { TASKS } from '../../../src/kernel/tasks.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import { WORK_OF_TASK, type WorkItem, type Worklist } from '../../../src/service/queries/worklist.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const OTHER = office('c_provaria', 'APROVA1');
const CLERK: Reader = { all: true, reserved: false, personId: '00000000-0000-7000-8000-000000000001', units: [] };
const HEAD: Reader = { ...CLERK, reserved: true };
const OF_A_UNIT: Reader = { ...CLERK, all: false };

let house: House;
let worklist: Worklist;
const plans: string[] = [];
const id = (n: string): string => `lpad(to_hex(${n}), 32, '0')::uuid`;

beforeAll(async () => {
  house = await openHouse([ESEMPIO, OTHER]);
  const owner = new pg.Client({ connectionString: house.database.url });
  await owner.connect();
  const run = (sql: string) => owner.query(sql.replaceAll('$1', `'${ESEMPIO.aoo}'`));
  const at = `timestamptz '2026-01-01 08:00:00Z' + n * interval '1 minute'`;
  // An archive of exchanges and mails that need nobody, and 5,000 tasks.
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at, kind,
      action, subject, sender)
    select $1, ${id('n')}, 'm@pec.example.it', 1, n, md5(n::text), 1, ${at}, ${at}, 'settled', ${at}, 'plain-pec', 'register',
      'Mail ' || n, 'altri@pec.example.it' from generate_series(15001, 30000) n`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
      subject, plain, register, year, number, mail_id, created_at, updated_at)
    select $1, ${id('n')}, case when n % 2 = 0 then 'incoming' else 'outgoing' end, n::text, '', 'operator', 1, '2013',
      'altri@pec.example.it', '{"name": "Comune di Fantasia"}', 'Oggetto ' || n, n % 10 = 0,
      case when n % 2 = 1 then 'PROT' end, case when n % 2 = 1 then 2026 end, case when n % 2 = 1 then n end, ${id('n')}, ${at}, ${at}
      from generate_series(15001, 30000) n`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at)
    select $1, ${id('n')}, n, case when n % 2 = 0 then 'decide' else 'not-delivered' end, 'perché ' || n, ${id('n')}, ${at}
      from generate_series(25001, 30000) n`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at, closed_at)
    select $1, ${id('n')}, n, 'decide', '', null, ${at}, ${at} from generate_series(100001, 160000) n`);
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at, kind,
      action, subject, sender, note)
    select $1, ${id('n')}, 'm@pec.example.it', 2, n, md5(n::text), 1, ${at}, ${at}, case when n = 40001 then 'failed' else 'settled' end, ${at},
      'ordinary', 'operator', 'Posta ' || n, 'qualcuno@example.it', null from generate_series(40001, 40003) n`);
  await run(`insert into mail_set_aside values ($1, ${id('40003')}, now(), 'Nora', 'letta')`);
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
    values ($1, 'PROT', 2026, 29999, 'outgoing', now(), '2026-01-01', '08:00', 'Segreta', '{}', '[]', '[]')`);
  await run(
    `insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by) values ($1, 'PROT', 2026, 29999, now(), 'Pio')`,
  );
  await owner.query('analyze');
  await owner.end();
  worklist = postgresWorklist(house.pool);
}, 120_000);
afterAll(() => house.close());

const all = async (query: Partial<Parameters<Worklist['items']>[0]> = {}): Promise<readonly WorkItem[]> => {
  const items: WorkItem[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Worklist['items']>> = await worklist.items({
      aoo: ESEMPIO.aoo,
      reader: HEAD,
      kind: null,
      text: null,
      limit: 700,
      ...query,
      cursor,
    });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
};

describe('the list of what needs a person', () => {
  it('has a kind and a term for every task there is', () => {
    expect(Object.keys(WORK_OF_TASK).sort()).toEqual(Object.keys(TASKS).sort());
  });

  it('shows everything once, the most urgent first, and counts the same', async () => {
    const items = await all();
    expect(new Set(items.map((item) => item.id)).size).toBe(5_002);
    expect(items).toHaveLength(5_002);
    const terms = items.map(({ actBy }) => Date.parse(actBy));
    expect(terms).toEqual(terms.toSorted((one, other) => one - other));
    const counts = await worklist.counts(ESEMPIO.aoo, HEAD);
    expect(counts.total).toBe(5_002);
    for (const kind of ['flagged', 'without-segnatura', 'undelivered', 'failed-mail'] as const) {
      const some = await all({ kind });
      expect(some.length, kind).toBe(counts.byKind[kind]);
      expect(some.every((item) => item.kind === kind)).toBe(true);
    }
  });

  it('finds words of the subject and of whom it is with', async () => {
    expect((await all({ text: 'fantasia oggetto 29998' })).map(({ subject }) => subject)).toEqual(['Oggetto 29998']);
    expect(await all({ text: 'nessuno' })).toEqual([]);
    // Signs that mean something in a pattern mean themselves.
    for (const text of ['%', '_', 'ogg%299', '\\']) expect(await all({ text }), text).toEqual([]);
  });

  it('leaves out what was set aside, what a reserved registration is about, and other offices', async () => {
    const seen = (await all({ reader: CLERK })).map(({ subject }) => subject);
    expect(seen).toHaveLength(5_001);
    expect(seen).not.toContain('Oggetto 29999');
    expect(seen).not.toContain('Posta 40003');
    expect((await worklist.counts(ESEMPIO.aoo, CLERK)).total).toBe(5_001);
    expect(await all({ reader: OF_A_UNIT })).toEqual([]);
    expect(await all({ aoo: OTHER.aoo })).toEqual([]);
    const [hidden] = await all({ text: 'oggetto 29999' });
    expect(await worklist.item(ESEMPIO.aoo, CLERK, hidden?.id ?? '')).toBeNull();
    expect(await worklist.item(OTHER.aoo, HEAD, hidden?.id ?? '')).toBeNull();
    expect((await worklist.item(ESEMPIO.aoo, HEAD, hidden?.id ?? ''))?.registration).toEqual({
      year: 2026,
      number: 29999,
    });
  });

  it('begins anew at a cursor that is not its own', async () => {
    const page = await worklist.items({
      aoo: ESEMPIO.aoo,
      reader: HEAD,
      kind: null,
      text: null,
      cursor: 'xyz',
      limit: 2,
    });
    expect(page.items).toHaveLength(2);
  });

  it('reads what is open by its indexes, and no archive', async () => {
    const asked: string[] = [];
    const watched = {
      query: async (text: string, values: unknown[]) => {
        asked.push(text);
        const plan = await house.pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        plans.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'));
        return house.pool.query(text, values);
      },
    } as unknown as pg.Pool;
    const list = postgresWorklist(watched);
    await list.items({ aoo: ESEMPIO.aoo, reader: CLERK, kind: 'flagged', text: 'oggetto', cursor: null, limit: 50 });
    await list.counts(ESEMPIO.aoo, CLERK);
    expect(asked).toHaveLength(2);
    for (const plan of plans) {
      expect(plan).toMatch(/task_open_by_time|task_open/);
      expect(plan).not.toMatch(/Seq Scan on (?:mail|task|registration)\b/);
    }
  });
});
