import { type Problem, problem } from '../../kernel/problems.ts';
import { type Result, refuse } from '../../kernel/result.ts';

export type Unjudged = 'judging-too-long' | 'judging-interrupted' | 'judging-too-large';

/** Looking into a mail took too long, ended the thread that did it, or found more than anybody can be told. */
export class JudgingError extends Error {
  override readonly name = 'JudgingError';
  readonly code: Unjudged;
  readonly detail: string;
  readonly problem: Problem;

  constructor(code: Unjudged, detail: string) {
    const why = problem(code, '', detail);
    super(why.message);
    this.code = code;
    this.detail = detail;
    this.problem = why;
  }
}

/** For commands and readings that look into a mail: a refusal with that problem. Other errors go on. */
export function refuseUnjudged(error: unknown): Result<never> {
  if (error instanceof JudgingError) return refuse(error.problem);
  throw error;
}
