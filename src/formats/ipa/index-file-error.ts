import { type ProblemCode, problem } from '../../kernel/problems.ts';

/** A file that is refused whole travels out of the readers this way; the import catches it and gives it back as a value. */
export class IndexFileError extends Error {
  readonly code: ProblemCode;
  /** Counted from 1; 0: no line in particular. */
  readonly line: number;

  constructor(code: ProblemCode, line: number, detail = '') {
    super(problem(code, '', detail).message);
    this.name = 'IndexFileError';
    this.code = code;
    this.line = line;
  }
}
