import { errorCode } from '../../kernel/thrown.ts';
import { DocumentsError, type DocumentsFault } from '../../service/documents/documents.ts';

const FAULTS: Readonly<Record<string, DocumentsFault>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  ENOENT: 'missing',
};

const FILE_SYSTEM_CODES = new Set(['EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOTDIR']);

/** Anything but an error of the file system stays as it is: a source that breaks is the network's fault. */
export function toDocumentsError(thrown: unknown): unknown {
  if (thrown instanceof DocumentsError || !(thrown instanceof Error) || !('syscall' in thrown)) return thrown;
  const code = errorCode(thrown);
  const fault = FAULTS[code];
  if (fault === undefined && !FILE_SYSTEM_CODES.has(code) && !('path' in thrown)) return thrown;
  return new DocumentsError(fault ?? 'unusable', `document store: ${withoutFolder(thrown.message)}`, thrown);
}

/** Keeps the file's name and hides where the store lies on this machine: `/status` shows this text to everybody. */
const withoutFolder = (message: string): string =>
  message.replace(/'([^']*)'/g, (_, path: string) => `'${path.split('/').slice(-2).join('/')}'`);
