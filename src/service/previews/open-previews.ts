/** Previews of documents. What is read and how much of it is bounded before anything looks into it. */
import { Readable } from 'node:stream';
import { openDigest } from '../../kernel/digest.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { JudgingError } from '../documents/judging-error.ts';
import type { DocumentFile } from '../documents/read-document.ts';
import { archiveNames } from './archive-names.ts';
import { SHOWN_CHARACTERS } from './look-into.ts';
import type { DocumentPreview, PreviewLooks, PreviewQuestion } from './preview.ts';
import { type PreviewKind, previewKind } from './preview-kind.ts';

export interface Previews {
  /** `charset`: as the mail names it for a text. */
  of(file: DocumentFile, charset?: string): Promise<DocumentPreview>;
  /** The document below all signatures of a signed file. */
  inside(file: DocumentFile): Promise<Result<DocumentFile>>;
}

const HEAD = 4_096;
/** Bytes that are read for a look. A text is cut there; of anything else there is no preview above it. */
const MOST = {
  text: 4 * SHOWN_CHARACTERS,
  page: 4_000_000,
  mail: 24 * 1024 * 1024,
  signed: LIMITS.signedBytes,
} as const;

export function openPreviews(looks: PreviewLooks): Previews {
  return {
    async of(file, charset = '') {
      const name = file.name ?? '';
      const kind = previewKind(name, file.mediaType, await bytesOf(file, Math.min(HEAD, file.size)));
      switch (kind) {
        case 'pdf':
        case 'image':
        case 'other':
          return { kind };
        case 'archive':
          return (await archiveNames(file)) ?? failed(kind);
        case 'text':
          return looked(file, { as: kind, name, charset }, looks, Math.min(file.size, MOST.text));
        default:
          return file.size > MOST[kind]
            ? failed(kind, 'preview-too-large')
            : looked(file, { as: kind, name, charset }, looks, file.size);
      }
    },
    async inside(file) {
      if (file.size > MOST.signed) return refuse(problem('preview-too-large'));
      try {
        const inside = await looks.unwrapped(await bytesOf(file, file.size));
        const name = (file.name ?? 'documento').replace(/(?:\.(?:p7m|tsd|m7m|p7s))+$/i, '');
        return inside === null ? refuse(problem('not-found')) : ok(heldFile(name, inside));
      } catch (error) {
        if (error instanceof JudgingError) return refuse(problem('preview-failed'));
        throw error;
      }
    },
  };
}

async function looked(
  file: DocumentFile,
  question: PreviewQuestion,
  looks: PreviewLooks,
  size: number,
): Promise<DocumentPreview> {
  try {
    const found = await looks.into(await bytesOf(file, size), question);
    return found.kind === 'text' && size < file.size ? { ...found, isCut: true } : found;
  } catch (error) {
    if (error instanceof JudgingError) return failed(question.as);
    throw error;
  }
}

const failed = (of: PreviewKind, code: 'preview-failed' | 'preview-too-large' = 'preview-failed'): DocumentPreview => ({
  kind: 'failed',
  of,
  problem: problem(code),
});

async function bytesOf(file: DocumentFile, end: number): Promise<Buffer> {
  if (end === 0) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  for await (const piece of file.stream({ start: 0, end }) as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function heldFile(name: string, bytes: Buffer): DocumentFile {
  const digest = openDigest();
  digest.update(bytes);
  return {
    name,
    mediaType: 'application/octet-stream',
    size: bytes.length,
    sha256: digest.end(),
    stream: ({ start, end } = { start: 0, end: bytes.length }) => Readable.from([bytes.subarray(start, end)]),
  };
}
