import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';

/** Carries a problem out of the readers of this folder. `judged` turns it into a value, so it never leaves the folder. */
class SealError extends Error {
  readonly problem: Problem;
  constructor(found: Problem) {
    super(found.code);
    this.problem = found;
  }
}

export function refuseSeal(code: ProblemCode, detail = '', at = ''): never {
  throw new SealError(problem(code, at, detail));
}

export function refuseWith(found: Problem): never {
  throw new SealError(found);
}

/** The value, or what `whenRefused` makes of the problem. Bugs still throw. */
export function judged<T>(judge: () => T, whenRefused: (found: Problem) => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof SealError) return whenRefused(error.problem);
    throw error;
  }
}
