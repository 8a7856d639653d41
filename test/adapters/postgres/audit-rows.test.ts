import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COVERED, DOCUMENT_COLUMNS } from '../../../src/adapters/postgres/office/covered-rows.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { repository } from '../../support/shared.ts';
import {
  AT,
  draft,
  exchangeOf,
  type House,
  inspection,
  keptMail,
  MAILBOX,
  office,
  openHouse,
  register,
} from './support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const OTHER = office('c_provaria', 'APROVA1');
const OWNER = '00000000-0000-7000-8000-00000000000a';
const mail = keptMail(1, { arrivedAt: new Date('2026-03-02T09:00:00Z') });
const exchange = exchangeOf({ mailId: mail.mailId });
const HOSTILE = 'Città «à\u00e8» \\ " \0 \ud800 fine';

let house: House;
/** Neither triggers nor foreign keys stop the owner. */
let owner: pg.Client;
beforeAll(async () => {
  house = await openHouse([OFFICE, OTHER]);
  owner = new pg.Client({ connectionString: house.database.url, options: '-c session_replication_role=replica' });
  await owner.connect();
  const { store } = house;
  await store.leaseMailbox(OFFICE.aoo, MAILBOX, OWNER, 45);
  await store.keepMails(OFFICE.aoo, MAILBOX, OWNER, 7n, 2, [mail, keptMail(2)]);
  await store.inOffice(OFFICE.aoo, async (tx) => {
    const work = openUnitOfWork(OFFICE, tx, AT);
    const { registration } = await work.register(
      draft({
        subject: HOSTILE,
        recipients: [{ ...draft().sender, name: HOSTILE, office: undefined as never }],
        peerIdentifier: {
          administration: 'c_provaria',
          aoo: 'APROVA1',
          register: null,
          number: '0000007',
          date: '2026-03-01',
          time: null,
        },
        mailId: mail.mailId,
        documents: [
          ...draft().documents,
          {
            role: 'attachment',
            name: HOSTILE,
            mediaType: 'text/plain',
            sha256: sha256('b'),
            size: 12_345_678_901,
            source: { sha256: mail.sha256, part: '1.2' },
          },
        ],
      }),
    );
    const { register, year, number } = registration;
    const key = { register, year, number };
    work.put({ ...exchange, registered: key });
    work.settle({
      ...{ kept: mail, inspection: inspection(), subject: '', sender: null, messageId: null },
      ...{ exchangeId: exchange.exchangeId, receipt: null, note: null },
    });
    work.changeRegistration({ ...key, version: 1, field: 'office', oldValue: null, newValue: HOSTILE, by: 'prova' });
    work.byHand.arrivals.push({
      ...{ ...key, carrier: 'counter', receivedAt: mail.arrivedAt, registeredBy: OWNER, registeredByName: HOSTILE },
      deferral: { deferralId: OWNER, provision: HOSTILE, reason: 'prova', until: '2026-03-31', by: 'prova' },
      ...{ correspondentId: OWNER, templateId: null },
    });
    const file = { sha256: sha256('c'), size: 1 };
    work.closeRegister({
      ...{ register, kind: 'daily', day: '2025-12-31', year: 2025, progressive: 3, closedAt: AT, closedBy: HOSTILE },
      ...{ first: 1, last: 2, counts: { registrations: 2, annulled: 1, changes: 0 }, afterSeq: 0, throughSeq: 1 },
      head: { administration: 'c_esempio', code: 'AESEMP1', office: HOSTILE, software: 'InterPro', layout: 1 },
      ...{ xml: file, pdf: file },
    });
    work.annul({ ...key, reason: HOSTILE, provision: 'atto 1', by: 'prova' });
    await tx.save(work.changes());
  });
  // A second one, so that a row can be taken away between others; and settled again, later.
  await store.inOffice(OFFICE.aoo, async (tx) => {
    const work = openUnitOfWork(OFFICE, tx, new Date('2026-03-02T10:11:12.300Z'));
    await work.register(draft());
    work.put({ ...exchange, version: 2, registered: { register: 'PROT', year: 2026, number: 1 } });
    await tx.save(work.changes());
  });
});
afterAll(async () => {
  await owner.end();
  await house.close();
});

const verdict = async () => (await house.views.verifyAudit()).find(({ aoo }) => aoo === OFFICE.aoo);

/** What is found after the owner has changed something; it is put back afterwards. */
async function foundAfter(change: string, table: string) {
  await owner.query(`create table saved as select * from ${table}; ${change}`);
  const found = await verdict();
  await owner.query(`delete from ${table}; insert into ${table} select * from saved; drop table saved`);
  return found?.findings;
}

const KEYS: Readonly<Record<string, string>> = {
  registration: 'PROT/2026/1',
  registration_arrival: 'PROT/2026/1',
  registration_annulment: 'PROT/2026/1',
  registration_change: 'PROT/2026/1/1',
  daily_register: 'PROT/daily/2025-12-31',
  exchange: exchange.exchangeId,
  mail: mail.mailId,
};
const WHICH = {
  registration: 'number = 1',
  registration_arrival: 'number = 1',
  registration_annulment: 'number = 1',
  registration_change: 'number = 1',
  daily_register: 'true',
  exchange: 'true',
  mail: 'uid = 1',
};

const COUNTS = [
  ...['progressive', 'first_number', 'last_number', 'registrations', 'annulled', 'changes', 'after_seq', 'through_seq'],
  ...['xml_size', 'pdf_size'],
];

/** Another value of the same type. */
const altered = (column: string): string =>
  ({
    year: 'year + 1',
    number: 'number + 40',
    version: 'version + 1',
    position: 'position + 5',
    size: 'size + 1',
    uid: 'uid + 40',
    uidvalidity: 'uidvalidity + 1',
    ...Object.fromEntries(COUNTS.map((count) => [count, `${count} + 1`])),
    kind: `'annual'`,
    day: `day - 1`,
    closed_at: `closed_at + interval '1 microsecond'`,
    head: `jsonb_set(head, '{office}', '"Altri"')`,
    registered_at: `registered_at + interval '1 microsecond'`,
    arrived_at: `arrived_at + interval '1 microsecond'`,
    at: `at + interval '1 microsecond'`,
    date: `date + 1`,
    time: `time + interval '1 second'`,
    sender: `jsonb_set(sender, '{name}', '"Altri"')`,
    recipients: `jsonb_set(recipients, '{0,name}', '"Altri"')`,
    peer_identifier: `jsonb_set(peer_identifier, '{date}', '"2026-02-28"')`,
    flags: `'[{"code": "seal-missing"}]'`,
    mail_id: `'00000000-0000-7000-8000-0000000000ff'`,
    exchange_id: `'00000000-0000-7000-8000-0000000000ff'`,
    direction: `'outgoing'`,
    carrier: `'post'`,
    received_at: `received_at + interval '1 minute'`,
    deferral: `jsonb_set(deferral, '{until}', '"2026-04-30"')`,
    registered_by: `'00000000-0000-7000-8000-0000000000ff'`,
    correspondent_id: `'00000000-0000-7000-8000-0000000000ff'`,
    template_id: `'00000000-0000-7000-8000-0000000000ff'`,
    field: `'classification'`,
    old_value: `'prima'`,
    source: `case when source is null then 'x' end`,
    part: `case when part is null then 'x' end`,
  })[column] ?? `${column} || 'x'`;

describe('the audit covers the rows of the register', () => {
  it('and finds nothing where nothing was altered', async () => {
    // Two registrations, an arrival, an annulment, a change, a closing, an exchange and a mail; another mail is not settled.
    expect(await verdict()).toMatchObject({
      ...{ records: 4, brokenAt: null, covered: 8, notCovered: 0, waiting: 1, found: 0, findings: [] },
    });
  });

  describe.each(Object.entries(COVERED).filter(([table]) => table in KEYS))('%s', (table, { columns, key }) => {
    const where = `aoo = '${OFFICE.aoo}' and ${WHICH[table as keyof typeof WHICH]}`;

    it.each(columns)('a value altered in %s is named', async (column) => {
      const found = await foundAfter(`update ${table} set ${column} = ${altered(column)} where ${where}`, table);
      const named = { table, key: KEYS[table] };
      if (columns.indexOf(column) < key) expect(found).toContainEqual({ ...named, what: 'missing', columns: [] });
      else expect(found).toEqual([{ ...named, what: 'altered', columns: [column] }]);
    });

    it('a row that is gone, that names no record, an older one, or one that is not about it', async () => {
      const named = { table, key: KEYS[table] };
      const set = (value: string) => foundAfter(`update ${table} set audit_seq = ${value} where ${where}`, table);
      expect(await foundAfter(`delete from ${table} where ${where}`, table)).toEqual([
        { ...named, what: 'missing', columns: [] },
      ]);
      const older = { ...named, what: 'altered', columns: ['audit_seq'] };
      expect(await set('null')).toContainEqual(older);
      expect(await set('0')).toContainEqual(older);
      expect(await set('1')).toContainEqual(older);
      const elsewhere = [{ ...named, what: 'unrecorded', columns: [] }];
      // What is written once is covered by one record, the one it names; exchanges and mails may go on.
      const written = table === 'exchange' || table === 'mail' ? elsewhere : [older, ...elsewhere];
      // The fourth record covers the exchange indeed.
      if (table !== 'exchange') expect(await set('4')).toEqual(written);
      expect(await set('99')).toEqual(written);
    });

    it('a row moved to another office', async () => {
      const found = await foundAfter(`update ${table} set aoo = '${OTHER.aoo}' where ${where}`, table);
      expect(found).toEqual([{ table, key: KEYS[table], what: 'missing', columns: [] }]);
    });
  });

  it('a row put in, whatever record it names', async () => {
    const put = (seq: string) =>
      foundAfter(
        `insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags, audit_seq)
         select aoo, register, year, 9, direction, registered_at, date, time, subject, sender, recipients, flags, ${seq}
           from registration where aoo = '${OFFICE.aoo}' and number = 1`,
        'registration',
      );
    // No counter has come that far either.
    const counter = { table: 'register_counter', key: 'PROT/2026', what: 'altered', columns: ['last_number'] };
    const found = [counter, { table: 'registration', key: 'PROT/2026/9', what: 'unrecorded', columns: [] }];
    expect(await put('null')).toEqual(found);
    expect(await put('2')).toEqual(found);
    expect(await put('99')).toEqual(found);
    // It does not pass for one of before either: the chain says how many those were.
    expect(await put('0')).toEqual([
      counter,
      { table: 'registration', key: '', what: 'unrecorded', columns: ['1 rows of before there, 0 were counted'] },
    ]);
  });

  it.each(DOCUMENT_COLUMNS)('a value altered in %s of a document is named', async (column) => {
    const found = await foundAfter(
      `update registration_document set ${column} = ${altered(column)} where aoo = '${OFFICE.aoo}' and number = 1 and position = 1`,
      'registration_document',
    );
    expect(found).toEqual([
      { table: 'registration', key: 'PROT/2026/1', what: 'altered', columns: [`documents[1].${column}`] },
    ]);
  });

  it('a document taken away, or put in', async () => {
    const count = (there: number) => [
      {
        ...{ table: 'registration', key: 'PROT/2026/1', what: 'altered' },
        columns: [`documents (2 were registered, ${there} are there)`],
      },
    ];
    const here = `where aoo = '${OFFICE.aoo}' and number = 1 and position = 1`;
    expect(await foundAfter(`delete from registration_document ${here}`, 'registration_document')).toEqual(count(1));
    const put = `insert into registration_document select aoo, register, year, number, 2, role, name, media_type, sha256, size, source, part
                   from registration_document ${here}`;
    expect(await foundAfter(put, 'registration_document')).toEqual(count(3));
  });

  it('a recovery that the chain does not have', async () => {
    expect(await foundAfter(`update aoo set recoveries = 1 where aoo = '${OFFICE.aoo}'`, 'aoo')).toEqual([
      { table: 'aoo', key: OFFICE.aoo, what: 'altered', columns: ['recoveries'] },
    ]);
  });
});

describe('what was put back', () => {
  it('is as it was', async () => {
    expect(await verdict()).toMatchObject({ brokenAt: null, covered: 8, found: 0 });
  });
});

describe('rows of before the audit covered rows', () => {
  const COVERED_FIRST = ['registration', 'registration_annulment', 'registration_change', 'exchange', 'mail'];
  const put = (number: number, of = '') => `
    insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags${of && ', audit_seq'})
    values ('${OFFICE.aoo}', 'PROT', 2026, ${number}, 'incoming', now(), now(), '10:00', 'Prima', '{}', '[]', '[]'${of});`;

  it('are counted, never called sound; none of them can be taken away, and none be added', async () => {
    const old = await openHouse([OFFICE]);
    const client = new pg.Client({
      connectionString: old.database.url,
      options: '-c session_replication_role=replica',
    });
    await client.connect();
    const found = async () => (await old.views.verifyAudit())[0];
    try {
      const tables = COVERED_FIRST.map((table) => `alter table ${table} drop column audit_seq;`);
      const migration = readFileSync(join(repository, 'migrations', '0015_audit-rows.sql'), 'utf8');
      const counter = `insert into register_counter values ('${OFFICE.aoo}', 'PROT', 2026, 2);`;
      await client.query(
        `begin; drop index outbox_answers; ${tables.join(' ')} ${put(1)} ${put(2)} ${counter} ${migration} commit`,
      );
      expect(await found()).toMatchObject({ records: 1, brokenAt: null, covered: 0, notCovered: 2, found: 0 });
      await register(old.store, OFFICE, AT);
      expect(await found()).toMatchObject({ records: 3, covered: 1, notCovered: 2, found: 0 });
      await client.query(put(9, ', 0'));
      expect(await found()).toMatchObject({
        notCovered: 3,
        findings: [{ table: 'register_counter' }, { what: 'unrecorded' }],
      });
      await client.query('delete from registration where number in (1, 9)');
      expect(await found()).toMatchObject({ notCovered: 1, findings: [{ what: 'missing' }] });
    } finally {
      await client.end();
      await old.close();
    }
  });
});

describe('the list of what is covered', () => {
  const columnsOf = async (table: string) => {
    const { rows } = await house.pool.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1`,
      [table],
    );
    return rows.map(({ name }) => name).sort();
  };

  it('has every column of documents', async () => {
    const known = ['aoo', 'register', 'year', 'number', ...DOCUMENT_COLUMNS];
    expect(await columnsOf('registration_document')).toEqual(known.sort());
  });
});
