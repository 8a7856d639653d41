/** What a reader sees of the lists and of what is opened by its id, and that an index finds it. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import type { Views } from '../../../src/service/queries/views.ts';
import { type House, office, openHouse } from './support.ts';
import { explainingPool } from './watched-pool.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const [NORA, PIO, LIA] = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [string, string, string];
const [LARGE, SMALL, OTHER] = [4, 5, 6].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];

const reader = (change: Partial<Reader>): Reader => ({
  all: false,
  reserved: false,
  personId: LIA,
  units: [],
  ...change,
});
const HEAD = reader({ all: true, reserved: true, personId: PIO });
const CLERK = reader({ all: true, personId: PIO });

let house: House;
let views: Views;
const plans: string[] = [];
/** Registration n arrived with mail n in exchange n. */
const id = (n: string): string => `lpad(to_hex(${n}), 32, '0')::uuid`;
const uuid = (n: number): string => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;

beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
  const owner = new pg.Client({ connectionString: house.database.url });
  await owner.connect();
  const run = (sql: string) => owner.query(sql.replaceAll('$1', `'${ESEMPIO.aoo}'`));
  const rows = 'generate_series(1, 20000) n';
  const at = `timestamptz '2026-01-01 08:00:00Z' + n * interval '10 minutes'`;
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at,
      kind, action, subject, sender, exchange_id)
    select $1, ${id('n')}, 'm@pec.example.it', 1, n, md5(n::text), 1, ${at}, ${at}, 'settled', ${at}, 'plain-pec', 'register',
      'Mail ' || n, 'altri@pec.example.it', case when n > 10 then ${id('n')} end from ${rows}`);
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender,
      recipients, flags, mail_id)
    select $1, 'PROT', 2026, n, 'incoming', ${at}, (${at})::date, (${at})::time, 'Oggetto ' || n, '{"name": "Altri"}', '[]',
      '[]', ${id('n')} from ${rows}`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      subject, register, year, number, mail_id, created_at, updated_at)
    select $1, ${id('n')}, 'incoming', n::text, '', 'confirmed', 1, '2013', 'altri@pec.example.it', 'Scambio ' || n, 'PROT',
      2026, n, ${id('n')}, ${at}, ${at} from ${rows} where n > 10`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at)
    select $1, ${id('n')}, n, 'not-sent', '', ${id('n')}, ${at} from generate_series(19990, 20000) n`);
  await run(`insert into unit (aoo, unit_id, name, code, valid_from) values ($1, '${LARGE}', 'Tecnico', 'T', '2020-01-01'),
    ($1, '${SMALL}', 'Legale', 'L', '2020-01-01'), ($1, '${OTHER}', 'Anagrafe', 'A', '2020-01-01')`);
  await run(`insert into person (person_id, login, name, created_at, created_by)
    select p, 'p' || p, 'Lia Bozza', now(), 'prova' from unnest(array['${NORA}', '${PIO}', '${LIA}']::uuid[]) p`);
  const assign = (from: string, kind: string, state: string, unit: string, person = 'null') =>
    run(`insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, person_id, state, since, version)
      select $1, gen_random_uuid(), 'PROT', 2026, n, '${kind}', ${unit}, ${person}, '${state}', now(), 1 from ${from}`);
  await assign('generate_series(1, 20000, 2) n', 'competence', 'taken', `'${LARGE}'`);
  await assign('unnest(array[500, 19992]) n', 'information', 'unread', `'${SMALL}'`);
  await assign('unnest(array[600]) n', 'information', 'read', 'null', `'${LIA}'`);
  await assign('unnest(array[19994]) n', 'competence', 'returned', `'${SMALL}'`);
  await run(`insert into registration_arrival (aoo, register, year, number, carrier, registered_by, registered_by_name)
    values ($1, 'PROT', 2026, 19998, 'counter', '${LIA}', 'Lia Bozza')`);
  const reserve = (number: number, by: string, lifted = 'null') =>
    run(`insert into registration_reserved (aoo, register, year, number, registered_by, reserved_at, reserved_by, lifted_at,
        lifted_by)
      values ($1, 'PROT', 2026, ${number}, '${by}', now(), 'Nora Esempi', ${lifted}, case when ${lifted} is not null then 'x' end)`);
  await reserve(19992, NORA);
  await reserve(19996, PIO);
  await reserve(19990, NORA);
  await reserve(19999, NORA);
  await reserve(20000, NORA, 'now()');
  await owner.query('analyze');
  await owner.end();
  views = postgresViews(
    explainingPool(house.pool, '', ({ rows }) => {
      plans.push(rows.map((row: { 'QUERY PLAN': string }) => row['QUERY PLAN']).join('\n'));
    }),
  );
});
afterAll(() => house.close());

const newest = async (list: 'registrations' | 'exchanges' | 'messages' | 'tasks', who?: Reader, limit = 11) => {
  const asked = { aoo: ESEMPIO.aoo, cursor: null, limit, ...(who && { reader: who }) };
  const { items } = await views[list](asked);
  return items.map((item) =>
    list === 'registrations' ? Number(item.id.split('/').at(-1)) : Number.parseInt(item.id.slice(24), 16),
  );
};

const ALL = Array.from({ length: 11 }, (_, n) => 20_000 - n);
/** 19996 was registered by this clerk; of 20000 the reserve was lifted. */
const OF_CLERK = ALL.filter((n) => ![19_999, 19_992, 19_990].includes(n));

describe.each(['registrations', 'exchanges', 'messages', 'tasks'] as const)('the list of %s', (list) => {
  it('is whole without a reader and for the head', async () => {
    expect(await newest(list)).toEqual(ALL);
    expect(await newest(list, HEAD)).toEqual(ALL);
  });

  it('lacks what is reserved for those who neither registered it nor have it', async () => {
    expect((await newest(list, CLERK)).filter((n) => n >= 19_990)).toEqual(OF_CLERK);
    expect(
      (await newest(list, reader({ all: true, personId: LIA, units: [SMALL] }))).filter((n) => n >= 19_990),
    ).toEqual(ALL.filter((n) => ![19_999, 19_996, 19_990].includes(n)));
  });

  it('has for an office only what it has in hand or its person registered', async () => {
    const ofTasks = (all: readonly number[]) => (list === 'tasks' ? all.filter((n) => n >= 19_990) : all);
    expect(await newest(list, reader({ units: [SMALL] }))).toEqual(ofTasks([19_998, 19_992, 600, 500]));
    expect(await newest(list, reader({ personId: PIO, units: [OTHER] }))).toEqual([]);
    expect(await newest(list, reader({ personId: PIO }))).toEqual([]);
    const large = reader({ personId: PIO, units: [LARGE, OTHER] });
    expect(await newest(list, large, 3)).toEqual([19_999, 19_997, 19_995]);
  });
});

describe('what is opened by its id', () => {
  const open = async (number: number, who: Reader) => {
    const found = await Promise.all([
      views.registration(`${ESEMPIO.aoo}/PROT/2026/${number}`, who),
      views.exchange(uuid(number), who),
      views.message(uuid(number), who),
      views.task(uuid(number), who),
    ]);
    return found.map((one) => one !== null);
  };

  it('is there for those who see it in the lists, and for nobody else', async () => {
    expect(await open(19_992, HEAD)).toEqual([true, true, true, true]);
    expect(await open(19_992, CLERK)).toEqual([false, false, false, false]);
    expect(await open(19_992, reader({ units: [SMALL] }))).toEqual([true, true, true, true]);
    expect(await open(19_994, reader({ units: [SMALL] }))).toEqual([false, false, false, false]);
    expect(await open(20_000, CLERK)).toEqual([true, true, true, true]);
  });

  it('is, without a registration, for those who see the whole office', async () => {
    const inOffice = await views.message(uuid(5), CLERK);
    expect(inOffice).not.toBeNull();
    expect(await views.message(uuid(5), reader({ units: [LARGE] }))).toBeNull();
  });
});

describe('an index serves', () => {
  it.each([
    ['a clerk', CLERK, /registration_by_time/],
    [
      'an office with two registrations',
      reader({ units: [SMALL] }),
      /assignment_held_by_unit[\s\S]*registration_(?:pkey|by_number)|registration_(?:pkey|by_number)[\s\S]*assignment_held_by_unit/,
    ],
  ])('the register of %s', async (_, who, index) => {
    plans.length = 0;
    await newest('registrations', who);
    const all = plans.join('\n');
    expect(all).toMatch(index);
    expect(all).not.toMatch(/Seq Scan on (registration|mail|exchange)\b/);
  });
});
