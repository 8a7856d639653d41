/** What `list` and `show` print: conditions, all recipients, Italian time, and no generation where there is no segnatura. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import {
  correspondent,
  draft,
  exchangeOf,
  type House,
  MAILBOX,
  office,
  openHouse,
} from '../../adapters/postgres/support.ts';
import { interpro } from '../../support/run.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
/** Half past midnight of 1 July in Rome, still June in UTC. */
const AT = new Date('2026-06-30T22:30:00Z');
const folder = mkdtempSync(join(tmpdir(), 'interpro-list-'));
let house: House;
const plain = exchangeOf({ state: 'operator', plain: true, subject: 'Senza segnatura', createdAt: AT, updatedAt: AT });
const signed = exchangeOf({ state: 'confirmed', plain: false, subject: 'Con segnatura', createdAt: AT, updatedAt: AT });

beforeAll(async () => {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'x', { mode: 0o600 });
  const mailboxes = [{ address: MAILBOX, host: '127.0.0.1', port: 1, passwordFile }];
  const { administration, code, name, address } = ESEMPIO;
  const described = { administration, code, name, address, mailboxes, smtp: { host: '127.0.0.1', port: 1 } };
  writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices: [described] }));
  house = await openHouse([ESEMPIO]);
  await house.store.inOffice(ESEMPIO.aoo, async (tx) => {
    const work = openUnitOfWork(ESEMPIO, tx, AT);
    await work.register(draft({ subject: 'Delibera di giunta' }));
    const recipients = ['Comune di Provaria', 'Provincia di Prova', 'Regione Esempio'].map(correspondent);
    await work.register(draft({ direction: 'outgoing', subject: 'Circolare', recipients }));
    work.put(plain);
    work.put(signed);
    await tx.save(work.changes());
  });
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  interpro([...args], {
    DATABASE_URL: house.database.url,
    INTERPRO_OFFICES: join(folder, 'offices.json'),
    INTERPRO_DATA: folder,
    ...more,
  });
const rows = async (...args: string[]) => {
  const { stdout, stderr, code } = await run(['list', ...args, '--json']);
  expect([stderr, code]).toEqual(['', 0]);
  return (JSON.parse(stdout) as { items: readonly { subject: string; recipients?: readonly string[] }[] }).items;
};

describe('interpro list', () => {
  it('shows all recipients: their number and names in the table, every one in --json', async () => {
    const { stdout } = await run(['list', 'registrations'], { COLUMNS: '200' });
    expect(stdout).toContain('3: Comune di Provaria, Provincia di Prova, Regione Esempio');
    expect((await rows('registrations', '--text', 'circolare'))[0]?.recipients).toEqual([
      'Comune di Provaria',
      'Provincia di Prova',
      'Regione Esempio',
    ]);
  });

  it('by office, state, text and days, as the clock is in Rome', async () => {
    const found = async (...args: string[]) => (await rows(...args)).map(({ subject }) => subject);
    expect(await found('registrations', '--text', 'regione')).toEqual(['Circolare']);
    expect(await found('registrations', '--from', '2026-07-01', '--to', '2026-07-01')).toHaveLength(2);
    expect(await found('registrations', '--to', '2026-06-30')).toEqual([]);
    expect(await found('exchanges', '--state', 'operator', '--aoo', 'c_esempio/AESEMP1')).toEqual(['Senza segnatura']);
    for (const aoo of ['c_esempio', 'aesemp1'])
      expect(await found('exchanges', '--state', 'operator', '--aoo', aoo)).toEqual(['Senza segnatura']);
  });

  it.each(['80', '120'])('fits %s columns', async (COLUMNS) => {
    for (const list of ['registrations', 'exchanges']) {
      const { stdout } = await run(['list', list], { COLUMNS });
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(Number(COLUMNS));
    }
  });

  it.each([
    [['exchanges', '--state', 'registrato'], '--state: one of '],
    [['tasks', '--state', 'open'], '--state: tasks are listed while they are open'],
    [['messages', '--from', '1/7/2026'], '--from: a day is written yyyy-mm-dd'],
    [['messages', '--from', '2026-07-02', '--to', '2026-07-01'], '--from: it is after --to'],
    [['messages', '--text', '***'], '--text: words'],
  ])('%j is refused with the reason', async (args, reason) => {
    const { stderr, code } = await run(['list', ...args]);
    expect([code, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(`interpro list: ${reason}`)]);
  });
});

describe('interpro show', () => {
  it('has Italian time, and in --json UTC', async () => {
    const shown = await run(['show', signed.exchangeId]);
    expect(shown.stdout).toContain('updatedAt: 2026-07-01 00:30:00');
    expect(shown.stdout).not.toMatch(/\dT\d\d:\d\d:\d\d/);
    expect((await run(['show', signed.exchangeId, '--json'])).stdout).toContain(
      '"updatedAt": "2026-06-30T22:30:00.000Z"',
    );
  });

  it('has the generation of a segnatura, and none where there is none', async () => {
    expect((await run(['show', signed.exchangeId])).stdout).toContain('generation: 2013');
    expect((await run(['show', plain.exchangeId])).stdout).not.toContain('generation');
  });
});
