/** What may be wrong with where a person files: a class that is not in the plan, a precedent that they may not see. */
import { type Problem, problem } from '../../kernel/problems.ts';
import type { Reader } from '../people/rights.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type FilingWishes, precedentUnknown } from '../register/file-registration.ts';
import type { Office } from '../register/office.ts';
import { planOf } from './plan.ts';
import type { FilingViews } from './ports.ts';

/** Who registers. */
export interface Registering {
  readonly personId: string;
  readonly name: string;
  readonly reader: Reader;
}

export interface FilingCheckDeps {
  readonly filing: Pick<FilingViews, 'plan'>;
  /** Whether this person may see a registration, so that it may be named as a precedent. */
  readonly maySee: (office: Office, key: RegistrationKey, reader: Reader) => Promise<boolean>;
}

/** Null: nothing is. */
export async function checkFiling(
  office: Office,
  { classification, precedents }: Pick<FilingWishes, 'classification' | 'precedents'>,
  { reader }: Registering,
  { filing, maySee }: FilingCheckDeps,
): Promise<Problem | null> {
  if (classification !== null) {
    const plan = await planOf(office.aoo, filing);
    if (!plan.some(({ code }) => code === classification))
      return problem('hand-class-unknown', 'classification', classification);
  }
  for (const key of precedents) if (!(await maySee(office, key, reader))) return precedentUnknown(key);
  return null;
}
