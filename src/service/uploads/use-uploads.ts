import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { isExpired, type UploadDeps } from './upload-lifetime.ts';

/** A document that a message names by its upload. */
export interface UploadedDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: Sha256;
  readonly size: number;
  /** Brings the bytes into the document store. */
  readonly keep: () => Promise<Result<null>>;
}

/**
 * The documents behind the uploads that a message names, in the same order, or why they cannot be used. Changes nothing.
 * One upload may serve several messages; `client`: of this one alone, so that an id opens nothing of others'. Its document never changes. After `markUsed` it neither expires nor counts.
 */
export async function uploadedDocuments(
  aoo: AooId,
  uploadIds: readonly string[],
  deps: UploadDeps,
  client: string | null = null,
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
    if (upload === undefined || (client !== null && upload.client !== client))
      return refuse(problem('upload-unknown', place, id));
    if (isExpired(upload, at)) return refuse(problem('upload-expired', place));
    const { name, mediaType, sha256, size, received } = upload;
    if (sha256 === null) return refuse(problem('upload-incomplete', place, `${received} byte su ${size}`));
    // It may have been cancelled, or have expired, since it was read.
    const keep = async () =>
      (await deps.files.keep(id, { sha256, size })) ? ok(null) : refuse(problem('upload-expired', place));
    documents.push({ name, mediaType, sha256, size, keep });
  }
  return ok(documents);
}
