/** An audit that was interrupted goes on where it was, and what was tampered with meanwhile is found all the same. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditMemory } from '../../../src/adapters/audit-memory.ts';
import { sealedWith } from '../../../src/adapters/secrets/sealed.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, type House, office, openHouse } from './support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const { aoo } = OFFICE;
const secrets = sealedWith([Buffer.alloc(32, 7)]);
let house: House;
let owner: pg.Client;
let folder: string;

beforeAll(async () => {
  house = await openHouse([OFFICE]);
  folder = await mkdtemp(join(tmpdir(), 'interpro-audit-'));
  owner = new pg.Client({ connectionString: house.database.url, options: '-c session_replication_role=replica' });
  await owner.connect();
  for (let count = 0; count < 2; count += 1)
    await house.store.inOffice(aoo, async (tx) => {
      const work = openUnitOfWork(OFFICE, tx, AT);
      for (let one = 0; one < 700; one += 1) await work.register(draft());
      await tx.save(work.changes());
    });
});
afterAll(async () => {
  await owner.end();
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

const memory = (keys = secrets) => auditMemory(folder, keys, 0).rows;
const audit = async (keys = secrets) => (await house.views.verifyAudit(() => undefined, memory(keys)))[0];
/** Ctrl-C after the first page of records: 700 registrations are compared, the others not. */
async function interrupted(): Promise<void> {
  let pages = 0;
  const stop = () => {
    pages += 1;
    if (pages === 2) throw new Error('interrupted');
  };
  await expect(house.views.verifyAudit(stop, memory())).rejects.toThrow('interrupted');
  expect(await readdir(folder)).toHaveLength(1);
}

describe('an interrupted audit', () => {
  it('goes on, and one that came to its end leaves nothing to go on from', async () => {
    await interrupted();
    const whole = { brokenAt: null, found: 0, covered: 1400, registrations: 1400, records: 1402 };
    expect(await audit()).toMatchObject({ ...whole, resumedFrom: 1000 });
    expect(await readdir(folder)).toEqual([]);
    expect(await audit()).toMatchObject({ ...whole, resumedFrom: null });
  });

  it('finds what was altered meanwhile among what it had compared: a row, one of its documents, a row that is gone', async () => {
    const alter = async (change: string, back: string) => {
      await interrupted();
      await owner.query(change);
      const found = await audit();
      await owner.query(back);
      return found?.findings;
    };
    const named = { table: 'registration', key: 'PROT/2026/3' };
    expect(
      await alter(
        `update registration set subject = 'Altro' where number = 3`,
        `update registration set subject = 'Richiesta di prova' where number = 3`,
      ),
    ).toEqual([{ ...named, what: 'altered', columns: ['subject'] }]);
    expect(
      await alter(
        `update registration_document set name = 'b.pdf' where number = 3`,
        `update registration_document set name = 'a.pdf' where number = 3`,
      ),
    ).toEqual([{ ...named, what: 'altered', columns: ['documents[0].name'] }]);
    expect(
      await alter(
        'create table saved as select * from registration where number = 3; delete from registration where number = 3',
        'insert into registration select * from saved; drop table saved',
      ),
    ).toEqual([{ ...named, what: 'missing', columns: [] }]);
    expect(await audit()).toMatchObject({ found: 0 });
  });

  it('walks the chain whole: a record altered meanwhile is found', async () => {
    await interrupted();
    await owner.query(`update audit set content = replace(content, 'incoming', 'outgoing') where seq = 3`);
    expect(await audit()).toMatchObject({ brokenAt: 3 });
    await owner.query(`update audit set content = replace(content, 'outgoing', 'incoming') where seq = 3`);
  });

  it('relies on no note that was written without the key of the node, or by another office', async () => {
    await interrupted();
    expect(await audit(sealedWith([Buffer.alloc(32, 8)]))).toMatchObject({ resumedFrom: null, found: 0 });
    await interrupted();
    const [name = ''] = await readdir(folder);
    const note = await readFile(join(folder, name), 'utf8');
    await writeFile(
      join(folder, name),
      note.replace(/.$/m, (last) => (last === 'A' ? 'B' : 'A')),
    );
    expect(await audit()).toMatchObject({ resumedFrom: null, found: 0 });
  });
});
