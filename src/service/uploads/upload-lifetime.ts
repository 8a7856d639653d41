/**
 * Documents that come before their message, in pieces. An upload is open until all announced bytes are there, then
 * complete. Its file moves into the document store, from which nothing is ever removed, only when a message is registered
 * with it. Unused uploads can therefore be removed, whoever else holds the same bytes.
 *
 *   open --all bytes, right digest--> complete --named in a message--> used
 *   open, complete (unused) --a day without a byte--> expired --a week--> gone
 */
import type { Clock } from '../../kernel/clock.ts';
import type { PartFiles } from './part-files.ts';
import type { Upload, UploadStore } from './upload-store.ts';

export interface UploadDeps {
  readonly uploads: UploadStore;
  readonly files: PartFiles;
  readonly clock: Clock;
}

/** Long enough for a line that is down overnight. */
export const UNUSED_MS = 24 * 3_600_000;
/** How long an expired upload still answers that it has expired. */
export const REMEMBERED_MS = 7 * 24 * 3_600_000;

export const expiry = (at: Date): Date => new Date(at.getTime() + UNUSED_MS);

export const isExpired = (upload: Upload, at: Date): boolean =>
  upload.state === 'expired' || (upload.usedBy === null && upload.expiresAt.getTime() <= at.getTime());
