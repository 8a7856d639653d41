import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../../src/adapters/postgres/index/entries.ts';
import { indexImports } from '../../../src/adapters/postgres/index/imports.ts';
import { mailboxOf } from '../../../src/domain/index/model.ts';
import { type ImportRequest, importIndex } from '../../../src/service/index/import-index.ts';
import type { ImportReport } from '../../../src/service/index/ports.ts';
import {
  AOO_HEAD,
  AOO_TXT_HEAD,
  type AooFacts,
  aooRow,
  aooTxtRow,
  csv,
  ENTI_HEAD,
  entiRow,
  pieces,
  tsv,
} from '../../support/ipa-files.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { sharedFolder } from '../../support/shared.ts';

let database: TestDatabase;
let pool: pg.Pool;
const ended: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 'test', 4);
  const [own, base] = [pool, database];
  ended.push(async () => {
    await own.end();
    await base.drop();
  });
});
afterAll(async () => {
  for (const end of ended) await end();
});

const clock = { now: () => new Date('2026-09-10T10:00:00Z') };
type Options = Partial<Omit<ImportRequest, 'bytes' | 'origin'>>;

async function bring(content: string, asOf: string, options: Options = {}): Promise<ImportReport> {
  const request = { origin: 'test', bytes: pieces(content, 10_000), asOf, ...options };
  const imported = await importIndex(request, { index: indexImports(pool), clock });
  if (!imported.ok) throw new Error(imported.problem.message);
  return (await indexImports(pool).report(imported.value.importId, 1000)) ?? imported.value;
}
const counts = ({ outcome, rows, added, changed, gone, bad }: ImportReport) => [
  outcome,
  rows,
  added,
  changed,
  gone,
  bad,
];
const history = (code: string) => indexEntries(pool).history(code);
const rowsInAll = async (): Promise<unknown> =>
  (
    await pool.query(
      `select (select count(*) from index_entry) as entries, (select count(*) from index_address) as addresses`,
    )
  ).rows[0];

const many = (count: number, change: (facts: AooFacts, index: number) => AooFacts = (facts) => facts) =>
  Array.from({ length: count }, (_, index) =>
    change(
      {
        body: 'c_esempio',
        uni: `A${String(index).padStart(6, '0')}`,
        code: String(index),
        pec: `p${index}@pec.example.it`,
      },
      index,
    ),
  );
const bodyRows = (count: number) =>
  Array.from({ length: count }, (_, index) => entiRow(`c_x${index}`, `Ente ${index}`, `b${index}@pec.example.it`));
const olderRows = (count: number) => many(count).map(({ body, code, pec }) => aooTxtRow(body, code, 'Protocollo', pec));
const aoos = (facts: readonly AooFacts[]) => csv(AOO_HEAD, facts.map(aooRow));

describe('an import', () => {
  it('of the same file twice changes nothing', async () => {
    expect(counts(await bring(aoos(many(20)), '2026-01-01'))).toEqual(['applied', 20, 20, 0, 0, 0]);
    const before = await rowsInAll();
    expect(counts(await bring(aoos(many(20)), '2026-01-02'))).toEqual(['unchanged', 20, 0, 0, 0, 0]);
    expect(await rowsInAll()).toEqual(before);
  });

  it('reports what is new, changed (by field) and gone, and ends the versions it replaces', async () => {
    await bring(aoos(many(20)), '2026-01-01');
    const next = many(21, (facts, index) =>
      index === 3 ? { ...facts, pec: 'nuova@pec.example.it', name: 'Ufficio' } : facts,
    ).filter((_, index) => index !== 7);
    const report = await bring(aoos(next), '2026-02-01');
    expect(counts(report)).toEqual(['applied', 20, 1, 1, 1, 0]);
    expect(report.changes).toEqual([
      {
        change: 'changed',
        kind: 'aoo',
        key: 'A000003',
        name: 'Ufficio',
        successor: null,
        fields: [
          { field: 'name', before: 'Protocollo', after: 'Ufficio' },
          {
            field: 'mails',
            before: [{ address: 'p3@pec.example.it', kind: 'pec' }],
            after: [{ address: 'nuova@pec.example.it', kind: 'pec' }],
          },
        ],
      },
      { change: 'added', kind: 'aoo', key: 'A000020', name: 'Protocollo', fields: [], successor: null },
      { change: 'gone', kind: 'aoo', key: 'A000007', name: 'Protocollo', fields: [], successor: null },
    ]);
    expect(
      (await history('a000003')).map(({ validFrom, validTo, previous }) => [validFrom, validTo, previous !== null]),
    ).toEqual([
      ['2026-01-01', '2026-02-01', false],
      ['2026-02-01', null, true],
    ]);
  });

  it('tells which mailbox an AOO had on a day, by declared days where the source has them', async () => {
    const at = (pec: string, updated: string) => aoos(many(1, (facts) => ({ ...facts, pec, updated })));
    await bring(at('prima@pec.example.it', '2019-05-01'), '2020-01-01');
    await bring(at('seconda@pec.example.it', '2021-03-01'), '2021-04-01');
    await bring(at('terza@pec.example.it', ''), '2022-01-01');
    const versions = await history('c_esempio/0');
    expect(versions.map((one) => [one.validFrom, one.fromBasis, one.validTo, one.toBasis])).toEqual([
      ['2019-05-01', 'declared', '2021-03-01', 'declared'],
      ['2021-03-01', 'declared', '2022-01-01', 'observed'],
      ['2022-01-01', 'observed', null, null],
    ]);
    const on = async (day: string) => (await indexEntries(pool).byKeys(['aoo'], ['A000000'], day)).map(mailboxOf);
    expect(await on('2021-02-28')).toEqual(['prima@pec.example.it']);
    expect(await on('2021-03-03')).toEqual(['seconda@pec.example.it']);
    expect(await on('2018-01-01')).toEqual([]);
  });

  it('refuses a file that has lost too many rows, and changes nothing', async () => {
    await bring(aoos(many(20)), '2026-01-01');
    const before = await rowsInAll();
    const report = await bring(aoos(many(17)), '2026-01-02');
    expect(report).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'index-shrunken', reason: expect.stringContaining('3 su 20 (15%)') },
    });
    expect(await bring(aoos(many(1)), '2026-01-02')).toMatchObject({
      refusal: { reason: expect.stringContaining('19 su 20 (95%)') },
    });
    expect(await rowsInAll()).toEqual(before);
    expect((await history('A000019')).map(({ validTo }) => validTo)).toEqual([null]);
    expect(counts(await bring(aoos(many(18)), '2026-01-03'))).toEqual(['applied', 18, 0, 0, 2, 0]);
    expect(counts(await bring(aoos(many(9)), '2026-01-04', { shrinkLimit: 0.5 }))).toEqual(['applied', 9, 0, 0, 9, 0]);
    expect(counts(await bring(aoos(many(1)), '2026-01-05', { partial: true }))).toEqual(['unchanged', 1, 0, 0, 0, 0]);
  });

  it.each([
    ['truncated', (text: string) => text.slice(0, -40), 21, 'index-truncated'],
    ['of the wrong layout', (text: string) => text, 1, 'index-header'],
    ['of an older day', (text: string) => text, 0, 'index-older'],
  ])('refuses a file %s and says where', async (what, spoil, line, code) => {
    await bring(aoos(many(20)), '2026-01-02');
    const before = await rowsInAll();
    const changed = many(20, (facts) => ({ ...facts, name: 'Altro' }));
    const report = await bring(
      spoil(aoos(changed)),
      code === 'index-older' ? '2026-01-01' : '2026-01-03',
      what === 'of the wrong layout' ? { layout: 'enti' } : {},
    );
    expect(report).toMatchObject({ outcome: 'refused', refusal: { line, code } });
    expect(await rowsInAll()).toEqual(before);
  });

  it('lists bad and repeated rows; an entry named by a bad row is not gone', async () => {
    await bring(aoos(many(20)), '2026-01-01');
    const rows = many(20).map(aooRow);
    const [head, tail] = [rows.slice(0, 19), rows[19] ?? []];
    const report = await bring(csv(AOO_HEAD, [...head, tail.with(4, ''), head[2] ?? []]), '2026-01-02');
    expect(counts(report)).toEqual(['unchanged', 19, 0, 0, 0, 2]);
    expect(report.faults.map(({ line }) => line)).toEqual([21, 22]);
    expect((await history('A000019')).map(({ validTo }) => validTo)).toEqual([null]);
  });

  it.each([
    ['AOOs, a tab too many in the name of the body', AOO_HEAD, many(20).map(aooRow), 1, ['x', 'y']],
    ['AOOs, cut after the codes', AOO_HEAD, many(20).map(aooRow), 6, null],
    ['bodies, a comma too many in the name', ENTI_HEAD, bodyRows(20), 2, ['x', 'y']],
    ['older AOOs, a tab too many in the name', AOO_TXT_HEAD, olderRows(20), 2, ['x', 'y']],
  ])('of %s: a row of another length is listed, and its entry is not gone', async (_, head, rows, at, cells) => {
    await bring(csv(head, rows), '2026-01-01');
    const [first, others] = [rows[0] ?? [], rows.slice(1)];
    const spoilt = cells === null ? first.slice(0, at) : first.toSpliced(at, 1, ...cells);
    expect(counts(await bring(csv(head, [...others, spoilt]), '2026-01-02'))).toEqual(['unchanged', 19, 0, 0, 0, 1]);
  });

  it('of older AOOs over newer ones: an entry named by a bad row with its older code is not gone', async () => {
    await bring(aoos(many(20)), '2026-01-01');
    const rows = olderRows(20);
    await bring(csv(AOO_TXT_HEAD, rows), '2026-01-02');
    const spoilt = [...rows.slice(1), (rows[0] ?? []).with(2, '')];
    expect(counts(await bring(csv(AOO_TXT_HEAD, spoilt), '2026-01-03'))).toEqual(['unchanged', 19, 0, 0, 0, 1]);
  });

  it('keeps the line ends of a name as they are, and shows it in one line', async () => {
    const broken = (name: string) =>
      csv(AOO_HEAD, [
        aooRow({ body: 'c_esempio', uni: 'AESEMP1', code: '1', name, pec: 'p@pec.example.it' }).with(
          1,
          'Comune di\n Esempio',
        ),
      ]);
    await bring(broken('Ufficio\tprotocollo'), '2026-01-01');
    const { changes } = await bring(broken('Ufficio\n\nprotocollo'), '2026-01-02');
    expect(changes).toMatchObject([
      {
        name: 'Ufficio protocollo',
        fields: [{ field: 'name', before: 'Ufficio\tprotocollo', after: 'Ufficio\n\nprotocollo' }],
      },
    ]);
    expect((await history('AESEMP1')).map(({ name }) => name)).toEqual(['Ufficio protocollo', 'Ufficio protocollo']);
    const [shown] = await indexEntries(pool).byKeys(['aoo'], ['AESEMP1'], null);
    expect(shown).toMatchObject({ name: 'Ufficio protocollo', bodyName: 'Comune di Esempio' });
    const { rows } = await pool.query('select name from index_entry where valid_to is null');
    expect(rows).toEqual([{ name: 'Ufficio\n\nprotocollo' }]);
  });

  it('of one source ends only entries of that source', async () => {
    await bring(aoos(many(5)), '2026-01-01', { source: 'esempio' });
    const others = many(5, (facts, index) => ({ ...facts, uni: `B00000${index}`, code: `b${index}` }));
    expect(counts(await bring(aoos(others), '2026-01-02'))).toEqual(['applied', 5, 5, 0, 0, 0]);
    expect((await history('A000001'))[0]).toMatchObject({ source: 'esempio', validTo: null });
  });

  it('of one source for an earlier day does not override what another says of a later day', async () => {
    const moved = many(5, (facts) => ({ ...facts, pec: `nuova${facts.pec}` }));
    await bring(aoos(many(5)), '2026-01-01');
    await bring(aoos(many(5)), '2026-03-01');
    const before = await history('A000003');
    const late = await bring(aoos(moved.slice(3)), '2026-02-01', { source: 'regione' });
    expect(late).toMatchObject({ outcome: 'refused', refusal: { code: 'index-older' } });
    expect(late.refusal?.reason).toContain(
      '01/02/2026, mentre 2 delle sue voci vengono dalla fonte «ipa» del 01/03/2026',
    );
    expect(await history('A000003')).toEqual(before);
    // Entries that no other source has are not affected.
    const others = many(2, (facts, index) => ({ ...facts, uni: `B00000${index}`, code: `b${index}` }));
    expect(counts(await bring(aoos(others), '2026-02-01', { source: 'regione' }))).toEqual(['applied', 2, 2, 0, 0, 0]);
    expect(counts(await bring(aoos(moved.slice(3)), '2026-03-01', { source: 'altri' }))).toEqual([
      'applied',
      2,
      0,
      2,
      0,
      0,
    ]);
    expect(await history('A000003')).toMatchObject([
      { validTo: '2026-03-01' },
      { validFrom: '2026-03-01', source: 'altri' },
    ]);
  });

  it('of a future day is refused: no later import could follow', async () => {
    const request = { origin: 'test', bytes: pieces(aoos(many(2))), asOf: '2026-09-11' };
    const refused = await importIndex(request, { index: indexImports(pool), clock });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'bad-request' } });
    expect(await indexImports(pool).imports(1)).toEqual([]);
  });

  it('during another one is refused', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slow(): AsyncGenerator<Uint8Array> {
      const text = aoos(many(5));
      yield Buffer.from(text.slice(0, 100));
      await held;
      yield Buffer.from(text.slice(100));
    }
    const index = indexImports(pool);
    const first = importIndex({ origin: 'slow', bytes: slow() }, { index, clock });
    // The lock is taken before the first byte is read: once it is held, another import comes too late.
    await expect
      .poll(
        async () =>
          (
            await pool.query(`select from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`)
          ).rowCount,
      )
      .toBe(1);
    const second = await importIndex({ origin: 'fast', bytes: pieces(aoos(many(5))) }, { index, clock });
    expect(second).toMatchObject({ ok: false, problem: { code: 'index-busy' } });
    release();
    expect(await first).toMatchObject({ ok: true, value: { added: 5 } });
    expect(await index.imports(10)).toHaveLength(1);
  });

  it('cannot rewrite what was written', async () => {
    await bring(aoos(many(2)), '2026-01-01');
    for (const text of [
      `update index_entry set name = 'x'`,
      'delete from index_entry',
      'delete from index_import',
      'update index_address set version = 0',
    ])
      await expect(pool.query(text)).rejects.toThrow(/permission denied|insert-only/);
  });
});

describe('entries that end', () => {
  it('end on the declared day, and come back as a new version', async () => {
    const ldif = (suppressed: string) =>
      `dn: aoo=A01,o=c_esempio,c=it\nobjectClass: aoo\naoo: A01\ndescription: Ufficio\ndataIstituzione: 2008-01-01\n${suppressed}mail: a@pec.example.it\n\n`;
    expect(counts(await bring(ldif(''), '2020-01-01'))).toEqual(['applied', 1, 1, 0, 0, 0]);
    expect(counts(await bring(ldif('dataSoppressione: 2020-06-30\n'), '2021-01-01'))).toEqual([
      'applied',
      1,
      0,
      0,
      1,
      0,
    ]);
    expect(counts(await bring(ldif('dataSoppressione: 2020-06-30\n'), '2021-02-01'))).toEqual([
      'unchanged',
      1,
      0,
      0,
      0,
      0,
    ]);
    expect((await history('c_esempio/a01')).map((one) => [one.validTo, one.toBasis])).toEqual([
      ['2020-06-30', 'declared'],
    ]);
    expect(counts(await bring(ldif(''), '2022-01-01'))).toEqual(['applied', 1, 1, 0, 0, 0]);
    expect((await history('c_esempio/a01')).map((one) => [one.validFrom, one.validTo])).toEqual([
      ['2020-01-01', '2020-06-30'],
      ['2022-01-01', null],
    ]);
  });

  it('are found with their end if the first file already has it', async () => {
    const ldif =
      'dn: aoo=A01,o=c_esempio,c=it\nobjectClass: aoo\naoo: A01\ndescription: Ufficio\ndataIstituzione: 2008-01-01\ndataSoppressione: 2015-06-30\n\n';
    await bring(ldif, '2020-01-01');
    expect((await history('c_esempio/a01')).map((one) => [one.validFrom, one.validTo])).toEqual([
      ['2008-01-01', '2015-06-30'],
    ]);
  });

  it('name their successor if there is just one: the same tax code for a body, the same mailbox for an AOO', async () => {
    const body = (code: string, tax: string) => entiRow(code, `Comune ${code}`, `${code}@pec.example.it`, { tax });
    const stay = Array.from({ length: 8 }, (_, index) => body(`c_${index}`, `9${index}`));
    await bring(csv(ENTI_HEAD, [...stay, body('c_vecchio', '1'), body('c_doppio', '2')]), '2026-01-01');
    const report = await bring(
      csv(ENTI_HEAD, [...stay, body('c_nuovo', '1'), body('c_due', '2'), body('c_tre', '2')]),
      '2026-02-01',
      { shrinkLimit: 0.5 },
    );
    expect(counts(report)).toEqual(['applied', 11, 3, 0, 2, 0]);
    expect((await history('c_vecchio'))[0]?.successor).toBe('c_nuovo');
    expect((await history('c_doppio'))[0]?.successor).toBeNull();

    await bring(aoos(many(10)), '2026-01-01');
    const moved = many(10, (facts, index) => (index === 4 ? { ...facts, uni: 'ANEW001', code: 'nuova' } : facts));
    await bring(aoos(moved), '2026-02-01');
    expect((await history('A000004'))[0]).toMatchObject({ validTo: '2026-02-01', successor: 'ANEW001' });
  });
});

describe('an older and a newer layout', () => {
  const older = (name: string) => tsv(AOO_TXT_HEAD, [aooTxtRow('c_esempio', 'A01', name, 'p@pec.example.it')]);
  const newer = (name: string) =>
    aoos([{ body: 'c_esempio', uni: 'AAAAAA1', code: 'A01', name, pec: 'p@pec.example.it' }]);

  it('describe the same AOO, and each keeps what only the other says', async () => {
    await bring(older('Ufficio'), '2026-01-01');
    expect(counts(await bring(newer('Ufficio'), '2026-02-01'))).toEqual(['applied', 1, 0, 1, 0, 0]);
    expect(counts(await bring(newer('Ufficio'), '2026-02-02'))).toEqual(['unchanged', 1, 0, 0, 0, 0]);
    const versions = await history('AAAAAA1');
    expect(versions.map(({ key }) => key)).toEqual(['AAAAAA1', 'AAAAAA1']);
    expect(versions[1]).toMatchObject({
      uniCode: 'AAAAAA1',
      municipality: 'Esempio',
      province: 'FI',
      street: 'Via di Prova 1',
      istat: '048017',
    });
    expect(counts(await bring(older('Ufficio'), '2026-03-01'))).toEqual(['unchanged', 1, 0, 0, 0, 0]);
    const report = await bring(older('Protocollo'), '2026-04-01');
    expect(report.changes[0]).toMatchObject({ key: 'AAAAAA1', fields: [{ field: 'name', after: 'Protocollo' }] });
  });

  it('get province and region from the ISTAT code, and the names of municipalities are learnt', async () => {
    await bring(csv(ENTI_HEAD, [entiRow('c_d612', 'Comune di Esempio', 'p@pec.example.it')]), '2026-01-01');
    expect((await history('c_d612'))[0]).toMatchObject({ province: 'FI', region: 'Toscana', cadastral: 'D612' });
    expect((await pool.query('select * from index_place')).rows).toEqual([
      { cadastral: 'D612', istat: '048017', name: 'Esempio', province: 'FI', region: 'Toscana' },
    ]);
  });
});

describe('the real municipalities', () => {
  const folder = sharedFolder();
  it.skipIf(folder === null)('of two days differ exactly as their files do', async () => {
    const read = (day: string) =>
      readFileSync(join(folder ?? '', `data/ipa/amministrazioni_comuni_${day}.tsv`), 'utf8');
    const [before, after] = [read('2026-07-07'), read('2026-08-18')];
    const lines = (text: string) =>
      new Map(
        text
          .trimEnd()
          .split('\n')
          .slice(1)
          .map((line) => [line.slice(0, line.indexOf('\t')), line]),
      );
    const [old, now] = [lines(before), lines(after)];
    const different = [...now].filter(([code, line]) => old.get(code) !== line).map(([code]) => code.toLowerCase());
    expect([...now.keys()].filter((code) => !old.has(code))).toEqual([]);
    expect([...old.keys()].filter((code) => !now.has(code))).toEqual([]);

    expect(counts(await bring(before, '2026-07-07'))).toEqual(['applied', old.size, old.size, 0, 0, 0]);
    const report = await bring(after, '2026-08-18');
    expect(counts(report)).toEqual(['applied', now.size, 0, different.length, 0, 0]);
    expect(report.changes.map(({ key }) => key).sort()).toEqual(different.sort());
    expect(different.length).toBeGreaterThan(0);
    expect(report.changes.every(({ fields }) => fields.length > 0)).toBe(true);
    const andretta = await history('c_a284');
    expect(andretta.map(({ street, validFrom, validTo }) => [street, validFrom, validTo])).toEqual([
      ["Via Liberta', 1", '2026-07-07', '2026-08-18'],
      ['Piazza Dei Caduti n. 21', '2026-08-18', null],
    ]);
  });
});
