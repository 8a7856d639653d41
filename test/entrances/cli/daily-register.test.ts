import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legalTime } from '../../../src/kernel/clock.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { type House, office, openHouse, register } from '../../adapters/postgres/support.ts';
import { interpro } from '../../support/run.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
/** Two days ago, whatever the hour: over, and the day after it, too. */
const THEN = new Date(Date.now() - 48 * 3_600_000);
const DAY = legalTime(THEN).date;
let house: House;
let folder: string;
const daily = (...args: string[]) =>
  interpro(['daily-register', ...args], {
    ...{ DATABASE_URL: house.database.url, INTERPRO_DATA: folder, INTERPRO_OFFICES: join(folder, 'offices.json') },
  });

beforeAll(async () => {
  house = await openHouse([OFFICE]);
  folder = await mkdtemp(join(tmpdir(), 'interpro-daily-'));
  const { administration, code, register: book, name, address, smtp } = OFFICE;
  await writeFile(join(folder, 'password'), 'segreta', { mode: 0o600 });
  const account = {
    host: smtp.host,
    port: smtp.port,
    secure: false,
    user: address,
    passwordFile: join(folder, 'password'),
  };
  const described = {
    administration,
    code,
    register: book,
    name,
    address,
    mailboxes: [{ address, ...account }],
    smtp: account,
  };
  await writeFile(join(folder, 'offices.json'), JSON.stringify({ offices: [described] }));
  await register(house.store, OFFICE, THEN);
});
afterAll(async () => {
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

describe('interpro daily-register', () => {
  it('closes, lists, shows, verifies and writes', async () => {
    expect(await daily('list')).toMatchObject({ code: 0, stdout: 'nothing yet\n' });
    expect(await daily('show', DAY)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not closed') });
    const closed = await daily('close', '--until', DAY, '--json');
    expect(closed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(closed.stdout)).toMatchObject([
      {
        day: DAY,
        register: 'PROT',
        progressive: 1,
        first: 1,
        last: 1,
        registrations: 1,
        closedBy: expect.stringMatching(/^cli:/),
      },
    ]);
    expect(await daily('close', '--until', DAY)).toMatchObject({ code: 0, stdout: 'nothing is to be closed\n' });
    expect((await daily('list')).stdout).toContain(DAY);
    expect(await daily('show', DAY, '--verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('made again from the register: the same bytes'),
    });
    const written = await daily('write', DAY, '-o', folder, '--json');
    const { files } = JSON.parse(written.stdout) as { readonly files: readonly string[] };
    const [{ xml, pdf }] = JSON.parse(closed.stdout) as [Record<'xml' | 'pdf', { sha256: string }>];
    const bytes = await Promise.all(files.map((file) => readFile(file)));
    expect(bytes.map(sha256)).toEqual([xml.sha256, pdf.sha256]);
    expect(await daily('write', DAY, '-o', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
  });

  it('says what is wrong with how it was called', async () => {
    for (const args of [
      [],
      ['undo'],
      ['show'],
      ['show', 'ieri'],
      ['close', '--until', '2026-02-30'],
      ['list', '--limit', '0'],
    ])
      expect([args, (await daily(...args)).code]).toEqual([args, 2]);
    expect((await daily('list', '--aoo', 'c_altro')).stderr).toContain('c_esempio/AESEMP1');
  });
});
