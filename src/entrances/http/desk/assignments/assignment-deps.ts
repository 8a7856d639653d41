import type { Assignments } from '../../../../service/assignments/open-assignments.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import type { Office } from '../../../../service/register/office.ts';

export interface AssignmentDeps {
  readonly assignments: Assignments;
}

/** The registration that an address names; null: it names none. */
export function registrationNamed(
  { register }: Office,
  { year, number }: Readonly<Record<string, string>>,
): RegistrationKey | null {
  if (year === undefined || number === undefined || !/^\d{4}$/.test(year) || !/^\d{1,12}$/.test(number)) return null;
  return { register, year: Number(year), number: Number(number) };
}

/** Where to go on after an act: an address of ours, or the one that is given. */
export const backTo = (asked: string, otherwise: string): string =>
  /^\/(?:[a-z]|$)/.test(asked) && !asked.includes('\\') && asked.length <= 500 ? asked : otherwise;
