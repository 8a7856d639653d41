/**
 * A copy of a PDF that bears the segnatura, for whoever prints or hands it on. It is made when it is asked for and kept
 * nowhere; the document of the register stays as it came (its digest is in the register, DPR 445/2000 art. 53 and 55).
 */
import { Readable } from 'node:stream';
import type { CopyProblem } from '../../kernel/copy-problems.ts';
import { openDigest } from '../../kernel/digest.ts';
import { fileName } from '../../kernel/file-name.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { DocumentFile } from '../documents/read-document.ts';
import { previewKind } from './preview-kind.ts';

/** What stands in the stamp, one line below the other; the first is the one that is read first. */
export type StampLines = readonly string[];

export type Stamped =
  | { readonly ok: true; readonly pdf: Buffer }
  | { readonly ok: false; readonly code: Exclude<CopyProblem, 'copy-no-pdf' | 'copy-too-large'> };

/** Stamps a PDF where a hostile one holds nobody up and reads nothing of ours. */
export type StampPdf = (pdf: Buffer, lines: StampLines) => Promise<Stamped>;

export type CourtesyCopies = (file: DocumentFile, lines: StampLines) => Promise<Result<DocumentFile>>;

const HEAD = 4_096;
const MEGABYTE = 1024 * 1024;

export function courtesyCopies(stamp: StampPdf): CourtesyCopies {
  return async (file, lines) => {
    if (previewKind(file.name ?? '', file.mediaType, await bytesOf(file, Math.min(HEAD, file.size))) !== 'pdf')
      return refuse(problem('copy-no-pdf'));
    if (file.size > LIMITS.stampedBytes)
      return refuse(problem('copy-too-large', '', String(LIMITS.stampedBytes / MEGABYTE)));
    const stamped = await stamp(await bytesOf(file, file.size), lines);
    return stamped.ok ? ok(copyOf(file, stamped.pdf)) : refuse(problem(stamped.code));
  };
}

/** Never the name of the original: the two must not be taken for each other. */
export const courtesyName = (name: string | null): string =>
  fileName(`${(name ?? 'documento').replace(/\.pdf$/i, '')}-copia-di-cortesia.pdf`) ?? 'copia-di-cortesia.pdf';

function copyOf({ name }: DocumentFile, pdf: Buffer): DocumentFile {
  const digest = openDigest();
  digest.update(pdf);
  return {
    name: courtesyName(name),
    mediaType: 'application/pdf',
    size: pdf.length,
    sha256: digest.end(),
    stream: ({ start, end } = { start: 0, end: pdf.length }) => Readable.from([pdf.subarray(start, end)]),
  };
}

async function bytesOf(file: DocumentFile, end: number): Promise<Buffer> {
  if (end === 0) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  for await (const piece of file.stream({ start: 0, end }) as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
