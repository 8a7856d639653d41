import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  COVERED,
  type CoveredTable,
  claimOf,
  DOCUMENT_COLUMNS,
  type RowClaim,
  type RowValues,
} from '../../../src/adapters/postgres/office/covered-rows.ts';
import { chainHash } from '../../../src/domain/register/audit-chain.ts';
import { openUnitOfWork, type UnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, exchangeOf, type House, inspection, keptMail, MAILBOX, office, openHouse } from './support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const { aoo } = OFFICE;
const OWNER = '00000000-0000-7000-8000-00000000000a';
const [first, second, third] = [keptMail(1), keptMail(2), keptMail(3)];
const exchange = exchangeOf({ mailId: first.mailId, registered: null });
const other = exchangeOf({ exchangeId: '00000000-0000-7000-8000-0000000000e2', identity: 'another', mailId: null });
const NUMBER = { register: 'PROT', year: 2026, number: 1 };
const TABLES = ['registration', 'registration_annulment', 'registration_change', 'exchange', 'mail', 'audit', 'aoo'];

let house: House;
/** Neither triggers nor foreign keys stop the owner. */
let owner: pg.Client;

const save = (work: (unit: UnitOfWork) => unknown) =>
  house.store.inOffice(aoo, async (tx) => {
    const unit = openUnitOfWork(OFFICE, tx, AT);
    await work(unit);
    await tx.save(unit.changes());
  });
const settle = (unit: UnitOfWork, kept: typeof first, exchangeId: string | null) =>
  unit.settle({
    ...{ kept, inspection: inspection(), subject: '', sender: null, messageId: null },
    ...{ exchangeId, receipt: null, note: null },
  });

beforeAll(async () => {
  house = await openHouse([OFFICE]);
  owner = new pg.Client({ connectionString: house.database.url, options: '-c session_replication_role=replica' });
  await owner.connect();
  await house.store.leaseMailbox(aoo, MAILBOX, OWNER, 45);
  await house.store.keepMails(aoo, MAILBOX, OWNER, 7n, 3, [first, second, third]);
  // Refused as it came, mended by the next mail, registered then; a receipt that finds its exchange later, and another one.
  await save((unit) => {
    unit.put(exchange);
    unit.put(other);
    settle(unit, first, exchange.exchangeId);
    settle(unit, third, null);
  });
  await save(async (unit) => {
    await unit.register(draft({ mailId: second.mailId }));
    unit.put({ ...exchange, version: 2, mailId: second.mailId, registered: NUMBER });
    settle(unit, second, exchange.exchangeId);
    settle(unit, third, other.exchangeId);
    unit.changeRegistration({
      ...NUMBER,
      version: 1,
      field: 'office',
      oldValue: null,
      newValue: 'Anagrafe',
      by: 'prova',
    });
    unit.annul({ ...NUMBER, reason: 'doppio', provision: 'atto 1', by: 'prova' });
  });
  await save((unit) => settle(unit, third, exchange.exchangeId));
  for (const table of TABLES) await owner.query(`create table saved_${table} as select * from ${table}`);
});
/** Every test begins with the same rows. */
afterEach(async () => {
  for (const table of TABLES)
    await owner.query(`delete from ${table}; insert into ${table} select * from saved_${table}`);
});
afterAll(async () => {
  await owner.end();
  await house.close();
});

const findings = async () => {
  const [found] = await house.views.verifyAudit();
  expect(found).toMatchObject({ brokenAt: null });
  return found?.findings;
};

/** What the row is now, as a record would cover it. */
async function claimNow(table: CoveredTable, where: string): Promise<RowClaim> {
  const sqlOf = (column: string) =>
    column === 'at' || column.endsWith('_at')
      ? `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      : `"${column}"`;
  const documents = `(select coalesce(jsonb_agg(jsonb_build_array(${DOCUMENT_COLUMNS.join(', ')}) order by position), '[]')
                        from registration_document d where d.aoo = t.aoo and d.number = t.number)`;
  const { rows } = await owner.query<RowValues>(
    `select jsonb_build_array(${COVERED[table].columns.map(sqlOf).join(', ')}) as row,
            ${table === 'registration' ? documents : `'[]'::jsonb`} as documents from ${table} t where ${where}`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no ${table} where ${where}`);
  return claimOf(table, row);
}

/** One more record, valid in itself. */
async function append(rows: readonly RowClaim[]): Promise<void> {
  const { rows: heads } = await owner.query<{ seq: number; hash: string }>(
    'select audit_seq::int + 1 as seq, audit_hash as hash from aoo',
  );
  const { seq, hash: before } = heads[0] ?? { seq: 0, hash: '' };
  const content = JSON.stringify({
    ...{ aoo, seq, at: AT.toISOString(), action: 'covers-rows', subject: aoo },
    data: { rows },
  });
  const hash = chainHash(before, content);
  await owner.query('insert into audit (aoo, seq, content, hash) values ($1, $2, $3, $4)', [aoo, seq, content, hash]);
  await owner.query('update aoo set audit_seq = $1, audit_hash = $2', [seq, hash]);
}

/** The owner alters a row and has it covered anew as it is then. */
async function coverAgain(table: CoveredTable, change: string, where: string): Promise<void> {
  await owner.query(`update ${table} set ${change}, audit_seq = (select audit_seq + 1 from aoo) where ${where}`);
  await append([await claimNow(table, where)]);
}

describe('a row that is covered again', () => {
  it('is sound where an exchange and a mail went on as they do', async () => {
    expect(await findings()).toEqual([]);
  });

  it.each<[CoveredTable, string, string]>([
    ['registration', `subject = 'Altro'`, 'PROT/2026/1'],
    ['registration_annulment', `reason = 'Altro'`, 'PROT/2026/1'],
    ['registration_change', `new_value = 'Altro'`, 'PROT/2026/1/1'],
  ])('is a finding in %s, which is written once, whichever record the row names', async (table, change, key) => {
    const { rows } = await owner.query<{ seq: number }>(`select audit_seq as seq from ${table}`);
    await coverAgain(table, change, 'number = 1');
    const named = { table, key, what: 'altered', columns: ['audit_seq'] };
    expect(await findings()).toEqual([named]);
    await owner.query(`update ${table} set audit_seq = ${rows[0]?.seq}`);
    expect(await findings()).toContainEqual(named);
  });

  const ofExchange = `exchange_id = '${exchange.exchangeId}'`;
  const ofMail = `mail_id = '${second.mailId}'`;

  it.each<[CoveredTable, string, string, string]>([
    ['exchange', 'direction', `direction = 'outgoing'`, ofExchange],
    ['exchange', 'number', 'number = 7', ofExchange],
    ['exchange', 'number', 'number = null', ofExchange],
    ['exchange', 'mail_id', `mail_id = '${third.mailId}'`, ofExchange],
    ['mail', 'sha256', `sha256 = '${'a'.repeat(64)}'`, ofMail],
    ['mail', 'size', 'size = size + 1', ofMail],
  ])('is a finding in %s when its %s was set before and is another (%s)', async (table, column, change, where) => {
    await coverAgain(table, change, where);
    const key = where.split(`'`)[1] ?? '';
    expect(await findings()).toContainEqual({ table, key, what: 'altered', columns: [column] });
  });

  it('is not counted twice, so that a row put in goes unseen', async () => {
    const where = `mail_id = '${third.mailId}'`;
    await owner.query(`update mail set audit_seq = (select audit_seq + 1 from aoo) where ${where}`);
    const [table, [id], digest, marks] = await claimNow('mail', where);
    await append([
      [table, [id], digest, marks],
      [table, [String(id).toUpperCase()], digest, marks],
    ]);
    const key = third.mailId.toUpperCase();
    expect(await findings()).toContainEqual({ table: 'mail', key, what: 'altered', columns: ['audit_seq'] });
  });
});
