/** Who may do what to an assignment, and what is kept of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AssignmentAct, Holder } from '../../../src/domain/assignments/assignment.ts';
import { type AssignmentActor, readerFor } from '../../../src/service/assignments/actor.ts';
import { type AssignRequest, assign } from '../../../src/service/assignments/assign.ts';
import { decideAssignment } from '../../../src/service/assignments/decide-assignment.ts';
import { annulRegistration } from '../../../src/service/commands/annul.ts';
import { callOf, type DeskHouse, NOW, openDeskHouse, type Unit } from './desk-house.ts';

let house: DeskHouse;
let [TRIBUTI, TECNICO, VECCHIO]: Unit[] = [];
let NORA: AssignmentActor;
let PIO: AssignmentActor;
let LIA: AssignmentActor;
let UGO: AssignmentActor;
let EVA: AssignmentActor;
beforeAll(async () => {
  house = await openDeskHouse();
  TRIBUTI = await house.unit(house.office, 'Tributi');
  TECNICO = await house.unit(house.office, 'Ufficio tecnico');
  VECCHIO = await house.unit(house.office, 'Commercio', { to: '2026-02-01', successor: TRIBUTI });
  NORA = await house.person(house.office, 'Nora Esempi', 'protocol');
  PIO = await house.person(house.office, 'Pio Modello', 'unit-head', [], [TRIBUTI]);
  LIA = await house.person(house.office, 'Lia Bozza', 'unit-member', [TRIBUTI]);
  UGO = await house.person(house.office, 'Ugo Prova', 'unit-member', [TECNICO]);
  EVA = await house.person(house.office, 'Eva Saggio', 'auditor');
});
afterAll(() => house.close());
beforeEach(() => {
  house.time.at = NOW;
});

type Given = Awaited<ReturnType<typeof given>>;
const later = (minutes: number): void => {
  house.time.at = new Date(house.time.at.getTime() + minutes * 60_000);
};
const request = (change: Partial<AssignRequest> & Pick<AssignRequest, 'registration'>): AssignRequest => ({
  competence: null,
  information: [],
  note: '',
  version: null,
  ...change,
});

/** A registration that Nora has assigned to Tributi, or to somebody there. */
async function given(to: Holder = TRIBUTI as Unit, information: readonly Holder[] = []) {
  const registration = await house.registration();
  const done = await assign(
    house.office,
    request({ registration, competence: to, information }),
    NORA,
    callOf(NORA),
    house.deps,
  );
  expect(done).toMatchObject({ ok: true });
  const { competence } = await house.views.holding(house.office.aoo, registration);
  return { registration, assignmentId: competence?.assignmentId ?? '' };
}

const act = (
  { assignmentId }: Pick<Given, 'assignmentId'>,
  actor: AssignmentActor,
  what: AssignmentAct,
  change: { to?: Holder; note?: string; version?: number; key?: string } = {},
) =>
  decideAssignment(
    house.office,
    { assignmentId, act: what, to: change.to ?? null, note: change.note ?? '', version: change.version ?? null },
    actor,
    callOf(actor, change.key ?? null, what),
    house.deps,
  );
const codeOf = async (done: Promise<{ ok: boolean }>): Promise<string> => {
  const result = (await done) as { ok: true } | { ok: false; problem: { code: string } };
  return result.ok ? 'done' : result.problem.code;
};
const holding = ({ registration }: Pick<Given, 'registration'>) => house.views.holding(house.office.aoo, registration);
const history = async ({ registration }: Pick<Given, 'registration'>) =>
  (await house.views.history(house.office.aoo, registration)).map(({ act, by, from, to, note }) =>
    [act, by, from, to, note].map((part) => part ?? '-').join(' | '),
  );

describe('an assignment', () => {
  it('goes from the desk to a unit, is taken, passed on and closed; its history names everybody', async () => {
    const one = await given();
    later(5);
    expect(await act(one, LIA, 'accept')).toMatchObject({
      ok: true,
      value: { state: 'taken', holder: 'Tributi, Lia Bozza' },
    });
    later(5);
    expect(await codeOf(act(one, LIA, 'note', { note: 'Chiesto il parere.' }))).toBe('done');
    later(5);
    expect(await codeOf(act(one, PIO, 'reassign', { to: TECNICO as Unit, note: 'Riguarda una strada.' }))).toBe('done');
    later(5);
    expect(await codeOf(act(one, UGO, 'accept'))).toBe('done');
    later(5);
    expect(await codeOf(act(one, UGO, 'close'))).toBe('done');
    expect(await history(one)).toEqual([
      'assigned | Nora Esempi | - | Tributi | ',
      'accepted | Lia Bozza | Tributi | Tributi, Lia Bozza | ',
      'noted | Lia Bozza | Tributi, Lia Bozza | - | Chiesto il parere.',
      'reassigned | Pio Modello | Tributi, Lia Bozza | Ufficio tecnico | Riguarda una strada.',
      'accepted | Ugo Prova | Ufficio tecnico | Ufficio tecnico, Ugo Prova | ',
      'closed | Ugo Prova | Ufficio tecnico, Ugo Prova | - | ',
    ]);
    expect((await holding(one)).competence).toMatchObject({
      state: 'done',
      unit: 'Ufficio tecnico',
      person: 'Ugo Prova',
      since: house.time.at,
      version: 5,
    });
  });

  it('that is refused goes back to whoever assigned it and to the protocol desk, with the reason', async () => {
    const one = await given();
    const { registration } = one;
    expect(await codeOf(act(one, LIA, 'return'))).toBe('assignment-reason-missing');
    expect(await act(one, LIA, 'return', { note: 'Non riguarda i tributi.' })).toMatchObject({
      ok: true,
      value: { state: 'returned', holder: '' },
    });
    const other = await house.person(house.office, 'Mario Prova', 'protocol');
    const returned = async (actor: AssignmentActor, scope: 'own' | 'office') => {
      const page = await house.views.list(readerFor(actor), {
        aoo: house.office.aoo,
        list: 'returned',
        scope,
        cursor: null,
        limit: 50,
      });
      return page?.items.filter(({ number }) => number === registration.number) ?? [];
    };
    // Of the whole desk, and of Nora in person.
    expect(await returned(other, 'office')).toMatchObject([
      { lastBy: 'Lia Bozza', lastNote: 'Non riguarda i tributi.' },
    ]);
    expect(await returned(NORA, 'own')).toHaveLength(1);
    expect(await returned(other, 'own')).toHaveLength(0);
    expect(await returned(LIA, 'own')).toHaveLength(0);
    // It is with nobody: the unit that gave it back has nothing to do with it any more.
    expect(await codeOf(act(one, LIA, 'accept'))).toBe('not-found');
    expect(await codeOf(act(one, other, 'reassign', { to: TECNICO as Unit }))).toBe('done');
    expect(await returned(NORA, 'own')).toHaveLength(0);
  });

  it('is taken by whoever belongs to the unit, or only by the person it is for', async () => {
    expect(await codeOf(act(await given(), UGO, 'accept'))).toBe('not-found');
    expect(await codeOf(act(await given(), NORA, 'accept'))).toBe('assignment-not-yours');
    expect(await codeOf(act(await given(), EVA, 'accept'))).toBe('assignment-not-yours');
    const forLia = await given({ unitId: (TRIBUTI as Unit).unitId, personId: LIA.personId });
    expect(await codeOf(act(forLia, PIO, 'accept'))).toBe('assignment-not-yours');
    expect(await codeOf(act(forLia, LIA, 'accept'))).toBe('done');
    expect(await codeOf(act(forLia, LIA, 'accept'))).toBe('assignment-state');
  });

  it('of somebody else is passed on only by the head of their unit or the desk', async () => {
    const mate = await house.person(house.office, 'Ada Bozza', 'unit-member', [TRIBUTI as Unit]);
    const one = await given({ unitId: (TRIBUTI as Unit).unitId, personId: LIA.personId });
    expect(await codeOf(act(one, mate, 'reassign', { to: TECNICO as Unit }))).toBe('assignment-not-yours');
    expect(await codeOf(act(one, EVA, 'reassign', { to: TECNICO as Unit }))).toBe('assignment-not-yours');
    expect(await codeOf(act(one, UGO, 'reassign', { to: TECNICO as Unit }))).toBe('not-found');
    const inside = { unitId: (TRIBUTI as Unit).unitId, personId: mate.personId };
    expect(await codeOf(act(one, PIO, 'reassign', { to: inside }))).toBe('done');
    expect(await codeOf(act(one, NORA, 'reassign', { to: inside }))).toBe('assignment-target-same');
    expect(await codeOf(act(one, NORA, 'reassign', { to: TECNICO as Unit }))).toBe('done');
  });

  it('is delegated to a colleague of the same unit, not to others', async () => {
    const mate = await house.person(house.office, 'Ivo Bozza', 'unit-member', [TRIBUTI as Unit]);
    const one = await given();
    await act(one, LIA, 'accept');
    expect(await codeOf(act(one, LIA, 'delegate', { to: TECNICO as Unit }))).toBe('assignment-target-outside');
    const inside = { unitId: (TRIBUTI as Unit).unitId, personId: mate.personId };
    expect(await act(one, LIA, 'delegate', { to: inside, note: 'Sono assente fino a venerdì.' })).toMatchObject({
      value: { state: 'assigned', holder: 'Tributi, Ivo Bozza' },
    });
    expect(await codeOf(act(one, mate, 'accept'))).toBe('done');
    expect(await codeOf(act(one, mate, 'close'))).toBe('done');
  });

  it('of an absent person is dealt with by who stands in, in the name of both', async () => {
    const boss = await house.person(house.office, 'Ida Saggio', 'unit-head', [], [TECNICO as Unit]);
    const one = await given({ unitId: (TECNICO as Unit).unitId, personId: boss.personId });
    expect(await codeOf(act(one, LIA, 'accept'))).toBe('not-found');
    const standIn = (first: string, last: string) =>
      house.pool.query(
        `insert into delegation (aoo, delegation_id, from_person, to_person, first_day, last_day, created_at)
         values ($1, gen_random_uuid(), $2, $3, $4, $5, now())`,
        [house.office.aoo, boss.personId, LIA.personId, first, last],
      );
    await standIn('2026-11-01', '2026-11-29');
    expect(await codeOf(act(one, LIA, 'accept'))).toBe('not-found');
    await standIn('2026-11-30', '2026-12-04');
    expect(await codeOf(act(one, LIA, 'accept'))).toBe('done');
    const [, accepted] = await house.views.history(house.office.aoo, one.registration);
    expect(accepted).toMatchObject({ act: 'accepted', by: 'Lia Bozza', onBehalfOf: 'Ufficio tecnico, Ida Saggio' });
    expect((await holding(one)).competence).toMatchObject({ person: 'Ida Saggio' });
  });
});

describe('whom something is assigned to', () => {
  const tried = async (competence: Holder, information: readonly Holder[] = []) =>
    assign(
      house.office,
      request({ registration: await house.registration(), competence, information }),
      NORA,
      callOf(NORA),
      house.deps,
    );

  it('is a unit of today: a ceased one names its successor', async () => {
    expect(await tried(VECCHIO as Unit)).toMatchObject({
      ok: false,
      problem: {
        code: 'assignment-unit-inactive',
        message: "L'ufficio indicato non è attivo: Commercio è cessato il 01/02/2026, ora c'è Tributi.",
      },
    });
    const one = await given();
    expect(await codeOf(act(one, NORA, 'reassign', { to: VECCHIO as Unit }))).toBe('assignment-unit-inactive');
    expect(await codeOf(tried(TRIBUTI as Unit, [VECCHIO as Unit]))).toBe('assignment-unit-inactive');
  });

  it('is somebody of that unit who still works there', async () => {
    const unitId = (TRIBUTI as Unit).unitId;
    expect(await codeOf(tried({ unitId, personId: UGO.personId }))).toBe('assignment-person-elsewhere');
    const gone = await house.person(house.office, 'Rino Ieri', 'unit-member', [TRIBUTI as Unit]);
    await house.pool.query('update person set disabled_at = now() where person_id = $1', [gone.personId]);
    expect(await codeOf(tried({ unitId, personId: gone.personId }))).toBe('assignment-person-elsewhere');
    expect(await codeOf(tried({ unitId: null, personId: null }))).toBe('assignment-target-missing');
  });

  it('belongs to this office: units and persons of another do not exist here', async () => {
    const theirs = await house.unit(house.other, 'Anagrafe altrui');
    const stranger = await house.person(house.other, 'Zoe Altrove', 'unit-member', [theirs]);
    expect(await codeOf(tried(theirs))).toBe('assignment-target-missing');
    expect(await codeOf(tried({ unitId: null, personId: stranger.personId }))).toBe('assignment-target-missing');
    const one = await given();
    const there = { ...house.deps };
    const asked = { assignmentId: one.assignmentId, act: 'accept', to: null, note: '', version: null } as const;
    expect(await codeOf(decideAssignment(house.other, asked, stranger, callOf(stranger), there))).toBe('not-found');
  });

  it('that is open ends with the annulment, in its transaction, by name of who annulled; nothing can be done to it then', async () => {
    const [taken, returned] = [await given(TRIBUTI, [TECNICO as Unit]), await given()];
    expect(await codeOf(act(taken, LIA, 'accept'))).toBe('done');
    expect(await codeOf(act(returned, PIO, 'return', { note: 'Non è nostra.' }))).toBe('done');
    later(5);
    const { office } = house;
    for (const { registration } of [taken, returned])
      expect(
        await annulRegistration(office, { registration, reason: 'errore', provision: '1' }, callOf(NORA), house.deps),
      ).toMatchObject({ ok: true });
    const said = 'La registrazione è stata annullata.';
    expect((await history(taken)).filter((line) => line.endsWith(said))).toEqual([
      `closed | Nora Esempi | Tributi, Lia Bozza | - | ${said}`,
    ]);
    expect((await history(returned)).at(-1)).toBe(`withdrawn | Nora Esempi | Tributi | - | ${said}`);
    expect((await holding(taken)).competence).toMatchObject({ state: 'done', person: 'Lia Bozza' });
    // Who was told of it, and has not read it, may still see what became of it.
    expect((await holding(taken)).information).toMatchObject([{ state: 'unread' }]);
    for (const what of ['accept', 'close', 'withdraw'] as const)
      expect(await codeOf(act(taken, what === 'withdraw' ? NORA : LIA, what))).toBe('registration-annulled');
    expect(await codeOf(act(taken, LIA, 'note', { note: 'Vista.' }))).toBe('done');
    const { rows } = await house.pool.query<{ content: string }>('select content from audit where aoo = $1', [
      office.aoo,
    ]);
    const ended = rows.filter(({ content }) => content.includes(said) && content.includes(NORA.personId));
    expect(ended).toHaveLength(2);
  });

  it('is not asked of an annulled registration', async () => {
    const one = await given();
    const { register, year, number } = one.registration;
    await house.pool.query(
      `insert into registration_annulment (aoo, register, year, number, at, reason, provision, by)
       values ($1, $2, $3, $4, now(), 'errore', 'atto 1', 'Nora Esempi')`,
      [house.office.aoo, register, year, number],
    );
    expect(await codeOf(act(one, NORA, 'reassign', { to: TECNICO as Unit }))).toBe('registration-annulled');
  });
});

describe('assigning', () => {
  it('for competence is done by the desk; what somebody has is reassigned instead', async () => {
    const registration = await house.registration();
    const asked = request({ registration, competence: TRIBUTI as Unit });
    expect(await codeOf(assign(house.office, asked, LIA, callOf(LIA), house.deps))).toBe('not-found');
    expect(await codeOf(assign(house.office, asked, EVA, callOf(EVA), house.deps))).toBe('assignment-not-yours');
    expect(await codeOf(assign(house.office, asked, NORA, callOf(NORA), house.deps))).toBe('done');
    expect(await codeOf(assign(house.office, asked, NORA, callOf(NORA), house.deps))).toBe('assignment-held');
    expect(await codeOf(assign(house.office, { ...asked, version: 0 }, NORA, callOf(NORA), house.deps))).toBe(
      'assignment-changed',
    );
  });

  it('for information reaches each once; reading is marked, withdrawing ends it', async () => {
    const one = await given(TRIBUTI as Unit, [TECNICO as Unit, TECNICO as Unit]);
    const told = (await holding(one)).information;
    expect(told).toMatchObject([{ unit: 'Ufficio tecnico', state: 'unread' }]);
    later(1);
    // Whoever has it in hand may inform others; whoever already knows is not told again.
    const more = request({
      registration: one.registration,
      information: [TECNICO as Unit, { unitId: null, personId: EVA.personId }],
    });
    expect(await assign(house.office, more, LIA, callOf(LIA), house.deps)).toMatchObject({
      value: { information: ['Eva Saggio'] },
    });
    expect(await codeOf(assign(house.office, more, UGO, callOf(UGO), house.deps))).toBe('assignment-not-yours');
    const [first] = told;
    const toUgo = { assignmentId: first?.assignmentId ?? '' };
    expect(await codeOf(act(toUgo, NORA, 'read'))).toBe('assignment-not-yours');
    later(3);
    expect(await codeOf(act(toUgo, UGO, 'read'))).toBe('done');
    expect((await holding(one)).information).toMatchObject([
      { state: 'read', lastBy: 'Ugo Prova', since: house.time.at },
      {},
    ]);
    expect(await codeOf(act(toUgo, UGO, 'withdraw'))).toBe('assignment-not-yours');
    expect(await codeOf(act(toUgo, NORA, 'withdraw'))).toBe('done');
    expect((await holding(one)).information).toMatchObject([{ person: 'Eva Saggio' }]);
    expect(await codeOf(act(toUgo, UGO, 'read'))).toBe('not-found');
  });

  it('keeps what a rule wrote as the office, and names the unit of that name', async () => {
    const { register, year, number } = await house.registration();
    const written = (version: number, office: string) =>
      house.pool.query(
        `insert into registration_change (aoo, register, year, number, version, at, field, old_value, new_value, by)
         values ($1, $2, $3, $4, $5, now(), 'office', null, $6, 'interpro')`,
        [house.office.aoo, register, year, number, version, office],
      );
    await written(1, 'URP');
    expect((await house.views.holding(house.office.aoo, { register, year, number })).byRule).toEqual({
      office: 'URP',
      unitId: null,
      unit: null,
    });
    await written(2, 'ufficio TECNICO');
    expect((await house.views.holding(house.office.aoo, { register, year, number })).byRule).toEqual({
      office: 'ufficio TECNICO',
      unitId: (TECNICO as Unit).unitId,
      unit: 'Ufficio tecnico',
    });
  });
});

describe('what is reserved', () => {
  it('is there for the head, for who registered it and for whom it is with; for the others of the desk it is not', async () => {
    const boss = await house.person(house.office, 'Ada Capo', 'head');
    const mate = await house.person(house.office, 'Ivo Sportello', 'protocol');
    const registration = await house.registration();
    const { register, year, number } = registration;
    await house.pool.query(
      `insert into registration_reserved (aoo, register, year, number, registered_by, reserved_at, reserved_by)
       values ($1, $2, $3, $4, $5, now(), 'prova')`,
      [house.office.aoo, register, year, number, NORA.personId],
    );
    const asked = request({ registration, competence: TRIBUTI as Unit });
    expect(await codeOf(assign(house.office, asked, mate, callOf(mate), house.deps))).toBe('not-found');
    expect(await codeOf(assign(house.office, asked, NORA, callOf(NORA), house.deps))).toBe('done');
    const { competence } = await house.views.holding(house.office.aoo, registration);
    const one = { registration, assignmentId: competence?.assignmentId ?? '' };
    expect(await codeOf(act(one, mate, 'reassign', { to: TECNICO as Unit }))).toBe('not-found');
    const shown = async (actor: AssignmentActor) => {
      const query = { aoo: house.office.aoo, list: 'to-take', scope: 'office' } as const;
      const page = await house.views.list(readerFor(actor), { ...query, cursor: null, limit: 500 });
      return {
        listed: page?.items.some((item) => item.number === number),
        counted: await house.views.count(readerFor(actor), query),
        waiting: (await house.views.backlog(readerFor(actor), house.office.aoo)).find(({ unit }) => unit === 'Tributi')
          ?.toTake,
        opened: (await house.views.about(readerFor(actor), house.office.aoo, registration)) !== null,
      };
    };
    const [seen, hidden] = [await shown(boss), await shown(mate)];
    expect([seen.listed, seen.opened, hidden.listed, hidden.opened]).toEqual([true, true, false, false]);
    expect(hidden.counted).toBe(seen.counted - 1);
    expect(hidden.waiting).toBe((seen.waiting ?? 0) - 1);
    expect(await shown(LIA)).toMatchObject({ listed: true, opened: true });
    expect(await codeOf(act(one, boss, 'reassign', { to: TECNICO as Unit }))).toBe('done');
  });
});

describe('two at once', () => {
  it('one accepts what the other reassigns: the second is told who, what and when, and nothing is overwritten', async () => {
    const one = await given();
    later(7);
    expect(await codeOf(act(one, NORA, 'reassign', { to: TECNICO as Unit, version: 1 }))).toBe('done');
    // Lia's page still shows it with her unit.
    expect(await act(one, LIA, 'accept', { version: 1 })).toMatchObject({
      ok: false,
      problem: {
        code: 'assignment-changed',
        message: "L'assegnazione è cambiata nel frattempo: Nora Esempi l'ha riassegnata alle 09:07.",
      },
    });
    // Whoever never had it learns nothing, whatever version they name.
    expect(await codeOf(act(one, LIA, 'accept', { version: 2 }))).toBe('not-found');
    const stranger = await house.person(house.office, 'Teo Altrove', 'unit-member', []);
    expect(await codeOf(act(one, stranger, 'accept', { version: 1 }))).toBe('not-found');
    expect((await holding(one)).competence).toMatchObject({ unit: 'Ufficio tecnico', state: 'assigned', version: 2 });
  });

  it('at the very same moment, one of them wins', async () => {
    for (let round = 0; round < 5; round += 1) {
      const one = await given();
      const tries = await Promise.all([
        codeOf(act(one, LIA, 'accept', { version: 1 })),
        codeOf(act(one, NORA, 'reassign', { to: TECNICO as Unit, version: 1 })),
        codeOf(act(one, PIO, 'return', { note: 'Non è nostra.', version: 1 })),
      ]);
      expect([...tries].sort()).toEqual(['assignment-changed', 'assignment-changed', 'done']);
      expect(await history(one)).toHaveLength(2);
    }
  });

  it('the same act key does it once, and gives the same answer', async () => {
    const one = await given();
    const [first, second] = await Promise.all([
      act(one, LIA, 'accept', { version: 1, key: 'chiave-1' }),
      act(one, LIA, 'accept', { version: 1, key: 'chiave-1' }),
    ]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toEqual(first);
    expect(await history(one)).toHaveLength(2);
    expect(await codeOf(act(one, LIA, 'close', { key: 'chiave-1' }))).toBe('idempotency-key-reused');
  });
});

it('every act leaves one audit record that names the person, and its events can be changed by nobody', async () => {
  const one = await given();
  await act(one, LIA, 'return', { note: 'Non è nostra.' });
  const { register, year, number } = one.registration;
  const { rows } = await house.pool.query<{ content: string }>(
    `select content from audit where aoo = $1 and content like '%"subject":"${register}/${year}/${number}"%' and content like '%assignment-%' order by seq`,
    [house.office.aoo],
  );
  expect(rows.map(({ content }) => JSON.parse(content) as unknown)).toMatchObject([
    { action: 'assignment-assigned', data: { by: 'Nora Esempi', person: NORA.personId, to: { name: 'Tributi' } } },
    { action: 'assignment-returned', data: { by: 'Lia Bozza', from: { name: 'Tributi' }, note: 'Non è nostra.' } },
  ]);
  const refusal = (client: { query(sql: string): Promise<unknown> }) =>
    client.query("update assignment_event set note = 'altro'").then(
      () => 'changed',
      ({ code }: { code: string }) => code,
    );
  expect(await refusal(house.pool)).toBe('42501');
  expect(await house.asOwner(refusal)).toBe('23001');
});
