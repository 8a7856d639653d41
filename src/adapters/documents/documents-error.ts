import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';

/**
 * Why bytes cannot be kept or found. `no-space` heals when somebody makes room; `too-large` never does; `missing` and
 * `damaged` mean that the store lost what it promised; `unusable` is everything else the file system says.
 */
export type DocumentsFault = 'no-space' | 'too-large' | 'missing' | 'damaged' | 'unusable';

export class DocumentsError extends Error {
  override readonly name = 'DocumentsError';
  readonly reason: DocumentsFault;

  constructor(reason: DocumentsFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }

  /** What somebody who asked for it is told. */
  get problem(): Problem {
    return problem(PROBLEM[this.reason]);
  }
}

const PROBLEM = {
  'no-space': 'storage-unavailable',
  unusable: 'storage-unavailable',
  'too-large': 'document-too-large',
  missing: 'document-lost',
  damaged: 'document-lost',
} as const satisfies Record<DocumentsFault, ProblemCode>;

/** What somebody can mend while the service waits; the other faults stay with the one document. */
export const heals = ({ reason }: DocumentsError): boolean => reason === 'no-space' || reason === 'unusable';

const FAULTS: Readonly<Record<string, DocumentsFault>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  ENOENT: 'missing',
};

/** Which file, and not where the store lies on this machine: what is said here is shown by `/status` to everybody. */
const withoutPlace = (message: string): string =>
  message.replace(/'([^']*)'/g, (_, path: string) => `'${path.split('/').slice(-2).join('/')}'`);

export const errorCode = (thrown: unknown): string => String((thrown as { code?: unknown } | null)?.code ?? '');

const FILE_TROUBLE = new Set(['EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOTDIR']);

/** An error of the file system under its reason; anything else (the network's, when a source breaks) stays as it is. */
export function toDocumentsError(thrown: unknown): unknown {
  if (thrown instanceof DocumentsError || !(thrown instanceof Error) || !('syscall' in thrown)) return thrown;
  const code = errorCode(thrown);
  const fault = FAULTS[code];
  if (fault === undefined && !FILE_TROUBLE.has(code) && !('path' in thrown)) return thrown;
  return new DocumentsError(fault ?? 'unusable', `document store: ${withoutPlace(thrown.message)}`, thrown);
}
