/** To whom something can be assigned today. */
import type { Holder } from '../../domain/assignments/assignment.ts';
import { ASSIGNMENT_SENTENCES } from '../../kernel/assignment-words.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { NamedHolder } from '../register/changes.ts';
import type { HolderFacts, OfficeTransaction, UnitFacts } from '../register/office-transaction.ts';

export interface KnownHolders {
  /** As the register of units and persons calls it now. */
  named(holder: Holder): NamedHolder;
  /** Why nothing can be given to it today (`yyyy-mm-dd`); null: it can. */
  fault(holder: Holder, day: string): Problem | null;
}

export async function knownHolders(tx: OfficeTransaction, asked: readonly Holder[]): Promise<KnownHolders> {
  const facts = await tx.assignments.holders(asked);
  return { named: (holder) => ({ ...holder, name: nameOf(facts, holder) }), fault: (...of) => faultOf(facts, ...of) };
}

function nameOf({ units, persons }: HolderFacts, { unitId, personId }: Holder): string {
  const unit = unitId === null ? undefined : units.get(unitId)?.name;
  const person = personId === null ? undefined : persons.get(personId)?.name;
  return [unit, person].filter((name) => name !== undefined).join(', ');
}

function faultOf({ units, persons }: HolderFacts, { unitId, personId }: Holder, day: string): Problem | null {
  if (unitId === null && personId === null) return problem('assignment-target-missing');
  const unit = unitId === null ? null : units.get(unitId);
  if (unit === undefined) return problem('assignment-target-missing');
  if (unit !== null && !isActive(unit, day)) return problem('assignment-unit-inactive', '', inactive(unit, day));
  if (personId === null) return null;
  const person = persons.get(personId);
  if (person === undefined) return problem('assignment-target-missing');
  const isThere = person.isActive && (unitId === null || person.units.includes(unitId));
  return isThere ? null : problem('assignment-person-elsewhere', '', person.name);
}

const isActive = ({ validFrom, validTo }: UnitFacts, day: string): boolean =>
  validFrom <= day && (validTo === null || day < validTo);

const inactive = ({ name, validFrom, validTo, successor }: UnitFacts, day: string): string =>
  validTo === null || day < validFrom
    ? ASSIGNMENT_SENTENCES.notYet(name, validFrom)
    : ASSIGNMENT_SENTENCES.ceased(name, validTo, successor);
