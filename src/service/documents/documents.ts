import type { Readable } from 'node:stream';
import type { Sha256 } from '../../kernel/ids.ts';
import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes by their SHA-256, durable once the promise resolves. The same bytes are one file. Rejects with DocumentsError. */
export interface Documents {
  put(bytes: Buffer | Readable): Promise<{ readonly sha256: Sha256; readonly size: number }>;
  /** Rejects with `damaged` where the bytes are not those of the digest. */
  read(sha256: Sha256): Promise<Buffer>;
  /**
   * Without `range`, everything. A range past the end gives a shorter stream. Bytes that are not those of the digest end it
   * with `damaged` before its last piece: nobody takes them for the whole.
   */
  stream(sha256: Sha256, range?: ByteRange): Readable;
  /** The bytes as they lie there, altered or not: for whoever compares and tells. */
  asStored(sha256: Sha256): Readable;
  has(sha256: Sha256): Promise<boolean>;
}

/** A file that is written but not yet a document: whoever asked for it keeps it or drops it. */
export interface StagedDocument {
  readonly sha256: Sha256;
  readonly size: number;
  keep(): Promise<void>;
  /** Removes it, unless it was kept. */
  drop(): Promise<void>;
}

/** For bytes that may turn out to be unwanted. What is neither kept nor dropped is removed at the next start. */
export interface Staging {
  /** Rejects as `put` does. */
  stage(bytes: Readable): Promise<StagedDocument>;
}

/**
 * Why bytes cannot be kept or found. `no-space` and `unusable` (any other complaint of the file system) pass once an
 * administrator has acted; `too-large` never does; `missing` and `damaged` mean that the store lost what it promised.
 */
export type DocumentsFault = 'no-space' | 'too-large' | 'missing' | 'damaged' | 'unusable';

export class DocumentsError extends Error {
  override readonly name = 'DocumentsError';
  readonly fault: DocumentsFault;

  constructor(fault: DocumentsFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }

  /** The whole store is affected, and trying again later makes sense. Other faults stay with the one document. */
  get isPassing(): boolean {
    return this.fault === 'no-space' || this.fault === 'unusable';
  }

  /** What the caller who asked for the document is told. */
  get problem(): Problem {
    return problem(PROBLEM[this.fault]);
  }
}

const PROBLEM = {
  'no-space': 'storage-unavailable',
  unusable: 'storage-unavailable',
  'too-large': 'document-too-large',
  missing: 'document-lost',
  damaged: 'document-lost',
} as const satisfies Record<DocumentsFault, ProblemCode>;
