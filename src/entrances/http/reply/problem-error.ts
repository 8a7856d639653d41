import { type ProblemCode, problem } from '../../../kernel/problems.ts';

export interface Place {
  /** Which part of the request. */
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON pointer into the body, or name of the parameter. */
  readonly pointer: string;
  /** Italian. */
  readonly message: string;
}

/** A refusal in the middle of reading a request, where nothing can be returned: hooks and parsers throw it. */
export class ProblemError extends Error {
  readonly problem: ProblemCode;
  readonly detail: string;
  readonly places: readonly Place[];

  constructor(code: ProblemCode, detail = '', places: readonly Place[] = []) {
    super(problem(code, '', detail).message);
    this.name = 'ProblemError';
    this.problem = code;
    this.detail = detail;
    this.places = places;
  }
}
