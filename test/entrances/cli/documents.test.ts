import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { type House, office, openHouse } from '../../adapters/postgres/support.ts';
import { interpro } from '../../support/run.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const DAY_MS = 86_400_000;
let house: House;
let folder: string;

beforeAll(async () => {
  house = await openHouse([OFFICE]);
  folder = await mkdtemp(join(tmpdir(), 'interpro-documents-cli-'));
  const { administration, code, register, name, address, smtp } = OFFICE;
  await writeFile(join(folder, 'password'), 'segreta', { mode: 0o600 });
  const account = { ...smtp, secure: false, user: address, passwordFile: join(folder, 'password') };
  const described = {
    ...{ administration, code, register, name, address },
    mailboxes: [
      {
        address,
        host: account.host,
        port: account.port,
        secure: false,
        user: address,
        passwordFile: account.passwordFile,
      },
    ],
    smtp: { host: account.host, port: account.port, secure: false, user: address, passwordFile: account.passwordFile },
  };
  await writeFile(join(folder, 'offices.json'), JSON.stringify({ offices: [described] }));
});
afterAll(async () => {
  await house?.close();
  await rm(folder, { recursive: true, force: true });
});

const documents = (...args: string[]) =>
  interpro(['documents', ...args], {
    DATABASE_URL: house.database.url,
    INTERPRO_DATA: folder,
    INTERPRO_OFFICES: join(folder, 'offices.json'),
  });

describe('interpro documents', () => {
  it('lists orphans, sets them aside a day later and finds damage', async () => {
    const store = await folderDocuments(join(folder, 'documents'));
    const { sha256 } = await store.put(randomBytes(40));
    const path = join(folder, 'documents', sha256.slice(0, 2), sha256);
    const early = await documents('orphans', '--set-aside');
    expect([early.code, early.stderr]).toEqual([1, 'nothing was listed yet: interpro documents orphans\n']);
    const old = new Date(Date.now() - 3 * DAY_MS);
    await utimes(path, old, old);
    const listed = await documents('orphans', '--json');
    expect([listed.code, JSON.parse(listed.stdout)]).toEqual([
      0,
      { orphans: [{ sha256, size: 40, at: old.toISOString() }], bytes: 40 },
    ]);
    const tooSoon = await documents('orphans', '--set-aside');
    expect(tooSoon.code).toBe(1);
    expect(tooSoon.stderr).toContain('24 hours later at the earliest');
    const list = join(folder, 'orphans.json');
    const kept = JSON.parse(await readFile(list, 'utf8')) as object;
    await writeFile(list, JSON.stringify({ ...kept, at: old.toISOString() }));
    expect((await documents('orphans', '--set-aside')).stdout).toBe(
      '1 documents set aside (40 bytes); in 30 days: interpro documents orphans --remove\n',
    );
    expect((await documents('orphans', '--remove')).stdout).toContain('0 documents removed');
    expect(await store.read(sha256)).toHaveLength(40);
    await writeFile(path, 'altered');
    const found = await documents('check');
    expect([found.code, found.stdout]).toEqual([1, `DAMAGED: ${sha256}\n1 documents read, 1 damaged\n`]);
    await documents('check', '--quarantine');
    const after = await documents('check', '--json');
    expect([after.code, JSON.parse(after.stdout)]).toEqual([0, { documents: 0, damaged: [], quarantined: 0 }]);
  }, 120_000);

  it('says how it is used', async () => {
    for (const args of [[], ['all'], ['orphans', '--remove', '--set-aside']]) {
      const { code, stderr } = await documents(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining('how it is used')]);
    }
  });
});
