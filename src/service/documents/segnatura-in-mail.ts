import { findSegnatura, isSegnaturaName, type SegnaturaFound } from '../../formats/segnatura/find-segnatura.ts';
import type { Budget } from '../../formats/signed-document/verdict.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { Problem } from '../../kernel/problems.ts';
import type { MimeTree } from '../../model/mime.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';
import { contentParts, type FileInMail, filesOf } from './files-in-mail.ts';
import { unwrapCms, wrappingBudget } from './signed-wrapping.ts';

/** The files of a mail, and which of them is the segnatura or return message. */
export interface SearchedMail extends SegnaturaFound<FileInMail> {
  readonly problems: readonly Problem[];
  /** All but the segnatura. */
  readonly others: readonly FileInMail[];
  /** Signatures around the message or around the segnatura, by the name of their file. */
  readonly wrappings: readonly (readonly [name: string, signature: DocumentSignature])[];
}

/**
 * Looks into the message a person wrote, and where that holds none, beside it: some systems put the segnatura next to
 * daticert.xml. A segnatura inside a signed file counts where no plain one is found.
 */
export function searchMail(content: MimeTree | null, beside: () => readonly FileInMail[]): SearchedMail {
  const parts = content === null ? [] : contentParts(content);
  const inContent = filesOf(parts);
  const opened = parts.flatMap((part) => (part.opened === null ? [] : [{ name: part.name ?? '', ...part.opened }]));
  const inside = findAmong(inContent);
  const outside = inside.part === null ? beside() : [];
  const found = outside.length > 0 ? findAmong(outside) : inside;
  return {
    ...found,
    problems: [...opened.flatMap(({ tree }) => tree.problems), ...found.problems],
    others: [...inContent, ...outside].filter((file) => file !== found.file),
    wrappings: [...opened.map(({ name, signature }) => [name, signature] as const), ...found.wrapping],
  };
}

interface FoundFile extends SegnaturaFound<FileInMail> {
  /** The part as it lies in the mail. */
  readonly file: FileInMail | null;
  readonly wrapping: readonly (readonly [string, DocumentSignature])[];
}

function findAmong(files: readonly FileInMail[]): FoundFile {
  const plain = findSegnatura(files);
  if (plain.part !== null) return { ...plain, file: plain.part, wrapping: [] };
  const budget = wrappingBudget();
  const signed = files.flatMap((file) => signedSegnatura(file, budget));
  const found = findSegnatura(signed.map(({ part }) => part));
  const chosen = signed.find(({ part }) => part === found.part);
  if (chosen === undefined) return { ...plain, file: null, wrapping: [] };
  return { ...found, file: chosen.file, wrapping: [[chosen.file.name ?? '', chosen.signature]] };
}

export const P7M = /(?:\.p7m)+$/i;

/** `Segnatura.xml.p7m`: what is inside, under the name without the signature's. */
function signedSegnatura(file: FileInMail, budget: Budget) {
  const name = file.name?.trim() ?? '';
  if (file.form !== 'cms' || file.size > LIMITS.signedBytes || !P7M.test(name)) return [];
  const plainName = name.replace(P7M, '');
  if (!isSegnaturaName(plainName)) return [];
  const outer = unwrapCms(file.bytes(), budget);
  if (outer === null) return [];
  let { inside } = outer;
  for (let depth = 1; depth < LIMITS.signedDepth; depth++) {
    const inner = unwrapCms(inside, budget);
    if (inner === null) break;
    inside = inner.inside;
  }
  const content = inside;
  const part: FileInMail = { ...file, name: plainName, head: content.subarray(0, 4_096), bytes: () => content };
  return [{ file, part, signature: outer.signature }];
}
