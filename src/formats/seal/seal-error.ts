import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';

/** Carries a problem out of the readers of this folder. `judged` turns it into a value, so it never leaves the folder. */
class SealError extends Error {
  readonly problem: Problem;
  readonly detail: string;
  constructor(found: Problem, detail: string) {
    super(found.code);
    this.problem = found;
    this.detail = detail;
  }
}

export function refuseSeal(code: ProblemCode, detail = '', at = ''): never {
  throw new SealError(problem(code, at, detail), detail);
}

export function refuseWith(found: Problem): never {
  throw new SealError(found, found.message);
}

/** The value, or what `whenRefused` makes of the problem and of the detail in its sentence. Bugs still throw. */
export function judged<T>(judge: () => T, whenRefused: (found: Problem, detail: string) => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof SealError) return whenRefused(error.problem, error.detail);
    throw error;
  }
}
