/**
 * Documents that come before their message, in pieces. An upload is open until all announced bytes are there, then
 * complete. Its file is its own until a message is registered with it: only then it is moved into the document store, from
 * which nothing is ever removed. So what nobody used can go, whoever else holds the same bytes.
 *
 *   open --all bytes, right digest--> complete --named in a message--> used
 *   open, complete (unused) --a day without a byte--> expired --a week--> gone
 */
import type { Clock } from '../../kernel/clock.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import type { PartialFiles, Upload, UploadStore } from './ports.ts';

export interface UploadDeps {
  readonly uploads: UploadStore;
  readonly files: PartialFiles;
  readonly clock: Clock;
}

/** Long enough for a line that is down overnight. */
const UNUSED_MS = 24 * 3_600_000;
/** How long an expired upload still answers that it has expired. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

export const expiry = (at: Date): Date => new Date(at.getTime() + UNUSED_MS);

/** An upload whose time is over is refused from that moment on, whenever the clean-up comes by. */
export async function readUpload(aoo: AooId, uploadId: string, deps: UploadDeps): Promise<Result<Upload>> {
  const upload = await deps.uploads.find(aoo, uploadId);
  if (upload === null) return refuse(problem('upload-unknown', '', uploadId));
  return isExpired(upload, deps.clock.now()) ? refuse(problem('upload-expired')) : ok(upload);
}

export const isExpired = (upload: Upload, at: Date): boolean =>
  upload.state === 'expired' || (upload.usedBy === null && upload.expiresAt.getTime() <= at.getTime());

/** Forgets an upload, with bytes that no message used. */
export async function cancelUpload(
  aoo: AooId,
  uploadId: string,
  deps: UploadDeps,
  key: CommandKey | null = null,
): Promise<Problem | null> {
  const removed = await deps.uploads.remove(aoo, uploadId, { at: deps.clock.now(), key });
  if (removed === 'other') return problem('idempotency-key-reused');
  if (removed === 'unknown') return problem('upload-unknown', '', uploadId);
  if (removed === 'busy') return problem('upload-busy');
  await deps.files.remove(uploadId);
  return null;
}

/** A document as a message names it. */
export interface UploadedDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: Sha256;
  readonly size: number;
  /** Brings the bytes into the document store. */
  readonly keep: () => Promise<Result<null>>;
}

/**
 * The documents behind the uploads that a message names, in that order, or why they cannot be had; nothing changes.
 * The same upload may serve several messages: its document never changes. Once they are used (`markUsed`) they neither
 * expire nor count any longer.
 */
export async function uploadedDocuments(
  aoo: AooId,
  uploadIds: readonly string[],
  deps: UploadDeps,
): Promise<Result<readonly UploadedDocument[]>> {
  if (uploadIds.length > LIMITS.messageFiles)
    return refuse(problem('bad-request', '', `più di ${LIMITS.messageFiles} documenti`));
  const repeated = uploadIds.find((id, index) => uploadIds.indexOf(id) !== index);
  if (repeated !== undefined) return refuse(problem('upload-repeated', '', repeated));
  const found = new Map((await deps.uploads.findMany(aoo, uploadIds)).map((upload) => [upload.uploadId, upload]));
  const documents: UploadedDocument[] = [];
  const at = deps.clock.now();
  for (const [index, id] of uploadIds.entries()) {
    const place = `/${index}`;
    const upload = found.get(id);
    if (upload === undefined) return refuse(problem('upload-unknown', place, id));
    if (isExpired(upload, at)) return refuse(problem('upload-expired', place));
    const { name, mediaType, sha256, size, received } = upload;
    if (sha256 === null) return refuse(problem('upload-incomplete', place, `${received} byte su ${size}`));
    // It may have been taken back, or have expired, since it was looked at.
    const keep = async () =>
      (await deps.files.keep(id, { sha256, size })) ? ok(null) : refuse(problem('upload-expired', place));
    documents.push({ name, mediaType, sha256, size, keep });
  }
  return ok(documents);
}

export interface Cleaned {
  readonly expired: number;
  readonly purged: number;
  readonly abandoned: number;
}

/**
 * One round of clean-up, of at most `limit` uploads each: what nobody wanted expires and loses its bytes; what expired
 * long ago is forgotten; part files that belong to no upload any more are removed. To be called again while it finds
 * `limit` of one kind.
 */
export async function cleanUploads(deps: UploadDeps, limit = 200): Promise<Cleaned> {
  const at = deps.clock.now();
  const expired = await deps.uploads.expire(at, limit);
  for (const { uploadId } of expired) await deps.files.remove(uploadId);
  const purged = await deps.uploads.purge(new Date(at.getTime() - REMEMBERED_MS), limit);
  // Once more: a crash between the row and the file of an expired one.
  for (const uploadId of purged) await deps.files.remove(uploadId);
  const abandoned = await deps.files.removeAbandoned(new Date(at.getTime() - 2 * UNUSED_MS), limit);
  return { expired: expired.length, purged: purged.length, abandoned };
}
