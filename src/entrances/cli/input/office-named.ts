import type { Office } from '../../../service/register/office.ts';

/** The office meant by IPA code/code of the AOO, or by one of the two if it is unambiguous; null: none or several. */
export function officeNamed(name: string, offices: readonly Office[]): Office | null {
  const wanted = name.trim().toLowerCase();
  const [only, ...others] = offices.filter(({ aoo, administration, code }) =>
    [aoo, administration, code].some((known) => known.toLowerCase() === wanted),
  );
  return only === undefined || others.length > 0 ? null : only;
}
