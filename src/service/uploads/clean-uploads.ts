import { REMEMBERED_MS, UNUSED_MS, type UploadDeps } from './upload-lifetime.ts';

export interface CleanedUploads {
  readonly expired: number;
  readonly purged: number;
  readonly abandoned: number;
}

/**
 * One round of clean-up, of at most `limit` of each kind: unused uploads expire and lose their bytes, long expired ones are
 * forgotten, and part files without an upload are removed. Call it again while it finds `limit` of one kind.
 */
export async function cleanUploads(deps: UploadDeps, limit = 200): Promise<CleanedUploads> {
  const at = deps.clock.now();
  const expired = await deps.uploads.expire(at, limit);
  for (const { uploadId } of expired) await deps.files.remove(uploadId);
  const purged = await deps.uploads.purge(new Date(at.getTime() - REMEMBERED_MS), limit);
  // Removed once more: a crash may have come between the row and the file of an expired upload.
  for (const uploadId of purged) await deps.files.remove(uploadId);
  const abandoned = await deps.files.removeAbandoned(new Date(at.getTime() - 2 * UNUSED_MS), limit);
  return { expired: expired.length, purged: purged.length, abandoned };
}
