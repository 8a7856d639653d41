import { type ProblemCode, problem } from '../../kernel/problems.ts';

/** Why a whole file is refused. Readers throw it; the import catches it and returns a refusal. */
export class IndexFileError extends Error {
  readonly code: ProblemCode;
  /** Counted from 1; 0 where no line is to blame. */
  readonly line: number;

  constructor(code: ProblemCode, line: number, detail = '') {
    super(problem(code, '', detail).message);
    this.name = 'IndexFileError';
    this.code = code;
    this.line = line;
  }
}
