/** The people of the sample's councils and their offices. Nobody has a password: `interpro person entry` lets one in. */
import type { AooId } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/result.ts';
import type { Assignments } from '../../service/assignments/open-assignments.ts';
import type { DeskCaller } from '../../service/people/caller.ts';
import type { People } from '../../service/people/people.ts';
import { type Grant, operator } from '../../service/people/person.ts';
import type { Role } from '../../service/people/rights.ts';
import type { Office } from '../../service/register/office.ts';

const UNITS = {
  SEGR: 'Segreteria',
  UTC: 'Ufficio tecnico',
  TRIB: 'Tributi',
  POLI: 'Polizia locale',
} as const;
export type SampleUnit = keyof typeof UNITS;

interface SamplePerson {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly unit?: SampleUnit;
}

const PERSONS: readonly (readonly SamplePerson[])[] = [
  [
    { login: 'nora.esempi', name: 'Nora Esempi', role: 'head' },
    { login: 'pio.modello', name: 'Pio Modello', role: 'protocol' },
    { login: 'ugo.prova', name: 'Ugo Prova', role: 'unit-head', unit: 'UTC' },
    { login: 'ida.saggi', name: 'Ida Saggi', role: 'unit-member', unit: 'UTC' },
    { login: 'teo.bozza', name: 'Teo Bozza', role: 'unit-head', unit: 'TRIB' },
    { login: 'eva.collaudi', name: 'Eva Collaudi', role: 'auditor' },
  ],
  [
    { login: 'lea.campioni', name: 'Lea Campioni', role: 'head' },
    { login: 'gino.fittizi', name: 'Gino Fittizi', role: 'protocol' },
    { login: 'rita.prove', name: 'Rita Prove', role: 'unit-head', unit: 'POLI' },
  ],
];

/** What whoever enters the sample first may do in its councils, besides administering the node. */
export const firstEntryGrants = (aoos: readonly AooId[]): readonly Grant[] =>
  aoos.flatMap((aoo) => [
    { aoo, role: 'head' },
    { aoo, role: 'protocol' },
  ]);

export interface SampleOffice {
  /** Who sits at the protocol desk. */
  readonly clerk: Pick<DeskCaller, 'personId' | 'name'>;
  /** The offices inside, by their codes. */
  readonly units: Readonly<Record<SampleUnit, string>>;
}

export async function enrolSamplePeople(people: People, offices: readonly Office[]): Promise<readonly SampleOffice[]> {
  const by = operator('esempio');
  const enrolled: SampleOffice[] = [];
  for (const [index, { aoo }] of offices.entries()) {
    const units = {} as Record<SampleUnit, string>;
    for (const [code, name] of Object.entries(UNITS)) {
      const form = { name, code, validFrom: '2020-01-01', validTo: '', successor: '' };
      units[code as SampleUnit] = done(await people.units.addUnit(aoo, form, by)).unitId;
    }
    let clerk: SampleOffice['clerk'] | null = null;
    for (const { login, name, role, unit } of PERSONS[index] ?? []) {
      const form = { login, name, address: '', grants: [{ aoo, role }] };
      const { person } = done(await people.manage.createPerson(form, by));
      if (role === 'protocol') clerk = { personId: person.personId, name };
      if (unit !== undefined)
        done(await people.units.setMember(aoo, units[unit], person.personId, role === 'unit-head', by));
    }
    if (clerk === null) throw new Error(`nobody sits at the desk of ${aoo}`);
    enrolled.push({ clerk, units });
  }
  return enrolled;
}

/** The desk gives a registration to an office inside. */
export async function assignSample(
  assignments: Assignments,
  at: Office,
  { clerk, units }: SampleOffice,
  {
    number,
    year,
    unit,
    note,
  }: { readonly number: number; readonly year: number; readonly unit: SampleUnit; readonly note: string },
): Promise<void> {
  const registration = { register: at.register, year, number };
  const competence = { unitId: units[unit], personId: null };
  const actor = { ...clerk, isDesk: true, seesAll: true, seesReserved: false, units: [], headOf: [] };
  const call = { by: clerk.name, client: `person:${clerk.personId}`, idempotency: null };
  done(await assignments.assign(at, { registration, competence, information: [], note, version: null }, actor, call));
}

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}
