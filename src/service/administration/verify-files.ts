/** Reads every stored document and mail again, and holds it against the digest that the register has of it. */
import { createHash } from 'node:crypto';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { type Documents, DocumentsError } from '../documents/documents.ts';

export interface FileToRead {
  readonly sha256: Sha256;
  readonly size: number;
  /** What of the register it belongs to, as `mail <id>` or `PROT/2026/12`. */
  readonly of: string;
}

/** The files an office's register names, each once, in the order of their digests. Pages are bounded. */
export interface FilesToRead {
  pages(aoo: AooId, after: string): AsyncIterable<readonly FileToRead[]>;
}

export interface FileFault extends FileToRead {
  readonly what: 'missing' | 'altered' | 'shortened';
}

export interface FilesChecked {
  readonly files: number;
  readonly faults: readonly FileFault[];
  /** How many were found wrong; the first are in `faults`. */
  readonly found: number;
}

/** `after`: up to this digest all was read. Where it is kept, an interrupted audit goes on. */
export interface FilesProgress {
  readonly after: string;
  readonly files: number;
}

const AT_ONCE = 4;
const NAMED = 100;

/** Rejects with DocumentsError where the store as a whole cannot be read. */
export async function verifyFiles(
  aoo: AooId,
  { stored, documents }: { readonly stored: FilesToRead; readonly documents: Pick<Documents, 'asStored'> },
  from: FilesProgress,
  onPage: (progress: FilesProgress) => Promise<void>,
): Promise<FilesChecked> {
  const faults: FileFault[] = [];
  let { files } = from;
  let found = 0;
  for await (const page of stored.pages(aoo, from.after)) {
    for (let at = 0; at < page.length; at += AT_ONCE) {
      const some = page.slice(at, at + AT_ONCE);
      for (const [index, what] of (await Promise.all(some.map((file) => faultOf(file, documents)))).entries()) {
        const file = some[index];
        if (what === null || file === undefined) continue;
        found += 1;
        if (faults.length < NAMED) faults.push({ ...file, what });
      }
    }
    files += page.length;
    // What was found is found again: nothing is skipped from there on.
    if (found === 0) await onPage({ after: page.at(-1)?.sha256 ?? from.after, files });
  }
  return { files, faults, found };
}

async function faultOf({ sha256, size }: FileToRead, documents: Pick<Documents, 'asStored'>) {
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of documents.asStored(sha256) as AsyncIterable<Buffer>) {
      digest.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    if (error instanceof DocumentsError && error.fault === 'missing') return 'missing';
    if (!(error instanceof DocumentsError) || error.fault !== 'damaged') throw error;
    return 'altered';
  }
  if (bytes < size) return 'shortened';
  return digest.digest('hex') === sha256 ? null : 'altered';
}
