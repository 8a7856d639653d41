/** Where a registration is put as it is made: its file, its precedents, its reserve. Whoever registers it, it is the same. */
import { oneLine, shortNumber } from '../../domain/register/registration.ts';
import { legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { NewFile } from './by-hand-writes.ts';
import type { RegistrationKey } from './changes.ts';
import type { OfficeTransaction } from './office-transaction.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** An open file, or a new one of the class. */
export type FileChoice = { readonly fileId: string } | (Pick<NewFile, 'subject' | 'kind'> & { readonly fileId: null });

export interface FilingWishes {
  readonly classification: string | null;
  readonly file: FileChoice | null;
  readonly precedents: readonly RegistrationKey[];
  readonly reserved: boolean;
  /** Who files; what is reserved stays in their sight. */
  readonly person: { readonly personId: string; readonly name: string };
}

interface FoundFile {
  readonly fileId: string;
  /** `2026/VI.3/41` */
  readonly identifier: string;
}

/** What has to be there before a number is taken: the precedents, and the file, which is opened where it is new. */
export async function prepareFiling(
  { file, classification, precedents, person }: FilingWishes,
  tx: OfficeTransaction,
  work: UnitOfWork,
): Promise<Result<FoundFile | null>> {
  for (const key of precedents) if ((await tx.registrations.find(key)) === null) return refuse(precedentUnknown(key));
  if (file === null) return ok(null);
  if (file.fileId !== null) {
    const found = await tx.byHand.openFile(file.fileId);
    if (found === null) return refuse(problem('hand-file-unknown', 'file'));
    return ok({ fileId: found.fileId, identifier: fileIdentifier(found) });
  }
  if (classification === null) return refuse(problem('hand-class-missing', 'classification'));
  const { year } = legalTime(work.at);
  // `n` restarts for each class and year.
  const number = (await tx.byHand.lastFileNumber(year, classification)) + 1;
  const fileId = uuidv7(work.at);
  const opened = { fileId, year, classification, number, subject: oneLine(file.subject), kind: file.kind };
  work.byHand.files.push({ ...opened, by: person.name });
  const identifier = fileIdentifier(opened);
  work.audit('file-opened', identifier, { by: person.name, subject: opened.subject });
  return ok({ fileId, identifier });
}

/** The number is taken: what goes with it is written beside it. */
export function fileRegistration(
  { register, year, number }: RegistrationKey,
  { precedents, reserved, person }: FilingWishes,
  file: FoundFile | null,
  work: UnitOfWork,
): void {
  const key = { register, year, number };
  const by = person.name;
  const { reserved: reserves, links, filings } = work.byHand;
  if (reserved) reserves.push({ ...key, registeredBy: person.personId, by });
  for (const to of precedents) links.push({ ...key, to, kind: 'precedent', by });
  if (file !== null) filings.push({ ...key, fileId: file.fileId, version: 1, by });
}

export const precedentUnknown = ({ number, year }: RegistrationKey) =>
  problem('hand-precedent-unknown', 'precedents', shortNumber(number, year));

/** As councils write it: `2026/VI.3/41`. */
export const fileIdentifier = (file: {
  readonly year: number;
  readonly classification: string;
  readonly number: number;
}): string => `${file.year}/${file.classification}/${file.number}`;
