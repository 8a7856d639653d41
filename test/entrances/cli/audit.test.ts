import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { postgresHeads } from '../../../src/adapters/postgres/heads.ts';
import { folderWitness } from '../../../src/adapters/witness/folder.ts';
import { witnessPlaces } from '../../../src/config/witness-places.ts';
import { legalTime } from '../../../src/kernel/clock.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { openWitness } from '../../../src/service/register/witness.ts';
import { type House, office, openHouse, register } from '../../adapters/postgres/support.ts';
import { interpro } from '../../support/run.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const { aoo } = OFFICE;
/** The command line numbers by the clock of the database. */
const NOW = new Date();
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let house: House;
let folder: string;
/** Neither triggers nor foreign keys stop the owner. */
let owner: pg.Client;

const env = () => ({
  DATABASE_URL: house.database.url,
  INTERPRO_DATA: folder,
  INTERPRO_OFFICES: join(folder, 'offices.json'),
});
const audit = (...args: string[]) => interpro(['audit', ...args], env());
const witnessed = () =>
  openWitness({ files: folderWitness(witnessPlaces(folder, null)), store: postgresHeads(house.pool), log }).bear(aoo);

beforeAll(async () => {
  house = await openHouse([OFFICE]);
  folder = await mkdtemp(join(tmpdir(), 'interpro-audit-'));
  owner = new pg.Client({ connectionString: house.database.url, options: '-c session_replication_role=replica' });
  await owner.connect();
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
  for (let count = 0; count < 3; count += 1) await register(house.store, OFFICE, NOW);
  await (await folderDocuments(join(folder, 'documents'))).put(Buffer.from('a'));
});
afterAll(async () => {
  await owner.end();
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

describe('interpro audit', () => {
  it('has a number taken by the command line witnessed before it is printed', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'Prova');
    const sending = [
      'send',
      '--from',
      aoo,
      '--to',
      'x@pec.altro.example.it',
      '--address-as-it-is',
      '--subject',
      'Prova',
    ];
    const sent = await interpro([...sending, '--json', file], env());
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(sent.stdout)).toMatchObject({ identifier: { number: '0000004' } });
    const last = await folderWitness(witnessPlaces(folder, null)).read(aoo);
    expect(last?.numbers).toMatchObject([{ register: 'PROT', last: 4 }]);
    await rm(join(folder, 'witness'), { recursive: true });
  });

  it('does not vouch for the end of a chain that nobody has witnessed', async () => {
    const { code, stdout } = await audit();
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({
      code: 1,
      lines: [
        `${aoo}: whole, 8 records, 5 rows covered, 2 files read`,
        `${aoo}: NO WITNESS: whether the end of the chain was cut off cannot be said`,
      ],
    });
  });

  it('says that everything is as it was written', async () => {
    await witnessed();
    expect(await audit()).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `${aoo}: whole, 8 records, 5 rows covered, 2 files read\n`,
    });
  });

  it('names what was altered, and exits 1', async () => {
    await owner.query(`update registration set subject = 'Altro' where number = 2`);
    const { code, stdout } = await audit();
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 1,
      last: `${aoo}: ALTERED: registration PROT/${legalTime(NOW).year}/2, subject`,
    });
    await owner.query(`update registration set subject = 'Richiesta di prova' where number = 2`);
    expect(await audit()).toMatchObject({ code: 0 });
  });

  it('reads every stored file, and names what was altered, shortened, swapped or is gone', async () => {
    const hex = sha256('a');
    const path = join(folder, 'documents', hex.slice(0, 2), hex);
    const other = join(folder, 'documents', sha256('Prova').slice(0, 2), sha256('Prova'));
    const [bytes, others] = await Promise.all([readFile(path), readFile(other)]);
    const found = async () => {
      const { code, stdout } = await audit('--json');
      const { documents, ok, faults } = JSON.parse(stdout);
      return { code, documents, ok, faults: faults.map(({ what, id }: Record<string, string>) => [what, id]) };
    };
    const put = async (content: Buffer | null) => {
      await rm(path, { force: true });
      if (content !== null) await writeFile(path, content);
    };
    const wrong = { code: 1, documents: 2, ok: false };
    await put(Buffer.from('b'));
    expect(await found()).toEqual({ ...wrong, faults: [['altered', hex]] });
    await put(Buffer.alloc(0));
    expect(await found()).toEqual({ ...wrong, faults: [['shortened', hex]] });
    await put(null);
    expect(await found()).toEqual({ ...wrong, faults: [['missing', hex]] });
    await put(others);
    await rm(other);
    await writeFile(other, bytes);
    const swapped = (await found()).faults.sort();
    expect(swapped).toEqual(
      [
        ['altered', hex],
        ['shortened', sha256('Prova')],
      ].sort(),
    );
    // Whoever only wants to know of registrations is told of registrations.
    expect(await audit('--registrations-only')).toMatchObject({ code: 0 });
    await put(bytes);
    await rm(other);
    await writeFile(other, others);
    expect(await found()).toEqual({ code: 0, documents: 2, ok: true, faults: [] });
  });

  it('finds a tail that was cut off, rows and counters with it', async () => {
    await owner.query(
      `delete from registration_document where number > 2;
       delete from registration where number > 2;
       delete from exchange;
       update register_counter set last_number = 2;
       delete from audit where seq > 4;
       update aoo set audit_seq = 4, audit_hash = (select hash from audit where seq = 4)`,
    );
    const { code, stdout } = await audit('--json');
    // In itself the register is whole; only the witness knows that there was more.
    expect({ code, json: JSON.parse(stdout) }).toMatchObject({
      code: 1,
      json: {
        ...{ registrations: 2, documents: 1, ok: false },
        faults: [{ what: 'cut off, or another chain than was witnessed', id: aoo, where: `${aoo} witness` }],
        offices: [{ aoo, records: 4, brokenAt: null, covered: 2, found: 0, witness: 'behind' }],
      },
    });
  });

  it('finds the same where a recovery is claimed that the witness has not seen', async () => {
    const record = JSON.stringify({
      ...{ aoo, seq: 5, at: NOW.toISOString(), action: 'recovered', subject: aoo },
      data: { database: { recoveries: 0 }, witness: { recoveries: 0 } },
    });
    await owner.query(
      `insert into audit (aoo, seq, content, hash)
       select aoo, 5, '${record}', encode(sha256(convert_to(audit_hash || '${record}', 'UTF8')), 'hex') from aoo`,
    );
    await owner.query(
      `update aoo set audit_seq = 5, recoveries = 1, audit_hash = (select hash from audit where seq = 5);
       update register_counter set last_number = 4`,
    );
    const { code, stdout } = await audit('--json');
    expect({ code, json: JSON.parse(stdout) }).toMatchObject({
      code: 1,
      // No number of the recovery is in the record that claims it.
      json: {
        offices: [{ brokenAt: null, found: 1, findings: [{ table: 'register_counter' }], witness: 'unseen' }],
      },
    });
  });
});
