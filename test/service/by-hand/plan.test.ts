/** The plan of classification: how it is read, what would change, and that it is taken as it was seen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import { COUNCIL_PLAN } from '../../../src/domain/register/council-plan.ts';
import type { AssignmentActor } from '../../../src/service/assignments/actor.ts';
import { checkPlan, importPlan, planDifferences, planOf, planVersion } from '../../../src/service/by-hand/plan.ts';
import { callOf, type DeskHouse, openDeskHouse } from '../assignments/desk-house.ts';

describe('a plan as CSV', () => {
  const entriesOf = (csv: string) => {
    const { entries, problems } = checkPlan(csv);
    expect(problems).toEqual([]);
    return entries.map(({ code, title, reserved }) => [code, title, reserved]);
  };

  it('is read with semicolons, commas or tabs, with heads, quotes and reserved classes', () => {
    const expected = [
      ['I', 'Amministrazione', false],
      ['I.1', 'Statuto; regolamenti', true],
    ];
    expect(
      entriesOf('\ufeffCodice;Descrizione;Riservato\r\nI;Amministrazione;\r\nI.1;"Statuto; regolamenti";Sì\r\n'),
    ).toEqual(expected);
    expect(entriesOf('I,Amministrazione\nI.1,"Statuto; regolamenti",x\n\n')).toEqual(expected);
    expect(entriesOf('I\tAmministrazione\nI.1\tStatuto; regolamenti\triservato')).toEqual(expected);
    expect(entriesOf('I;"Detta ""la prima"",\ncon un a capo"')).toEqual([
      ['I', 'Detta "la prima",\ncon un a capo', false],
    ]);
  });

  it('tells every line that cannot be taken, by its number in the file', () => {
    const csv = 'I;Amministrazione\n\n=1+1;Formula\nI.1;\nI;Di nuovo\nII;"due\nrighe"\nIII.;Male\n';
    expect(checkPlan(csv).problems.map(({ message }) => message)).toEqual([
      'Il titolario non si legge: riga 3, il codice «=1+1» non ha la forma di un codice, come VI.3.',
      'Il titolario non si legge: riga 4, manca la descrizione di I.1.',
      "Il titolario non si legge: riga 5, il codice I c'è già.",
      'Il titolario non si legge: riga 8, il codice «III.» non ha la forma di un codice, come VI.3.',
    ]);
    expect(checkPlan('I;Uno\nII;"Due\nIII;Tre').problems[0]?.message).toContain(
      'riga 2, le virgolette non si chiudono',
    );
    expect(checkPlan(`I;${'x'.repeat(501)}`).problems[0]?.message).toContain('supera i 500 caratteri');
    expect(checkPlan('').problems.map(({ code }) => code)).toEqual(['plan-empty']);
    expect(checkPlan('Codice;Titolo\n').problems.map(({ code }) => code)).toEqual(['plan-empty']);
    expect(checkPlan('x'.repeat(1024 * 1024 + 1)).problems).toHaveLength(1);
    expect(checkPlan('male\n'.repeat(10_000)).problems.length).toBeLessThanOrEqual(20);
    expect(checkPlan(Array.from({ length: 5_002 }, (_, n) => `${n};x`).join('\n')).problems).toHaveLength(1);
  });

  it('is held against the one in use', () => {
    const now = [
      { code: 'I', title: 'Uno', reserved: false },
      { code: 'II', title: 'Due', reserved: false },
      { code: 'III', title: 'Tre', reserved: false },
    ];
    const then = [
      { code: 'I', title: 'Uno', reserved: false },
      { code: 'II', title: 'Due', reserved: true },
      { code: 'IV', title: 'Quattro', reserved: false },
    ];
    expect(planDifferences(now, then)).toEqual({
      added: [then[2]],
      changed: [[now[1], then[1]]],
      retired: [now[2]],
      same: 1,
    });
  });
});

describe('the plan of an office', () => {
  let house: DeskHouse;
  let NORA: AssignmentActor;
  beforeAll(async () => {
    house = await openDeskHouse();
    NORA = await house.person(house.office, 'Nora Esempi', 'head');
  });
  afterAll(() => house?.close());
  const used = () => planOf(house.office.aoo, postgresByHand(house.pool).filing);
  const bring = (csv: string, version: string) => importPlan(house.office, { csv, version }, callOf(NORA), house.deps);

  it('is that of the councils, fourteen titles, until it brings its own', async () => {
    const plan = await used();
    expect(plan).toBe(COUNCIL_PLAN);
    expect(plan.filter(({ code }) => !code.includes('.'))).toHaveLength(14);
    expect(plan.find(({ code }) => code === 'X.2')).toMatchObject({ reserved: true });
  });

  it('is taken over whole, in its order; what it no longer has is retired, and comes back if it is brought again', async () => {
    expect(await bring('II;Due\nI;Uno\nI.1;Uno uno;si', planVersion(COUNCIL_PLAN))).toEqual({
      ok: true,
      value: { entries: 3 },
    });
    expect((await used()).map(({ code }) => code)).toEqual(['II', 'I', 'I.1']);
    expect(await bring('I;Primo', planVersion(await used()))).toMatchObject({ ok: true });
    expect(await used()).toEqual([{ code: 'I', title: 'Primo', reserved: false }]);
    const { rows } = await house.pool.query('select code from classification where aoo = $1 order by code', [
      house.office.aoo,
    ]);
    expect(rows.map(({ code }) => code)).toEqual(['I', 'I.1', 'II']);
    expect(await bring('I;Primo\nII;Secondo', planVersion(await used()))).toMatchObject({ ok: true });
    expect((await used()).map(({ title }) => title)).toEqual(['Primo', 'Secondo']);
    const { rows: audit } = await house.pool.query(
      `select content::jsonb -> 'data' as data from audit where aoo = $1 and content::jsonb ->> 'action' = 'plan-imported'
        order by seq desc limit 1`,
      [house.office.aoo],
    );
    expect(audit[0]).toEqual({
      data: { by: 'Nora Esempi', person: NORA.personId, entries: 2, added: 1, changed: 0, retired: [] },
    });
  });

  it('is not replaced by who has seen another one, nor by what cannot be read', async () => {
    const before = await used();
    expect(await bring('I;Altro', planVersion(COUNCIL_PLAN))).toMatchObject({
      ok: false,
      problem: { code: 'version-conflict' },
    });
    expect(await bring('I;Altro\n!;Male', planVersion(before))).toMatchObject({
      ok: false,
      problem: { code: 'plan-unreadable' },
    });
    expect(await used()).toEqual(before);
    expect(await planOf(house.other.aoo, postgresByHand(house.pool).filing)).toBe(COUNCIL_PLAN);
  });
});
