import { presentable } from '../../formats/segnatura/problem-collector.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { FileInMail } from '../documents/files-in-mail.ts';

/** More of them tell a person nothing new. */
const MOST = 20;
/** TNEF begins with this number, little-endian (MS-OXTNEF §2.1.3.1). */
const TNEF = Buffer.from([0x78, 0x9f, 0x3e, 0x22]);

/** What keeps a person from reading files as their sender meant them: damage on the way, and Outlook's own packing. */
export const fileProblems = (files: readonly FileInMail[]): readonly Problem[] =>
  files
    .flatMap((file) => [
      ...file.damage.map((code) => problem(code, file.part, `«${presentable(file.name ?? '')}», ${file.encoding}`)),
      ...(isTnef(file) ? [problem('document-winmail', file.part, presentable(file.name ?? ''))] : []),
    ])
    .slice(0, MOST);

const isTnef = ({ head }: FileInMail): boolean => TNEF.equals(head.subarray(0, TNEF.length));
