import { readerOf } from '../../../../service/people/rights.ts';
import type { RegisterViews, RegistrationSheet } from '../../../../service/queries/register-views.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import type { Visit } from '../visit.ts';

/** What an address names, for this person; null: nothing that they may see. */
export async function openSheet(
  { params, office, caller }: Pick<Visit, 'params' | 'office' | 'caller'>,
  { registerViews }: { readonly registerViews: Pick<RegisterViews, 'sheet'> },
): Promise<RegistrationSheet | null> {
  const { year = '', number = '' } = params;
  if (!/^\d{4}$/.test(year) || !/^\d{1,12}$/.test(number)) return null;
  return registerViews.sheet(office.aoo, readerOf(caller), { year: Number(year), number: Number(number) });
}

export const keyOf = ({ register, year, number }: RegistrationSheet): RegistrationKey => ({
  register,
  year,
  number: Number(number),
});
