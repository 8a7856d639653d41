import type { AooId } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import { isExpired, type UploadDeps } from './upload-lifetime.ts';
import type { Upload } from './upload-store.ts';

/** Refuses an upload from the moment it expires, whenever the clean-up runs. */
export async function readUpload(aoo: AooId, uploadId: string, deps: UploadDeps): Promise<Result<Upload>> {
  const upload = await deps.uploads.find(aoo, uploadId);
  if (upload === null) return refuse(problem('upload-unknown', '', uploadId));
  return isExpired(upload, deps.clock.now()) ? refuse(problem('upload-expired')) : ok(upload);
}

/** Forgets an upload, and its bytes unless a message used them. */
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
