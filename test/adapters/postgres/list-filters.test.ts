/** What each filter of a list finds, and that an index finds it. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import type { ListFilter, Views } from '../../../src/service/queries/views.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
let house: House;
let views: Views;
/** Plans of the lists asked, newest last. */
const plans: string[] = [];

/** The n-th hour after half past eleven in the evening of 1 January 2026 in Rome. */
const moment = "(timestamptz '2026-01-01 22:30:00Z' + n * interval '1 hour')";
const id = (when: string): string =>
  `(rpad(lpad(to_hex((extract(epoch from ${when}) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 19, '0'), 32, '0'))::uuid`;

beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
  const rows = `generate_series(1, 6000) n`;
  const run = (sql: string) => house.pool.query(sql, [ESEMPIO.aoo]);
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at,
      kind, action, subject, sender, exchange_id)
    select $1, ${id(moment)}, 'm@pec.example.it', 1, n, md5(n::text), 1, ${moment}, ${moment},
      case when n % 1000 = 0 then 'failed' else 'settled' end, ${moment}, 'plain-pec', 'register',
      case when n = 700 then 'Richiesta di accesso agli atti' else 'Mail ' || n end,
      case when n = 800 then 'mario.rossi@pec.example.it' else 'altri@pec.example.it' end, ${id(moment)} from ${rows}`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      subject, register, year, number, created_at, updated_at)
    select $1, ${id(moment)}, 'incoming', n::text, n::text, case when n % 1500 = 0 then 'operator' else 'confirmed' end, 1,
      '2013', 'altri@pec.example.it', 'Scambio ' || n, 'PROT', 2026, n, ${moment}, ${moment} from ${rows}`);
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender,
      recipients, flags)
    select $1, 'PROT', 2026, n, case when n % 2 = 0 then 'incoming' else 'outgoing' end, ${moment},
      (${moment} at time zone 'Europe/Rome')::date, (${moment} at time zone 'Europe/Rome')::time,
      case when n = 100 then 'Delibera di giunta' else 'Oggetto ' || n end,
      case when n = 200 then '{"name": "Comune di Provaria"}'::jsonb else '{"name": "Nostro Ente"}' end,
      case when n = 301 then '[{"name": "Comune di Esemponi"}, {"name": "Provincia di Prova"}]'::jsonb else '[{"name": "Altri"}]' end,
      '[]' from ${rows}`);
  await run(`insert into registration_annulment (aoo, register, year, number, at, reason, provision, by)
    select $1, 'PROT', 2026, n, now(), 'errore', 'atto', 'Ada' from generate_series(5000, 5001) n`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at, closed_at, closed_by, outcome)
    select $1, ${id(moment)}, n, 'not-sent', 'Motivo ' || n, ${id(moment)}, ${moment},
      case when n % 500 <> 0 then now() end, case when n % 500 <> 0 then 'Ada' end, case when n % 500 <> 0 then 'fatto' end
      from ${rows}`);
  // Only the owner may gather statistics.
  const owner = new pg.Client({ connectionString: house.database.url });
  await owner.connect();
  await owner.query('analyze mail, exchange, registration, registration_annulment, task');
  await owner.end();
  const explaining =
    (query: (sql: string, values?: unknown[]) => Promise<pg.QueryResult>) =>
    async (sql: string, values?: unknown[]) => {
      if (values !== undefined) {
        const plan = await query(`explain ${sql}`, values);
        plans.push(plan.rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return query(sql, values);
    };
  const watched = Object.create(house.pool, {
    query: { value: explaining((sql, values) => house.pool.query(sql, values)) },
    connect: {
      value: async () => {
        const client = await house.pool.connect();
        return Object.create(client, {
          query: { value: explaining((sql, values) => client.query(sql, values)) },
          release: { value: (error?: Error) => client.release(error) },
        });
      },
    },
  }) as pg.Pool;
  views = postgresViews(watched);
});
afterAll(() => house.close());

type List = 'messages' | 'registrations' | 'exchanges' | 'tasks';
const found = async (list: List, filter: ListFilter, limit = 10) => {
  const asked = { aoo: ESEMPIO.aoo, cursor: null, limit, filter: filter as Omit<ListFilter, 'state'> };
  const { items } = await views[list](asked);
  return items.map((item) => item.id);
};
const mails = async (filter: ListFilter) =>
  (await views.messages({ aoo: ESEMPIO.aoo, cursor: null, limit: 50, filter })).items.map(({ subject }) => subject);
const numbers = async (filter: ListFilter) =>
  (await found('registrations', filter, 50)).map((one) => Number(one.split('/').at(-1)));
const subjects = async (filter: ListFilter) =>
  (await views.exchanges({ aoo: ESEMPIO.aoo, cursor: null, limit: 50, filter })).items.map(({ subject }) => subject);

describe('a filter finds', () => {
  it('registrations by words of the subject or of any correspondent, also unfinished ones', async () => {
    expect(await numbers({ text: 'DELIBERA giun' })).toEqual([100]);
    expect(await numbers({ text: 'provaria' })).toEqual([200]);
    expect(await numbers({ text: 'provincia di prova' })).toEqual([301]);
    expect(await numbers({ text: 'delibera provaria' })).toEqual([]);
    for (const odd of ["o'rossi", '\\', "'", ':* & |', '<->', '!', 'a:b'])
      expect(await numbers({ text: `x${odd}` })).toEqual([]);
  });

  it('registrations by the legal day, annulled ones and valid ones', async () => {
    // 24 hours of one legal day.
    const day = await numbers({ from: '2026-03-10', to: '2026-03-10' });
    expect(day).toHaveLength(24);
    expect(await numbers({ from: '2026-07-10', to: '2026-07-10', text: 'oggetto' })).toHaveLength(24);
    expect(await numbers({ state: 'annulled' })).toEqual([5001, 5000]);
    expect(await numbers({ state: 'valid', text: 'oggetto 5001' })).toEqual([]);
    expect(await numbers({ state: 'valid', text: 'oggetto 4999' })).toEqual([4999]);
  });

  it('mails by state, words of subject and sender, and the day of arrival in Rome', async () => {
    expect(await mails({ state: 'failed' })).toEqual([
      'Mail 6000',
      'Mail 5000',
      'Mail 4000',
      'Mail 3000',
      'Mail 2000',
      'Mail 1000',
    ]);
    expect(await mails({ text: 'accesso atti' })).toEqual(['Richiesta di accesso agli atti']);
    expect(await mails({ text: 'mario.rossi@pec.example.it' })).toEqual(['Mail 800']);
    // The first of them at 23:30 and at 0:30 in Rome.
    expect(await mails({ to: '2026-01-02' })).toEqual(Array.from({ length: 24 }, (_, n) => `Mail ${24 - n}`));
    expect(await mails({ from: '2026-07-10', to: '2026-07-10' })).toHaveLength(24);
  });

  it('exchanges by state, by words of their registration or mail, and by the day they began', async () => {
    expect(await subjects({ state: 'operator' })).toEqual([
      'Scambio 6000',
      'Scambio 4500',
      'Scambio 3000',
      'Scambio 1500',
    ]);
    expect(await subjects({ text: 'delibera' })).toEqual(['Scambio 100']);
    expect(await subjects({ text: 'accesso atti' })).toEqual(['Scambio 700']);
    expect(await subjects({ from: '2026-03-10', to: '2026-03-10' })).toHaveLength(24);
  });

  it('open tasks by day and text', async () => {
    expect(await found('tasks', { from: '2026-08-01' })).toHaveLength(2);
    expect(await found('tasks', { text: 'scambio 3000' })).toHaveLength(1);
    expect(await found('tasks', { text: 'niente' })).toEqual([]);
  });

  it('tasks with the subject and the numbers of their exchange, or the subject of a mail that belongs to none', async () => {
    const identifier = { administration: 'c_altro', aoo: 'A', register: 'PROT', number: '0000017', date: '2026-03-02' };
    await house.pool.query(`update exchange set peer_identifier = $2 where aoo = $1 and number = 5500`, [
      ESEMPIO.aoo,
      JSON.stringify({ ...identifier, time: null }),
    ]);
    await house.pool.query(
      `insert into task (aoo, task_id, seq, code, detail, mail_id, opened_at)
       select aoo, '00000000-0000-7000-8000-000000000001', 9001, 'answer-unmatched', '', mail_id, arrived_at
         from mail where uid = 700`,
    );
    const shown = { subject: 'Scambio 5500', ourNumber: '0005500/2026', peerNumber: '0000017/2026' };
    const [task] = (await views.tasks({ aoo: null, cursor: null, limit: 10, filter: { text: 'scambio 5500' } })).items;
    expect(task).toMatchObject({ peer: 'altri@pec.example.it', ...shown });
    expect(await views.task(task?.id ?? '')).toMatchObject(shown);
    expect(await views.task('00000000-0000-7000-8000-000000000001')).toMatchObject({
      subject: 'Richiesta di accesso agli atti',
      ourNumber: null,
      peerNumber: null,
      peer: 'altri@pec.example.it',
    });
  });
});

describe('an index serves', () => {
  it.each<[List, ListFilter, RegExp]>([
    ['messages', { state: 'failed' }, /mail_unsettled|mail_failed/],
    ['messages', { text: 'accesso' }, /mail_words/],
    ['messages', { from: '2026-03-10', to: '2026-03-10' }, /mail_by_arrival/],
    ['registrations', { text: 'delibera' }, /registration_words/],
    [
      'registrations',
      { from: '2026-03-10', to: '2026-03-10' },
      /registration_by_time[\s\S]*registered_at >=|registration_by_day[\s\S]*date >=/,
    ],
    ['registrations', { state: 'annulled' }, /registration_annulment[\s\S]*registration_(?:pkey|by_number)/],
    ['exchanges', { state: 'operator' }, /exchange_by_state/],
    ['exchanges', { text: 'delibera' }, /registration_words[\s\S]*mail_words|mail_words[\s\S]*registration_words/],
    [
      'exchanges',
      { from: '2026-03-10', to: '2026-03-10' },
      /exchange_(?:pkey[\s\S]*exchange_id|with_peer[\s\S]*created_at) >=/,
    ],
    ['tasks', {}, /task_(open_by_time|pkey)[\s\S]*exchange_pkey[\s\S]*mail_pkey/],
    ['tasks', { text: 'scambio' }, /task_open_by_time|task_pkey/],
    ['tasks', { from: '2026-08-01' }, /task_open_by_time|task_pkey/],
  ])('the list of %s, by %j', async (list, filter, index) => {
    plans.length = 0;
    await found(list, filter);
    // The register is looked at from its newest on first: all that is asked counts.
    const plan = plans.join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan on (mail|registration|task)\b/);
    if (list === 'tasks') expect(plan).not.toMatch(/Seq Scan|Join/);
  });
});
