/** The daily register: what belongs to a day, for ever the same, closed once. */
import { appendFile, chmod, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresHeads } from '../../../src/adapters/postgres/heads.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { OfficeStoppedError } from '../../../src/service/register/witness.ts';
import { draft, office, register } from '../../adapters/postgres/support.ts';
import { repository } from '../../support/shared.ts';
import { hasXmllint, xmllintVerdicts } from '../../support/xmllint.ts';
import { openClosingHouse } from './closing-house.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const TOLD = { ...office('c_fuori', 'AFUORI1'), numbering: 'external' as const };
const SPARSE = {
  ...office('c_rado', 'ARADO1'),
  dailyRegister: { emptyDays: 'skipped' as const, from: null },
};
const CROWDED = office('c_molti', 'AMOLTI1');
const SUMMER = office('c_estate', 'AESTAT1');
const STOPPED = office('c_fermo', 'AFERMO1');
const SECRET = office('c_riserv', 'ARISER1');
const LEFT = { ...office('c_lascia', 'ALASCI1'), numbering: 'external' as const };
const YEARS = { ...office('c_anni', 'AANNI1'), dailyRegister: { emptyDays: 'skipped' as const, from: null } };

let house: Awaited<ReturnType<typeof openClosingHouse>>;
beforeAll(async () => {
  house = await openClosingHouse([OFFICE, TOLD, SPARSE, CROWDED, SUMMER, STOPPED, SECRET, LEFT, YEARS]);
});
afterAll(() => house.end());

const at = (time: string) => new Date(time);
const numbersIn = (xml: string) =>
  [...xml.matchAll(/<Registrazione numero="(\d+)"/g)].map(([, number]) => Number(number));

describe('a day that is over', () => {
  it('is closed with its registrations, annulments and changes, each in the day in which it happened', async () => {
    const first = await register(house.store, OFFICE, at('2026-03-02T09:00:00Z'), {
      subject: 'Città «àè» <b> & \u0001 fine',
      peerIdentifier: {
        administration: 'c_x',
        aoo: 'AX',
        register: null,
        number: '77',
        date: '2026-02-27',
        time: null,
      },
    });
    const second = await register(house.store, OFFICE, at('2026-03-02T10:00:00Z'), {
      direction: 'outgoing',
      recipients: [
        { ...draft().sender, name: 'Nora Esempi' },
        { ...draft().sender, name: 'Lia Bozza' },
      ],
    });
    const change = {
      version: 1,
      field: 'classification' as const,
      oldValue: null,
      newValue: 'VI.3',
      by: 'Pio Modello',
    };
    await house.act(OFFICE, '2026-03-02T10:30:00Z', (unit) => {
      unit.annul({ ...keyOf(first), reason: 'doppia', provision: 'Atto 1', by: 'Pio Modello' });
      unit.changeRegistration({ ...keyOf(second), ...change });
    });
    // The day after: it belongs to that day's register, as a change of an earlier registration.
    await house.act(OFFICE, '2026-03-03T08:00:00Z', (unit) => {
      unit.annul({ ...keyOf(second), reason: 'errata', provision: 'Atto 2', by: 'Pio Modello' });
      unit.changeRegistration({ ...keyOf(second), ...change, version: 2, oldValue: 'VI.3', newValue: 'VII.1' });
    });
    const closed = await house.close(OFFICE, '2026-03-03T23:10:00Z');
    expect(closed).toMatchObject([
      {
        ...{ register: 'PROT', kind: 'daily', day: '2026-03-02', year: 2026, progressive: 1, closedBy: 'SISTEMA' },
        ...{ first: 1, last: 2, counts: { registrations: 2, annulled: 1, changes: 0 } },
      },
      {
        day: '2026-03-03',
        progressive: 2,
        first: null,
        last: null,
        counts: { registrations: 0, annulled: 0, changes: 2 },
      },
    ]);
    const [one, other] = await Promise.all((closed ?? []).map(house.xml));
    expect(one).toContain('<Oggetto>Città «àè» &lt;b&gt; &amp; \ufffd fine</Oggetto>');
    expect(one).toContain('<DocumentoRicevuto numero="77" data="2026-02-27"/>');
    expect(one).toContain('<Destinatario>Nora Esempi</Destinatario>');
    expect(one).toContain('<Classificazione>VI.3</Classificazione>');
    expect(one).toContain('<Provvedimento>Atto 1</Provvedimento>');
    expect(one).not.toContain('Atto 2');
    expect(other).toMatch(/<AnnullamentoDi numero="0000002"[^>]*il="2026-03-03" ora="09:00:00">\s*<Motivo>errata/);
    expect(other).toMatch(/campo="classificazione">\s*<Prima>VI\.3<\/Prima>\s*<Dopo>VII\.1/);
    if (hasXmllint())
      expect(
        xmllintVerdicts(
          `${repository}/schemas/registro-1.xsd`,
          [one, other].map((xml) => Buffer.from(xml ?? '')),
        ),
      ).toEqual([true, true]);
    for (const register of closed ?? []) expect(await house.verify(register)).toEqual({ ok: true, differences: [] });
  });

  it('is covered by the audit chain, and what is altered later is told by name', async () => {
    const verdict = await house.views.verifyAudit();
    expect(verdict.find(({ aoo }) => aoo === OFFICE.aoo)).toMatchObject({ brokenAt: null, found: 0, notCovered: 0 });
    const closed = await house.closed.byDay(OFFICE.aoo, 'daily', 'PROT', '2026-03-02');
    if (closed === null) throw new Error('not closed');
    const owner = new pg.Client({
      connectionString: house.database.url,
      options: '-c session_replication_role=replica',
    });
    await owner.connect();
    await owner.query(`update registration set subject = 'Altro' where aoo = $1 and number = 2`, [OFFICE.aoo]);
    const altered = await house.verify(closed);
    await owner.query(`update registration set subject = $2 where aoo = $1 and number = 2`, [
      OFFICE.aoo,
      draft().subject,
    ]);
    await owner.end();
    expect(altered.ok).toBe(false);
    expect(altered.differences).toContainEqual(
      expect.stringMatching(/^only in the register of today: <Registrazione numero="0000002".*<Oggetto>Altro/),
    );
    const file = (await readdir(house.folder, { recursive: true })).find((name) => name.endsWith(closed.pdf.sha256));
    const path = join(house.folder, file ?? '');
    await chmod(path, 0o600);
    await appendFile(path, 'x');
    expect((await house.verify(closed)).differences).toEqual([expect.stringContaining('PDF')]);
    await truncate(path, closed.pdf.size);
    expect((await house.verify(closed)).ok).toBe(true);
  });

  it('is not closed before it is over, nor twice, whoever tries', async () => {
    await register(house.store, CROWDED, at('2026-05-04T21:00:00Z'));
    // 23:59:59 in Rome.
    expect(await house.close(CROWDED, '2026-05-04T21:59:59Z')).toEqual([]);
    house.isNow('2026-05-05T22:00:00Z');
    const tries = await Promise.all(Array.from({ length: 6 }, () => house.close(CROWDED, '2026-05-05T22:00:00Z')));
    await house.close(CROWDED, '2026-05-05T22:00:00Z');
    const days = tries.flatMap((closed) => closed ?? []).map(({ day }) => day);
    expect(new Set(days).size).toBe(days.length);
    const { items } = await house.closed.list({ aoo: CROWDED.aoo, kind: 'daily', cursor: null, limit: 10 });
    expect(items.map(({ day, progressive }) => [day, progressive])).toEqual([
      ['2026-05-05', 2],
      ['2026-05-04', 1],
    ]);
  });

  it('is the last one of a service that stops, and the others follow when it runs again', async () => {
    await register(house.store, LEFT, at('2024-12-29T09:00:00Z'));
    const stopping = new AbortController();
    // What was looked through is noted after each day: it stops with the second.
    const seen = new Map<string, string>();
    const note = seen.set.bind(seen);
    seen.set = (key, day) => {
      if (day === '2024-12-30') stopping.abort();
      return note(key, day);
    };
    const days = (closed: Awaited<ReturnType<typeof house.close>>) => closed?.map(({ kind, day }) => `${kind} ${day}`);
    const before = await house.close(LEFT, '2025-01-02T03:00:00Z', { seen, signal: stopping.signal });
    expect(days(before)).toEqual(['daily 2024-12-29', 'daily 2024-12-30']);
    expect(days(await house.close(LEFT, '2025-01-02T03:00:00Z'))).toEqual([
      ...['daily 2024-12-31', 'daily 2025-01-01', 'annual 2024-12-31'],
    ]);
  });

  it('has 23 or 25 hours where the clocks change', async () => {
    const times = ['2026-03-28T22:59:59Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'];
    times.push('2026-10-24T21:59:59Z', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z');
    for (const time of times) await register(house.store, SUMMER, at(time));
    const skipping = { ...SUMMER, dailyRegister: { emptyDays: 'skipped' as const, from: null } };
    const closed = await house.close(skipping, '2026-10-27T00:00:00Z');
    expect(closed?.map(({ day, first, last }) => [day, first, last])).toEqual([
      ['2026-03-28', 1, 1],
      ['2026-03-29', 2, 3],
      ['2026-03-30', 4, 4],
      ['2026-10-24', 5, 5],
      ['2026-10-25', 6, 7],
      ['2026-10-26', 8, 8],
    ]);
  });

  it('is not closed while the database is behind its witness', async () => {
    await register(house.store, STOPPED, at('2026-03-02T09:00:00Z'));
    await postgresHeads(house.pool).stopOffice(STOPPED.aoo, 'prova', 0);
    await expect(house.close(STOPPED, '2026-03-03T09:00:00Z')).rejects.toBeInstanceOf(OfficeStoppedError);
    expect(await house.closed.ofDay(STOPPED.aoo, 'daily', '2026-03-02')).toEqual([]);
  });
});

const keyOf = ({ register: code, year, number }: { register: string; year: number; number: number }) => ({
  ...{ register: code, year, number },
});

describe('what an office’s own system tells late', () => {
  const tell = (time: string, number: number, date: string) =>
    house.store.inOffice(TOLD.aoo, async (tx) => {
      const unit = openUnitOfWork(TOLD, tx, at(time));
      await unit.register(draft(), {
        register: 'PROT',
        year: Number(date.slice(0, 4)),
        number,
        date,
        time: '12:00:00',
      });
      await tx.save(unit.changes());
    });

  it('stands in the next register, and in no other', async () => {
    await tell('2026-06-01T10:00:00Z', 1, '2026-06-01');
    const [first] = (await house.close(TOLD, '2026-06-01T23:00:00Z')) ?? [];
    await tell('2026-06-02T10:00:00Z', 2, '2026-06-01');
    await tell('2026-06-02T10:01:00Z', 3, '2026-06-02');
    // Of a day that is not over yet.
    await tell('2026-06-02T10:02:00Z', 4, '2026-06-03');
    const [second] = (await house.close(TOLD, '2026-06-02T23:00:00Z')) ?? [];
    const [third] = (await house.close(TOLD, '2026-06-03T23:00:00Z')) ?? [];
    for (const [closed, numbers] of [
      [first, [1]],
      [second, [2, 3]],
      [third, [4]],
    ] as const) {
      if (closed === undefined) throw new Error('not closed');
      expect(numbersIn(await house.xml(closed))).toEqual(numbers);
      expect(await house.verify(closed)).toEqual({ ok: true, differences: [] });
    }
  });
});

describe('days without registrations', () => {
  it('are left out where the office says so, and what it began earlier may be left to others', async () => {
    await register(house.store, SPARSE, at('2026-07-01T10:00:00Z'));
    await register(house.store, SPARSE, at('2026-07-06T10:00:00Z'));
    const later = { ...SPARSE, dailyRegister: { emptyDays: 'skipped' as const, from: '2026-07-03' } };
    const closed = await house.close(later, '2026-07-07T10:00:00Z');
    expect(closed?.map(({ day, first, progressive }) => [day, first, progressive])).toEqual([['2026-07-06', 2, 1]]);
  });
});

describe('what is reserved', () => {
  it('keeps number, date and direction; what is reserved later changes no register that is closed', async () => {
    const hidden = await register(house.store, SECRET, at('2026-03-02T09:00:00Z'), { subject: 'Oggetto segreto' });
    const open = await register(house.store, SECRET, at('2026-03-02T09:01:00Z'), { subject: 'Oggetto palese' });
    const by = { by: 'Nora Esempi', person: null, reason: 'prova', registeredBy: null };
    await house.act(SECRET, '2026-03-02T09:02:00Z', (unit) => {
      unit.byHand.reserveChanges.push({ ...keyOf(hidden), act: 'set', version: 1, ...by });
    });
    const [closed] = (await house.close(SECRET, '2026-03-03T09:00:00Z')) ?? [];
    if (closed === undefined) throw new Error('not closed');
    await house.act(SECRET, '2026-03-03T10:00:00Z', (unit) => {
      unit.byHand.reserveChanges.push({ ...keyOf(hidden), act: 'lifted', version: 2, ...by });
      unit.byHand.reserveChanges.push({ ...keyOf(open), act: 'set', version: 1, ...by });
    });
    const xml = await house.xml(closed);
    expect(xml).toMatch(/numero="0000001"[^>]*riservata="true"\/>/);
    expect(xml).not.toContain('segreto');
    expect(xml).toContain('Oggetto palese');
    expect(await house.verify(closed)).toEqual({ ok: true, differences: [] });
  });
});

describe('a year that is over', () => {
  it('has its own register of the closed days, with the first and the last number', async () => {
    for (const time of ['2026-12-30T10:00:00Z', '2026-12-31T22:59:59Z', '2026-12-31T23:00:00Z'])
      await register(house.store, YEARS, at(time));
    expect((await house.close(YEARS, '2026-12-31T22:59:59Z'))?.map(({ kind }) => kind)).toEqual(['daily']);
    const closed = (await house.close(YEARS, '2027-01-02T01:00:00Z')) ?? [];
    expect(closed.map(({ kind, day, progressive, first, last }) => [kind, day, progressive, first, last])).toEqual([
      ['daily', '2026-12-31', 2, 2, 2],
      ['daily', '2027-01-01', 1, 1, 1],
      ['annual', '2026-12-31', 1, 1, 2],
    ]);
    const annual = await house.closed.byProgressive(YEARS.aoo, 'annual', 'PROT', 2026, 1);
    if (annual === null) throw new Error('not closed');
    const xml = await house.xml(annual);
    expect([...xml.matchAll(/<RegistroGiornaliero giorno="([^"]+)"/g)].map(([, day]) => day)).toEqual([
      '2026-12-30',
      '2026-12-31',
    ]);
    if (hasXmllint())
      expect(xmllintVerdicts(`${repository}/schemas/registro-1.xsd`, [Buffer.from(xml)])).toEqual([true]);
    expect(await house.verify(annual)).toEqual({ ok: true, differences: [] });
    expect(await house.close(YEARS, '2027-01-02T01:00:00Z')).toEqual([]);
  });
});
