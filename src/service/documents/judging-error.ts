import { type Problem, problem } from '../../kernel/problems.ts';
import { type Result, refuse } from '../../kernel/result.ts';

/** Looking into a mail took too long, or ended the thread that did it. */
export class JudgingError extends Error {
  override readonly name = 'JudgingError';
  readonly problem: Problem;

  constructor(code: 'judging-too-long' | 'judging-interrupted', detail: string) {
    const why = problem(code, '', detail);
    super(why.message);
    this.problem = why;
  }
}

/** For commands and readings that look into a mail: a refusal with that problem. Other errors go on. */
export function refuseUnjudged(error: unknown): Result<never> {
  if (error instanceof JudgingError) return refuse(error.problem);
  throw error;
}
