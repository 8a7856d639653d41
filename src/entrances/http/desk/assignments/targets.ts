/** The choice of whom something is assigned to. */
import type { Holder } from '../../../../domain/assignments/assignment.ts';
import type { UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import { type Choice, checkbox, type Faults, NO_FAULTS, select } from '../components/fields.ts';
import { type Html, html } from '../template.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TARGET = new RegExp(`^(${UUID})(?:/(${UUID}))?$`);

/** A unit, or a person of it, as a field of a form holds it. */
export const targetValue = ({ unitId, personId }: Holder): string =>
  [unitId, personId].filter((id) => id !== null).join('/');

/** Null: nobody is chosen. */
export function targetOf(value: string): Holder | null {
  const found = TARGET.exec(value);
  return found?.[1] === undefined ? null : { unitId: found[1], personId: found[2] ?? null };
}

/** Each unit with its persons. Labels are whole, since a closed list shows nothing of the group. */
export const targetChoices = (units: readonly UnitChoice[]): readonly Choice[] =>
  units.flatMap(({ unitId, name, persons }) => [
    { value: unitId, label: name, group: name },
    ...persons.map(({ personId, name: person, isAbsent }) => ({
      value: `${unitId}/${personId}`,
      label: `${name}, ${person}${isAbsent ? ' (assente)' : ''}`,
      group: name,
    })),
  ]);

export interface TargetFieldOptions {
  readonly name: string;
  readonly label: string;
  readonly units: readonly UnitChoice[];
  readonly value?: string;
  readonly faults?: Faults;
  readonly help?: string;
}

export const targetField = ({ units, value = '', faults = NO_FAULTS, ...shown }: TargetFieldOptions): Html =>
  select({
    ...shown,
    value,
    faults,
    choices: [{ value: '', label: 'Scegli un ufficio o una persona' }, ...targetChoices(units)],
  });

/** For information: any number of units. */
export const informField = (units: readonly UnitChoice[], chosen: readonly string[]): Html => html`
  <details class="d-inform"${chosen.length > 0 && html` open`}>
    <summary>Anche per conoscenza a…</summary>
    <fieldset class="d-inform-units"><legend class="visually-hidden">Per conoscenza</legend>${units.map(
      ({ unitId, name }) =>
        checkbox({ name: 'conoscenza', value: unitId, label: name, checked: chosen.includes(unitId) }),
    )}</fieldset>
  </details>`;
