import { isSha256 } from '../../kernel/digest.ts';
import { fileName } from '../../kernel/file-name.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import { expiry, type UploadDeps } from './upload-lifetime.ts';
import type { Upload } from './upload-store.ts';

export interface UploadRequest {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: string | null;
  /** Id of the client's credential. */
  readonly client: string;
}

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** Announces a document, once under an idempotency key. Nothing is written to disk yet. */
export async function openUpload(
  aoo: AooId,
  request: UploadRequest,
  deps: UploadDeps,
  key: CommandKey | null = null,
): Promise<Result<Upload>> {
  const { size } = request;
  const mediaType = request.mediaType.trim().toLowerCase();
  const digest = request.sha256?.toLowerCase() ?? null;
  const name = fileName(request.name);
  if (name === null) return refuse(problem('file-name-invalid', '/name'));
  if (!MEDIA_TYPE.test(mediaType))
    return refuse(problem('bad-request', '/mediaType', 'il tipo di contenuto non è scritto come «tipo/sottotipo»'));
  if (!Number.isSafeInteger(size) || size < 1)
    return refuse(problem('bad-request', '/size', 'la dimensione è almeno 1 byte'));
  if (size > LIMITS.sentBytes) return refuse(problem('upload-too-large', '/size', String(LIMITS.sentBytes)));
  if (digest !== null && !isSha256(digest))
    return refuse(problem('bad-request', '/sha256', "l'impronta non è uno SHA-256 in esadecimale"));
  const at = deps.clock.now();
  const upload = {
    aoo,
    uploadId: uuidv7(at),
    name,
    mediaType,
    size,
    declaredSha256: digest as Sha256 | null,
    client: request.client,
    createdAt: at,
    expiresAt: expiry(at),
  };
  const most = { uploads: LIMITS.uploads, bytes: LIMITS.uploadBytes };
  const opened = await deps.uploads.create(upload, most, key);
  if (opened === 'other') return refuse(problem('idempotency-key-reused'));
  if (opened === 'full') return refuse(problem('upload-quota', '', `al massimo ${most.uploads}, o ${most.bytes} byte`));
  return ok({ ...opened, sha256: null, received: 0, state: 'open', usedBy: null });
}
