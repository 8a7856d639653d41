import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toConfig } from '../../src/config/config.ts';
import { legalTime } from '../../src/kernel/clock.ts';
import type { AooId } from '../../src/kernel/ids.ts';
import { type Region, startRegion } from '../../src/region/region.ts';
import { workingDays } from '../../src/region/sample-day/week.ts';
import { operator } from '../../src/service/people/person.ts';
import { until } from '../support/node.ts';

describe('the working days before a day', () => {
  it('leave out Saturdays and Sundays, and begin at eight in the morning in Rome', () => {
    // A Monday, and the change to winter time on the Sunday of the week before.
    const days = workingDays(new Date('2026-11-02T10:00:00Z'), 6);
    expect(days.map((day) => day.toISOString())).toEqual([
      '2026-10-23T06:00:00.000Z',
      '2026-10-26T07:00:00.000Z',
      '2026-10-27T07:00:00.000Z',
      '2026-10-28T07:00:00.000Z',
      '2026-10-29T07:00:00.000Z',
      '2026-10-30T07:00:00.000Z',
    ]);
  });
});

describe('the week of the sample', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-week-'));
  chmodSync(folder, 0o711);
  let region: Region;
  const startedAt = new Date();
  beforeAll(async () => {
    const config = toConfig({ env: { INTERPRO_HTTP_PORT: '0' }, unknown: [] });
    region = await startRegion(folder, config, () => undefined, { throwAway: true, week: true });
  });
  afterAll(async () => {
    await region?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const of = (index: 0 | 1): AooId => region.offices[index].aoo;
  const registrations = async (aoo: AooId) =>
    (await region.service.views.registrations({ aoo, cursor: null, limit: 100 })).items.toReversed();

  it('has numbered without gaps, in the order of time, on days that have passed', async () => {
    for (const aoo of [of(0), of(1)]) {
      const all = await registrations(aoo);
      expect(all.map(({ number }) => Number(number))).toEqual(all.map((_, index) => index + 1));
      const times = all.map(({ date, time }) => `${date} ${time}`);
      expect(times).toEqual(times.toSorted());
      expect(new Set(all.map(({ date }) => date)).size).toBeGreaterThanOrEqual(4);
      // The last ones came in before the start, in as many hours as the morning has: shortly after midnight, of the day before.
      const { date, time } = legalTime(new Date(startedAt.getTime() - 5 * 3_600_000));
      expect((times.at(-1) ?? '') > `${date} ${time}`, times.at(-1)).toBe(true);
      expect(all.some(({ direction }) => direction === 'incoming') && all.length > 6).toBe(true);
    }
    const chains = await region.service.views.verifyAudit();
    expect(chains.map(({ brokenAt, found }) => [brokenAt, found])).toEqual(chains.map(() => [null, 0]));
  });

  it('leaves a person something of every kind to do', async () => {
    const kinds = async (aoo: AooId) => {
      const { items } = await region.service.views.tasks({ aoo, cursor: null, limit: 100 });
      return items.map(({ code, subject }) => `${code}: ${subject}`);
    };
    // The service of today notices by itself what has not come in time.
    const esempio = await until('a missed deadline', async () => {
      const found = await kinds(of(0));
      return found.some((task) => task.startsWith('confirmation-late')) && found;
    });
    for (const task of [
      'confirmation-late: Rendiconto della gestione associata, terzo trimestre',
      'mailbox-full: Convocazione del Consiglio comunale',
      'decide: Richiesta di parere sulla variante n. 4 al piano regolatore',
      'decide: Domanda di occupazione di suolo pubblico',
      'decide: Accesso agli atti della pratica edilizia 118/2019',
      'excepted: Nulla osta per i lavori al Ponte delle Prove',
    ])
      expect(esempio).toContain(task);
    const codes = esempio.map((task) => task.slice(0, task.indexOf(':')));
    expect(codes).toContain('answer-unmatched');
    expect(codes.filter((code) => code === 'decide').length).toBe(5);
    expect(await kinds(of(1))).toContain('not-delivered: Sopralluogo al cantiere di via dei Saggi');
  });

  it('has people, whom nobody gave a password, and offices inside that have something in hand', async () => {
    const { people, assignments } = region.service;
    const all = await people.manage.people(operator('prova'), { text: '', after: '', limit: 50 });
    expect(all.length).toBeGreaterThanOrEqual(9);
    expect(all.filter(({ hasPassword }) => hasPassword)).toEqual([]);
    const units = await people.units.unitsToday(of(0));
    expect(units.map(({ name }) => name).toSorted()).toEqual([
      'Polizia locale',
      'Segreteria',
      'Tributi',
      'Ufficio tecnico',
    ]);
    const [assigned] = (await registrations(of(0))).filter(({ subject }) =>
      subject.startsWith('Richiesta di certificato'),
    );
    const key = { register: 'PROT', year: Number(assigned?.year), number: Number(assigned?.number) };
    const held = await assignments.views.holding(of(0), key);
    expect(JSON.stringify(held)).toContain(units.find(({ code }) => code === 'UTC')?.unitId);
    expect(await people.hasAdministrator()).toBe(false);
  });

  it('has an annulled registration, and confirmed exchanges in both directions', async () => {
    const all = await registrations(of(0));
    expect(all.filter(({ annulled }) => annulled).map(({ subject }) => subject)).toEqual([
      'Comunicazione di chiusura per ferie',
    ]);
    const { items } = await region.service.views.exchanges({ aoo: of(0), cursor: null, limit: 100 });
    for (const direction of ['incoming', 'outgoing'])
      expect(
        items.some((one) => one.direction === direction && one.state === 'confirmed'),
        direction,
      ).toBe(true);
  });
});
