import type { Problem } from './problems.ts';

/** Expected refusals are return values; exceptions are for bugs. */
export type Result<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly problem: Problem;
  /** What else is wrong with what was sent, so that a form tells all of it at once. */
  readonly also?: readonly Problem[];
}

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const refuse = (problem: Problem): Result<never> => ({ ok: false, problem });

/** Refuses with everything that is wrong, where something is. */
export function refuseAll(wrong: readonly (Problem | false)[]): Result<never> {
  const [problem, ...also] = wrong.filter((one) => one !== false);
  if (problem === undefined) throw new RangeError('nothing is wrong');
  return also.length === 0 ? refuse(problem) : { ok: false, problem, also };
}
