import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { noByHandWrites } from '../../../src/service/register/by-hand-writes.ts';
import type { RegisterClosing } from '../../../src/service/register/register-closing.ts';
import { below, chosenSeed, seededRandom } from '../../support/random.ts';
import { AT, exchangeOf, type House, office, openHouse, register } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROVARIA = office('c_provaria', 'APROVA1');
let house: House;
beforeAll(async () => {
  house = await openHouse([ESEMPIO, PROVARIA]);
});
afterAll(() => house.close());

async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: house.database.url, application_name: 'owner' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Tables of offices have an AOO; those of the national index (`index_…`) are common to all. */
const TENANT = (table: string): string =>
  `(exists (select from pg_attribute where attrelid = ${table} and attname = 'aoo') and ${table}::regclass::text not like 'index\\_%'
    -- A session is the node's: its person goes from one office to another.
    and ${table}::regclass::text <> 'session')`;

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing refused it',
    (error: { code?: string }) => String(error.code),
  );

const ID = '00000000-0000-7000-8000-000000000009';
const ENTRY = {
  ...{ kind: 'person' as const, name: 'Mario Prova', taxCode: null, administration: null, office: null, address: null },
  ...{ postalAddress: null, phone: null, note: null },
};

const FILE = { sha256: sha256('prova'), size: 5 };
const CLOSING: RegisterClosing = {
  ...{
    register: 'PROT',
    kind: 'daily',
    day: '2026-03-01',
    year: 2026,
    progressive: 1,
    closedAt: AT,
    closedBy: 'SISTEMA',
  },
  ...{ first: null, last: null, counts: { registrations: 0, annulled: 0, changes: 0 }, afterSeq: 0, throughSeq: 1 },
  head: { administration: 'c_h501', code: 'AOO1', office: 'Comune di Esempio', software: 'InterPro', layout: 1 },
  ...{ xml: FILE, pdf: FILE },
};

/** Rows of these tables are temporary and may be deleted. */
const FORGOTTEN = new Set([
  'command_answer',
  'webhook_delivery',
  'upload',
  'access_token_seen',
  // Who is signed in and who is looking, now.
  'session',
  'presence',
  // Given and taken away; each time stands in the log of accesses, which keeps its rows.
  'person_role',
  'unit_member',
  'draft',
  'kept_for_next',
  // Derived from the documents, for the search: made again at any time.
  'document_text',
  'document_text_part',
  'document_text_reach',
]);

describe('what is registered cannot be changed', () => {
  const INSERT_ONLY = [
    'registration',
    'registration_document',
    'registration_annulment',
    'registration_change',
    'registration_arrival',
    'registration_link',
    'registration_file_history',
    'correspondent_history',
    'deferral',
    'emergency_register',
    'emergency_extension',
    'emergency_closing',
    'registration_emergency',
    'daily_register',
    'exchange_event',
    'audit',
  ];
  const CHANGES: readonly [string, (table: string) => string][] = [
    ['update', (table) => `update ${table} set aoo = aoo`],
    ['delete', (table) => `delete from ${table}`],
    ['truncate', (table) => `truncate ${table} cascade`],
  ];

  beforeAll(async () => {
    const { register: book, year, number } = await register(house.store, ESEMPIO, AT);
    const KEY = { register: book, year, number };
    await house.store.inOffice(ESEMPIO.aoo, (tx) =>
      tx.save({
        at: AT,
        exchanges: [exchangeOf({ exchangeId: '00000000-0000-7000-8000-000000000001' })],
        events: [
          {
            exchangeId: '00000000-0000-7000-8000-000000000001',
            version: 1,
            type: 'received',
            once: 'received',
            mailId: null,
            data: {},
          },
        ],
        registrations: [],
        queued: [],
        requeued: [],
        handed: [],
        settled: [],
        tasks: [],
        closedTasks: [],
        mailsAside: [],
        moved: [],
        byHand: {
          ...noByHandWrites(),
          arrivals: [
            {
              ...{
                ...KEY,
                carrier: 'counter',
                receivedAt: AT,
                deferral: null,
                registeredBy: ID,
                registeredByName: 'Ada',
              },
              ...{ correspondentId: null, templateId: null },
            },
          ],
          links: [{ ...KEY, to: KEY, kind: 'related', by: 'Ada' }],
          files: [
            { fileId: ID, year: 2026, classification: 'VI.3', number: 1, subject: 'Prova', kind: 'matter', by: 'Ada' },
          ],
          filings: [{ ...KEY, fileId: ID, version: 1, by: 'Ada' }],
          correspondents: [
            { entry: { ...ENTRY, correspondentId: ID }, act: 'added', version: 1, mergedInto: null, by: 'Ada' },
          ],
          emergencies: [{ emergencyId: ID, cause: 'Prova', provision: 'Atto 2', startedAt: AT, by: 'Ada' }],
          emergencyExtensions: [{ emergencyId: ID, position: 1, endsAt: AT, provision: 'Atto 3', by: 'Ada' }],
          emergencyClosings: [{ emergencyId: ID, endedAt: AT, declaration: 'Prova', registrations: 1, by: 'Ada' }],
          emergencyNumbers: [
            {
              ...{ ...KEY, emergencyId: ID, emergencyYear: 2026, emergencyNumber: 1, emergencyDate: '2026-03-02' },
              ...{ emergencyTime: '11:11:00', operator: 'Ada', row: 'x' },
            },
          ],
          deferrals: [
            {
              ...{
                deferralId: ID,
                provision: 'Atto 1',
                reason: 'Prova',
                receivedFrom: '2026-03-01',
                receivedTo: '2026-03-02',
              },
              ...{ registerUntil: '2026-03-31', by: 'Ada' },
            },
          ],
        },
        annulments: [{ ...KEY, reason: 'prova', provision: 'atto 1', by: 'prova' }],
        registrationChanges: [
          { ...KEY, version: 1, field: 'office', oldValue: null, newValue: 'Anagrafe', by: 'prova' },
        ],
        assignments: [],
        annulmentRequests: [],
        annulmentDecisions: [],
        notes: [],
        closings: [CLOSING],
        answer: null,
        audit: [],
        counters: new Map(),
      }),
    );
  });

  for (const table of INSERT_ONLY) {
    it.each(CHANGES)(`${table}: no %s, neither by the service nor by the owner`, async (_, statement) => {
      const before = await house.pool.query(`select count(*) as rows from ${table}`);
      expect(before.rows[0]?.rows).toBeGreaterThan(0);
      // By grants: 42501 insufficient_privilege. By trigger: 23001 restrict_violation.
      expect(await refusal(house.pool.query(statement(table)))).toBe('42501');
      expect(await asOwner((client) => refusal(client.query(statement(table))))).toBe('23001');
      expect((await house.pool.query(`select count(*) as rows from ${table}`)).rows).toEqual(before.rows);
    });
  }

  it('the service can delete nothing else, and cannot remove the triggers', async () => {
    const tables = await house.pool.query<{ name: string }>(
      `select attrelid::regclass::text as name from pg_attribute join pg_class on pg_class.oid = attrelid
        where attname = 'aoo' and relkind = 'r' and relname not like 'index\\_%' and relnamespace = 'public'::regnamespace`,
    );
    expect(tables.rows.length).toBeGreaterThan(9);
    for (const { name } of tables.rows) {
      if (!FORGOTTEN.has(name))
        expect([name, await refusal(house.pool.query(`delete from ${name}`))]).toEqual([name, '42501']);
      expect([name, await refusal(house.pool.query(`truncate ${name} cascade`))]).toEqual([name, '42501']);
      expect([name, await refusal(house.pool.query(`alter table ${name} disable trigger all`))]).toEqual([
        name,
        '42501',
      ]);
    }
  });

  it('every foreign key carries the AOO', async () => {
    const keys = await house.pool.query<{ name: string; columns: string[]; target: string[] }>(
      `select conrelid::regclass || '.' || conname as name,
              array(select attname::text from unnest(conkey) k join pg_attribute a on a.attrelid = conrelid and a.attnum = k) as columns,
              array(select attname::text from unnest(confkey) k join pg_attribute a on a.attrelid = confrelid and a.attnum = k) as target
         from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and ${TENANT('confrelid')}`,
    );
    expect(keys.rows.length).toBeGreaterThan(4);
    for (const { name, columns, target } of keys.rows) {
      // Of the node's own tables: who administers the node has no office, and the column may be null.
      if (['credential', 'person_role', 'entry_token'].some((table) => name === `${table}.${table}_office_fkey`))
        continue;
      expect([name, columns.indexOf('aoo'), target.indexOf('aoo')]).toEqual([name, 0, 0]);
    }
    const primary = await house.pool.query<{ name: string; first: string }>(
      `select conrelid::regclass::text as name, (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) as first
         from pg_constraint where contype in ('p', 'u') and connamespace = 'public'::regnamespace and ${TENANT('conrelid')}`,
    );
    for (const { name, first } of primary.rows) expect([name, first]).toEqual([name, 'aoo']);
  });
});

describe('numbers', () => {
  it('have no gaps or repetitions under eight connections, some of which roll back', async () => {
    const seed = chosenSeed();
    console.log(`SEED=${seed}`);
    const random = seededRandom(seed);
    const year = new Date('2027-05-05T10:00:00Z');
    let registered = 0;
    const worker = async () => {
      for (let count = 0; count < 30; count += 1) {
        const fails = below(random, 4) === 0;
        const result = await register(house.store, PROVARIA, year, {}, () => {
          if (fails) throw new Error('rolled back on purpose');
        }).catch((error: Error) => error);
        if (!(result instanceof Error)) registered += 1;
        else if (!fails) throw result;
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    expect(registered).toBeLessThan(240);
    const numbers = await house.pool.query<{ number: number }>(
      'select number from registration where aoo = $1 and year = 2027 order by number',
      [PROVARIA.aoo],
    );
    expect(numbers.rows.map(({ number }) => number)).toEqual(
      Array.from({ length: registered }, (_, index) => index + 1),
    );
    const chain = await house.views.verifyAudit();
    expect(chain.find(({ aoo }) => aoo === PROVARIA.aoo)).toMatchObject({
      ...{ records: 2 * registered, brokenAt: null, covered: registered, found: 0 },
    });
  });

  it("start again at New Year's midnight in Rome", async () => {
    const last = await register(house.store, ESEMPIO, new Date('2030-12-31T22:59:59.999Z'));
    const first = await register(house.store, ESEMPIO, new Date('2030-12-31T23:00:00.000Z'));
    expect([last.year, last.number, last.date, last.time]).toEqual([2030, 1, '2030-12-31', '23:59:59']);
    expect([first.year, first.number, first.date, first.time]).toEqual([2031, 1, '2031-01-01', '00:00:00']);
  });
});

describe('the audit chain', () => {
  const OFFICE = office('c_catena', 'ACATENA');
  const state = async () => (await house.views.verifyAudit()).find(({ aoo }) => aoo === OFFICE.aoo);
  /** Changes protected rows, checks the chain, and changes them back. */
  const tampered = async (change: string, back: string) => {
    const run = (sql: string) =>
      asOwner(async (client) => {
        await client.query('begin; alter table audit disable trigger all');
        await client.query(sql);
        await client.query('alter table audit enable trigger all; commit');
      });
    await run(change);
    const found = await state();
    await run(back);
    return found?.brokenAt;
  };

  beforeAll(async () => {
    await house.store.declareOffices([OFFICE], []);
    for (let count = 0; count < 5; count += 1) await register(house.store, OFFICE, AT);
  });

  it('is intact, and otherwise the first record that does not fit is named', async () => {
    expect(await state()).toMatchObject({ records: 10, brokenAt: null, covered: 5, found: 0 });
    const here = `where aoo = '${OFFICE.aoo}'`;
    const content = `update audit set content = replace(content, 'registered', 'registerEd') ${here} and seq = 3`;
    const contentBack = `update audit set content = replace(content, 'registerEd', 'registered') ${here} and seq = 3`;
    expect(await tampered(content, contentBack)).toBe(3);
    expect(await state()).toMatchObject({ brokenAt: null });
    const move = (from: number, to: number) => `update audit set seq = ${to} ${here} and seq = ${from}`;
    expect(await tampered(move(2, 99), move(99, 2))).toBe(3);
    expect(await tampered(move(10, 99), move(99, 10))).toBe(10);
    // A chain rehashed from the third record on is consistent, but does not match the office's last hash.
    const rehash = `with recursive chain as (
        select seq, content, encode(sha256(convert_to((select hash from audit ${here} and seq = 2) || replace(content, 'PROT', 'PR0T'), 'UTF8')), 'hex') as hash
          from audit ${here} and seq = 3
        union all
        select a.seq, a.content, encode(sha256(convert_to(chain.hash || a.content, 'UTF8')), 'hex') from chain join audit a on a.aoo = '${OFFICE.aoo}' and a.seq = chain.seq + 1)
      update audit set hash = chain.hash, content = case when audit.seq = 3 then replace(audit.content, 'PROT', 'PR0T') else audit.content end
        from chain where audit.aoo = '${OFFICE.aoo}' and audit.seq = chain.seq`;
    expect(await tampered(rehash, 'select 1')).toBe(11);
  });
});
