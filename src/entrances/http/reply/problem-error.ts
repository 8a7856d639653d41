import { type Problem, type ProblemCode, problem } from '../../../kernel/problems.ts';

/** The part of a request that a problem is about. */
export interface RequestPlace {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON pointer into the body, or name of the parameter. */
  readonly pointer: string;
  /** Italian. */
  readonly message: string;
}

/** A refusal where nothing can be returned: hooks and body parsers throw it, the error handler answers with it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly places: readonly RequestPlace[];

  constructor(code: ProblemCode, detail = '', places: readonly RequestPlace[] = []) {
    const found = problem(code, '', detail);
    super(found.message);
    this.problem = found;
    this.places = places;
  }
}
