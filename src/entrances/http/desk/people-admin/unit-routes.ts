import type { AooId } from '../../../../kernel/ids.ts';
import { PROBLEMS } from '../../../../kernel/problems.ts';
import { uuidOrNil } from '../../../../kernel/uuid.ts';
import type { People } from '../../../../service/people/people.ts';
import type { UnitForm } from '../../../../service/people/units.ts';
import type { Office } from '../../../../service/register/office.ts';
import { type Faults, faultyTitle, NO_FAULTS, refusalFaults } from '../components/fields.ts';
import { romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { refused, seeOther } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { administratorOf, reachedOffices } from './admin-frame.ts';
import { unitListPage, unitPage, unitPath } from './unit-pages.ts';

export interface UnitAdminDeps {
  readonly people: People;
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly now: () => Date;
}

const PATH = '/amministrazione/uffici-interni';
const RIGHT = 'administration';
type Admin = Visit<'administration'>;

/** The AOO that the address names, else the one that is worked for; null: none, or one that is not administered. */
function placeOf({ caller, query, aoo }: Admin, { offices }: UnitAdminDeps): Office | null {
  const reached = reachedOffices(caller, offices);
  const wanted = query.text('aoo') || aoo;
  return reached.find((one) => one.aoo === wanted) ?? (query.has('aoo') ? null : (reached[0] ?? null));
}

export function unitAdminRoutes(desk: Desk, deps: UnitAdminDeps): void {
  const { units } = deps.people;
  desk.page({ path: PATH, right: RIGHT }, async (visit) => {
    const place = placeOf(visit, deps);
    if (place === null) return notFoundView;
    return {
      title: 'Uffici interni',
      at: 'amministrazione',
      body: unitListPage({
        aoo: place.aoo,
        places: reachedOffices(visit.caller, deps.offices),
        units: await units.allUnits(place.aoo),
        today: romeDay(deps.now()),
      }),
    };
  });
  desk.page({ path: `${PATH}/nuovo`, right: RIGHT }, (visit) => show(visit, deps, null));
  desk.act({ path: `${PATH}/nuovo`, right: RIGHT }, async (visit) => {
    const place = placeOf(visit, deps);
    if (place === null) return notFoundView;
    const done = await units.addUnit(place.aoo, formOf(visit), administratorOf(visit));
    if (done.ok) return seeOther(unitPath(place.aoo, done.value.unitId), 'Ufficio aggiunto.');
    return show(visit, deps, null, refusalFaults(done, FIELDS, 'denominazione'));
  });
  desk.page({ path: `${PATH}/:unit`, right: RIGHT }, (visit) => show(visit, deps, unitId(visit)));
  desk.act({ path: `${PATH}/:unit`, right: RIGHT }, async (visit) => {
    const place = placeOf(visit, deps);
    if (place === null) return notFoundView;
    const done = await units.changeUnit(
      place.aoo,
      unitId(visit),
      visit.version ?? 0,
      formOf(visit),
      administratorOf(visit),
    );
    if (done.ok) return seeOther(unitPath(place.aoo, unitId(visit)), 'Ufficio salvato.');
    const { code } = done.problem;
    if (code === 'not-found') return notFoundView;
    return PROBLEMS[code].http === 422
      ? show(visit, deps, unitId(visit), refusalFaults(done, FIELDS, 'denominazione'))
      : refused(done.problem, unitPath(place.aoo, unitId(visit)));
  });
  memberActs(desk, deps);
}

function memberActs(desk: Desk, deps: UnitAdminDeps): void {
  const { units } = deps.people;
  const change = async (visit: ActVisit<'administration'>, isIn: boolean): Promise<DeskAnswer> => {
    const place = placeOf(visit, deps);
    if (place === null) return notFoundView;
    const { form } = visit;
    const by = administratorOf(visit);
    const person = uuidOrNil(form.text('persona'));
    const done = isIn
      ? await units.setMember(place.aoo, unitId(visit), person, form.has('responsabile'), by)
      : await units.removeMember(place.aoo, unitId(visit), person, by);
    if (!done.ok) return notFoundView;
    return seeOther(
      unitPath(place.aoo, unitId(visit)),
      isIn ? 'Persona messa nell’ufficio.' : 'Persona tolta dall’ufficio.',
    );
  };
  desk.act({ path: `${PATH}/:unit/persone`, right: RIGHT }, (visit) => change(visit, true));
  desk.act({ path: `${PATH}/:unit/togli`, right: RIGHT }, (visit) => change(visit, false));
}

const unitId = ({ params }: Pick<Admin, 'params'>): string => uuidOrNil(params['unit'] ?? '');

const formOf = ({ form }: ActVisit<'administration'>): UnitForm => ({
  name: form.text('denominazione'),
  code: form.text('codice'),
  validFrom: form.text('dal'),
  validTo: form.text('al'),
  successor: form.text('prosegue'),
});

/** What the use cases call a field, and what the forms do. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'denominazione',
  code: 'codice',
  validFrom: 'dal',
  validTo: 'al',
  successor: 'prosegue',
};

/** `wanted`: null is a new one. */
async function show(
  visit: Admin | ActVisit<'administration'>,
  deps: UnitAdminDeps,
  wanted: string | null,
  faults: Faults = NO_FAULTS,
): Promise<DeskAnswer> {
  const place = placeOf(visit, deps);
  if (place === null) return notFoundView;
  const all = await deps.people.units.allUnits(place.aoo);
  const unit = all.find(({ unitId: id }) => id === wanted) ?? null;
  if (unit === null && wanted !== null) return notFoundView;
  const title = unit?.name ?? 'Aggiungi un ufficio';
  return {
    title: faultyTitle(title, faults),
    at: 'amministrazione',
    status: faults.size > 0 ? 422 : 200,
    body: unitPage(visit, {
      aoo: place.aoo,
      unit,
      others: all.filter(({ unitId: id }) => id !== wanted),
      colleagues: await deps.people.units.whoWorksAt(place.aoo),
      today: romeDay(deps.now()),
      faults,
      typed: (name) => ('form' in visit ? visit.form.text(name) : null),
    }),
  };
}
