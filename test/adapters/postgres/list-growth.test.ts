/**
 * Every list, filter and search costs the same in a large register as in a small one. Whatever statement is asked is explained
 * with what it read, so that a new one is seen by itself; a new filter has no case and does not compile.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresRegisterViews } from '../../../src/adapters/postgres/queries/register-views.ts';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import type { RegisterFilter, RegisterViews } from '../../../src/service/queries/register-views.ts';
import type { ListFilter, Views } from '../../../src/service/queries/views.ts';
import { fillRegister } from './large-register.ts';
import { type House, office, openHouse } from './support.ts';
import { explainingPool } from './watched-pool.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
/** Both above what a condition may lead with, and a thousandfold of what a page shows. */
const SIZES = [11_000, 33_000] as const;
const SHOWN = 10;
/** What stays the same is read anew, where it happens to lie, and trees grow by a level. */
const SPARE = 400;
/** Pages of the tables that one more line of a list costs. */
const PER_LINE = 80;

const HEAD: Reader = { all: true, reserved: true, personId: randomUUID(), units: [] };
const CLERK: Reader = { ...HEAD, reserved: false };
const SCHOOL = randomUUID();
const SPORT = randomUUID();
const MEMBER: Reader = { all: false, reserved: false, personId: randomUUID(), units: [SPORT] };
const SCHOOL_MEMBER: Reader = { ...MEMBER, units: [SCHOOL] };

interface Sized {
  readonly house: House;
  readonly pool: pg.Pool;
  readonly views: Views;
  readonly register: RegisterViews;
  /** Pages read since it was asked last, and by which statements. */
  read(): number;
}
let sized: readonly Sized[] = [];

beforeAll(async () => {
  sized = [await openSized(SIZES[0]), await openSized(SIZES[1])];
}, 300_000);
afterAll(() => Promise.all(sized.map(({ house }) => house.close())));

async function openSized(rows: number): Promise<Sized> {
  const house = await openHouse([ESEMPIO]);
  const url = house.database.url;
  await fillRegister(url, { aoo: ESEMPIO.aoo, rows, school: SCHOOL, sport: SPORT, person: HEAD.personId });
  await fillMails(url, rows);
  let pages = 0;
  const watched = counting(house.pool, (read) => {
    pages += read;
  });
  return {
    house,
    pool: watched,
    views: postgresViews(watched),
    register: postgresRegisterViews(watched),
    read() {
      const taken = pages;
      pages = 0;
      return taken;
    },
  };
}

/** A mail for each incoming registration, tasks that are done and few that are not; texts of some documents. */
async function fillMails(url: string, rows: number): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const run = (sql: string) => owner.query(sql, [ESEMPIO.aoo]);
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at,
      kind, action, subject, sender, exchange_id)
    select aoo, exchange_id, 'm@pec.example.it', 1, number, md5(number::text), 1, created_at, created_at,
      case when number % 10000 = 0 then 'failed' else 'settled' end, created_at, 'plain-pec', 'register', subject,
      'ente' || number % 500 || '@pec.example.it', exchange_id from exchange where aoo = $1 and direction = 'incoming'`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at, closed_at, closed_by, outcome)
    select aoo, exchange_id, number, 'not-sent', 'Motivo', exchange_id, created_at,
      case when number > 40 then created_at end, case when number > 40 then 'Prova' end, case when number > 40 then 'fatto' end
      from exchange where aoo = $1`);
  await run(`insert into document_text (aoo, register, year, number, position, state, registered_at)
    select aoo, register, year, number, 0, 'complete', registered_at from registration where aoo = $1`);
  await run(`insert into document_text_part (aoo, register, year, number, position, part, text)
    select aoo, register, year, number, 0, 0, case when number = 600 then 'Della quattrocentesca badia' else 'Si trasmette la relazione ' || number end
      from registration where aoo = $1 and number <= ${rows}`);
  await owner.query('vacuum analyze mail, task, document_text, document_text_part');
  await owner.end();
}

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

/** Asks as the pool does, and tells how many pages each statement read. */
const counting = (pool: pg.Pool, tell: (pages: number) => void): pg.Pool =>
  explainingPool(pool, '(analyze, buffers, timing off, format json)', ({ rows }) => {
    const plans = (rows[0]?.['QUERY PLAN'] ?? []) as { readonly Plan: Plan }[];
    for (const { Plan: plan } of plans) tell(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
  });

/** `lines`: how many lines the answer has. */
async function expectNoGrowth(ask: (one: Sized) => Promise<number>): Promise<void> {
  const costs: { pages: number; lines: number }[] = [];
  for (const one of sized) {
    one.read();
    const lines = await ask(one);
    costs.push({ pages: one.read(), lines });
  }
  const [small = { pages: 0, lines: 0 }, large = { pages: 0, lines: 0 }] = costs;
  expect(small.pages, 'nothing was asked').toBeGreaterThan(0);
  const allowed = 1.4 * small.pages + SPARE + PER_LINE * Math.max(0, large.lines - small.lines);
  expect(large.pages, `pages read, of ${small.pages} in the smaller register`).toBeLessThan(allowed);
}

/** What is rare, and what nearly all have, where there is such a thing. */
const REGISTER_CASES: Readonly<Record<keyof Required<RegisterFilter>, readonly RegisterFilter[]>> = {
  text: [
    ...['comune', 'rara', 'rimborso spese', 'relazione', 'quattrocentesca', 'verbale', 'allegato', '1234', '1234/2023'],
    ...['"pratica 77"', 'comune -rara', 'rimborzo', 'x@pec.example.it', 'e'.repeat(64), 'inesistente'],
  ].map((text) => ({ text })),
  subject: ['pratica', 'rimborso delle', 'niente di ciò', 'o'].map((subject) => ({ subject })),
  correspondent: ['altri', 'sagio', 'unione del saggio', 'x@pec.example.it'].map((correspondent) => ({
    correspondent,
  })),
  number: [{ number: 1234 }],
  numberFrom: [{ numberFrom: 50, numberTo: 80 }, { numberFrom: 10 }],
  numberTo: [{ numberTo: 30 }, { numberTo: 30, year: 2023 }],
  year: [{ year: 2023 }, { year: 1999 }],
  from: [{ from: '2023-01-10' }, { from: '2023-01-10', to: '2023-01-11' }],
  to: [{ to: '2023-01-10' }],
  direction: [{ direction: 'internal' }, { direction: 'incoming' }],
  unit: [{ unit: SPORT }],
  classification: [{ classification: 'VII' }, { classification: 'VIII' }],
  state: [
    ...['valid', 'annulled', 'annulment-asked', 'undelivered', 'waiting', 'confirmed', 'to-take', 'returned'],
  ].map((state) => ({ state: state as NonNullable<RegisterFilter['state']> })),
  flagged: [{ flagged: true }],
  flag: [{ flag: 'x' }, { flag: 'unknown' }],
  carrier: [{ carrier: 'counter' }, { carrier: 'pec' }],
};

describe('the search of the register reads no more in a larger one', () => {
  const cases = [{}, ...Object.values(REGISTER_CASES).flat()];
  it.each(cases.map((filter) => [JSON.stringify(filter), filter] as const))('for a clerk, %s', async (_, filter) => {
    await expectNoGrowth(({ register }) => searched(register, filter, CLERK));
  });

  it.each([MEMBER, HEAD].map((reader, at) => [['a unit with little', 'a head'][at], reader] as const))(
    'for %s',
    async (_, reader) => {
      for (const filter of [{}, { text: 'comune' }, { text: 'rimborso' }, { correspondent: 'altri' }] as const)
        await expectNoGrowth(({ register }) => searched(register, filter, reader));
    },
  );

  it('for a unit with much, up to what may lead', async () => {
    const most = 40_000;
    for (const [filter, reader] of [
      [{ unit: SCHOOL }, CLERK],
      [{}, SCHOOL_MEMBER],
      [{ text: 'comune' }, SCHOOL_MEMBER],
    ] as const)
      for (const one of sized) {
        one.read();
        await searched(one.register, filter, reader);
        expect(one.read()).toBeLessThan(most);
      }
  });

  it('by number, in mails, and of requests for annulment', async () => {
    await expectNoGrowth(async ({ register }) => (await register.byNumber(ESEMPIO.aoo, CLERK, 777, null)).length);
    await expectNoGrowth(({ register }) => register.countAnnulmentRequests(ESEMPIO.aoo, CLERK));
    await expectNoGrowth(async ({ register }) => (await register.mails(ESEMPIO.aoo, 'rimborso', SHOWN)).length);
  });
});

/** Not counted: that ends after a thousand registrations or a quarter of a second, whichever comes first. */
const searched = async (register: RegisterViews, filter: RegisterFilter, reader: Reader): Promise<number> => {
  const page = await register.search({ aoo: ESEMPIO.aoo, reader, filter, cursor: null, limit: SHOWN, counted: false });
  expect(page.tooMany).toBeUndefined();
  return page.items.length;
};

type Name = 'messages' | 'exchanges' | 'tasks';
const LIST_CASES: Readonly<Record<keyof Required<ListFilter>, readonly (readonly [Name, ListFilter])[]>> = {
  direction: [
    ['exchanges', { direction: 'incoming' }],
    ['exchanges', { direction: 'outgoing' }],
  ],
  state: [
    ['messages', { state: 'failed' }],
    ['messages', { state: 'settled' }],
    ['exchanges', { state: 'confirmed' }],
    ['exchanges', { state: 'failed' }],
    ['exchanges', { state: 'operator' }],
  ],
  from: [
    ['messages', { from: '2023-01-10', to: '2023-01-11' }],
    ['exchanges', { from: '2023-01-10', to: '2023-01-11' }],
    ['tasks', { from: '2023-01-10', to: '2023-01-11' }],
  ],
  to: [['messages', { from: '2023-01-10', to: '2023-01-10' }]],
  subject: [
    ['exchanges', { subject: 'rimborso' }],
    ['exchanges', { subject: 'pratica' }],
  ],
  // A word that nearly all have is named in `EXCEPTIONS`.
  text: [
    ['messages', { text: 'rimborso' }],
    ['messages', { text: 'comune' }],
    ['exchanges', { text: 'rimborso' }],
    ['tasks', { text: 'comune' }],
  ],
};
/** What is known to grow, and why it may: who asks for it waits for a terminal. */
const EXCEPTIONS: readonly (readonly [Name, ListFilter, why: string])[] = [
  [
    'messages',
    { from: '2023-02-10', to: '2023-02-11' },
    'only the command line asks for it: mails have an index of blocks by arrival, and where few fit the list is walked from its newest',
  ],
  [
    'exchanges',
    { text: 'comune' },
    'only the command line asks for it: all with a common word are found before they are put in order',
  ],
];

describe('the lists of protocol systems and of the command line read no more in a larger register', () => {
  const cases = [
    ...(['messages', 'exchanges', 'tasks'] as const).map((name): readonly [Name, ListFilter] => [name, {}]),
    ...Object.values(LIST_CASES).flat(),
  ];
  it.each(cases)('%s %j', async (name, filter) => {
    await expectNoGrowth(async ({ views }) => (await listed(views, name, filter)).length);
  });

  it('registrations, of one office and of all', async () => {
    for (const aoo of [ESEMPIO.aoo, null])
      for (const filter of [
        {},
        { state: 'annulled' },
        { state: 'valid' },
        { subject: 'pratica' },
        { number: 12 },
      ] as const)
        await expectNoGrowth(
          async ({ views }) => (await views.registrations({ aoo, cursor: null, limit: SHOWN, filter })).items.length,
        );
  });

  it.each(EXCEPTIONS)('%s %j is an exception: %s', async (name, filter, why) => {
    expect(why).not.toBe('');
    for (const { views } of sized) expect((await listed(views, name, filter)).length).toBe(SHOWN);
  });
});

const listed = async (views: Views, name: Name, filter: ListFilter) =>
  (await views[name]({ aoo: ESEMPIO.aoo, cursor: null, limit: SHOWN, filter })).items;

it('what grows is noticed', async () => {
  const all = "select count(*) from registration where subject like '%a%'";
  await expect(expectNoGrowth(async ({ pool }) => (await pool.query(all)).rows.length)).rejects.toThrow('pages read');
});
