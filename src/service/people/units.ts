/** The offices inside an AOO: who heads them, who belongs to them, since when they are, and what they became. */
import { type Clock, legalTime } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse, refuseAll } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AccessLog } from './access-log.ts';
import { type AbsenceStore, isCalendarDay } from './own-account.ts';
import { toName } from './password-rules.ts';
import type { Actor } from './person.ts';
import type { PersonStore, RightsStore, RightsTransaction } from './store.ts';
import { isValidOn, type Unit } from './unit.ts';

export interface UnitStore {
  /** By name, ceased ones included. */
  units(aoo: AooId, today: string): Promise<readonly Unit[]>;
}

export interface UnitForm {
  readonly name: string;
  readonly code: string;
  readonly validFrom: string;
  /** '': it goes on. */
  readonly validTo: string;
  /** '': none. */
  readonly successor: string;
}

export interface Units {
  /** Those of today, for whoever assigns. */
  unitsToday(aoo: AooId): Promise<readonly Unit[]>;
  allUnits(aoo: AooId): Promise<readonly Unit[]>;
  /** Enabled persons with a role or a unit in the office, by name. */
  whoWorksAt: AbsenceStore['colleagues'];
  addUnit(aoo: AooId, form: UnitForm, by: Actor): Promise<Result<Unit>>;
  changeUnit(aoo: AooId, unitId: string, version: number, form: UnitForm, by: Actor): Promise<Result<null>>;
  setMember(aoo: AooId, unitId: string, personId: string, isHead: boolean, by: Actor): Promise<Result<null>>;
  removeMember(aoo: AooId, unitId: string, personId: string, by: Actor): Promise<Result<null>>;
}

export interface UnitDeps {
  readonly store: UnitStore &
    RightsStore &
    Pick<PersonStore, 'person' | 'workplaces'> &
    Pick<AbsenceStore, 'colleagues'>;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
}

const CODE = /^[A-Za-z0-9._-]{1,32}$/;

export function openUnits(deps: UnitDeps): Units {
  const { store, clock } = deps;
  const today = () => legalTime(clock.now()).date;
  const all = (aoo: AooId) => store.units(aoo, today());
  const mayChange = ({ scope }: Actor, aoo: AooId): boolean => scope === 'node' || scope === aoo;
  const one = async (aoo: AooId, unitId: string, by: Actor): Promise<Result<Unit>> => {
    const unit = mayChange(by, aoo) ? (await all(aoo)).find((known) => known.unitId === unitId) : undefined;
    return unit === undefined ? refuse(problem('not-found')) : ok(unit);
  };
  return {
    unitsToday: async (aoo) => (await all(aoo)).filter((unit) => isValidOn(unit, today())),
    allUnits: all,
    whoWorksAt: (aoo) => store.colleagues(aoo),
    async addUnit(aoo, form, by) {
      if (!mayChange(by, aoo)) return refuse(problem('not-found'));
      const unitId = uuidv7(clock.now());
      const checked = checkUnit(form, unitId, await all(aoo));
      if (!checked.ok) return checked;
      const unit = { ...checked.value, aoo, unitId, version: 1 };
      const data = { name: unit.name, code: unit.code };
      const isNew = await audited(deps, aoo, by, ['unit-added', unitId, data], (tx) => tx.addUnit(unit));
      if (!isNew) return refuse(problem('unit-code-taken', 'code'));
      return ok({ ...unit, members: [] });
    },
    async changeUnit(aoo, unitId, version, form, by) {
      const known = await one(aoo, unitId, by);
      if (!known.ok) return known;
      const checked = checkUnit({ ...form, code: known.value.code }, unitId, await all(aoo));
      if (!checked.ok) return checked;
      const { members, ...facts } = { ...known.value, ...checked.value, version };
      const data = { ...checked.value, members: members.length };
      const isDone = await audited(deps, aoo, by, ['unit-changed', unitId, data], (tx) => tx.changeUnit(facts));
      if (!isDone) return refuse(problem('unit-changed'));
      return ok(null);
    },
    async setMember(aoo, unitId, personId, isHead, by) {
      const known = await one(aoo, unitId, by);
      if (!known.ok) return known;
      const person = await store.person(personId);
      // Whoever administers an office takes nobody from another one.
      const isHere = by.scope === 'node' || (await store.workplaces(personId)).some((place) => place.aoo === aoo);
      if (person === null || !isHere) return refuse(problem('not-found'));
      const data = { person: person.name, isHead };
      await audited(deps, aoo, by, ['unit-member-set', unitId, data], async (tx) => {
        await tx.setMember(aoo, unitId, personId, isHead, clock.now());
        return true;
      });
      // Whoever administers has no contents: that somebody took them by an office inside is a line of its own, too.
      if (by.personId === personId)
        await deps.accessLog.record('own-content-role', {
          ...{ personId, person: person.name, aoo, address: by.address },
          data: { by: by.name, role: isHead ? 'unit-head' : 'unit-member', unit: known.value.name },
        });
      return ok(null);
    },
    async removeMember(aoo, unitId, personId, by) {
      const known = await one(aoo, unitId, by);
      if (!known.ok) return known;
      const person = await store.person(personId);
      if (person === null) return refuse(problem('not-found'));
      const isDone = await audited(deps, aoo, by, ['unit-member-removed', unitId, { person: person.name }], (tx) =>
        tx.removeMember(aoo, unitId, personId),
      );
      return isDone ? ok(null) : refuse(problem('not-found'));
    },
  };
}

type Checked = Pick<Unit, 'name' | 'code' | 'validFrom' | 'validTo' | 'successor'>;

function checkUnit(form: UnitForm, unitId: string, others: readonly Unit[]): Result<Checked> {
  const name = toName(form.name);
  const validTo = form.validTo === '' ? null : form.validTo;
  const successor = form.successor === '' ? null : form.successor;
  const wrong = (at: string, detail: string): Problem => problem('unit-invalid', at, detail);
  const isCode = CODE.test(form.code);
  const isFrom = isCalendarDay(form.validFrom);
  const isTo = validTo === null || (isCalendarDay(validTo) && validTo > form.validFrom);
  const isOther = successor !== unitId && others.some((one) => one.unitId === successor);
  const isSuccessor = successor === null || (validTo !== null && isOther);
  if (name === null || !isCode || !isFrom || !isTo || !isSuccessor)
    return refuseAll([
      name === null && wrong('name', 'manca la denominazione'),
      !isCode && wrong('code', 'il codice ha da 1 a 32 lettere, cifre e segni . _ -'),
      !isFrom && wrong('validFrom', 'manca il giorno da cui vale'),
      !isTo && wrong('validTo', 'cessa dopo il giorno da cui vale'),
      !isSuccessor && wrong('successor', 'chi prosegue si indica quando un ufficio cessa, ed è un altro ufficio'),
    ]);
  return ok({ name, code: form.code, validFrom: form.validFrom, validTo, successor });
}

type Recorded = readonly [action: string, unitId: string, data: Readonly<Record<string, unknown>>];

/** False: `work` did nothing, and nothing is recorded. */
async function audited(
  { store, clock, accessLog }: UnitDeps,
  aoo: AooId,
  by: Actor,
  [action, unitId, data]: Recorded,
  work: (tx: RightsTransaction) => Promise<boolean>,
): Promise<boolean> {
  const isDone = await store.changeRights(aoo, clock.now(), async (tx) => {
    if (!(await work(tx))) return false;
    tx.audit(action, unitId, { by: by.name, ...data });
    return true;
  });
  if (isDone)
    await accessLog.record('unit-changed', {
      personId: by.personId,
      person: by.name,
      aoo,
      address: by.address,
      data: { action, ...data },
    });
  return isDone;
}
