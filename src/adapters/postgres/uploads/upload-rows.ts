import type { AooId, Sha256 } from '../../../kernel/ids.ts';
import type { Upload } from '../../../service/uploads/upload-store.ts';

export interface UploadRow {
  aoo: string;
  upload_id: string;
  name: string;
  media_type: string;
  size: number;
  declared_sha256: string | null;
  sha256: string | null;
  received: number;
  state: Upload['state'];
  client: string;
  created_at: Date;
  expires_at: Date;
  used_by: string | null;
}

export const UPLOAD_COLUMNS = `aoo, upload_id, name, media_type, size, declared_sha256, sha256, received, state, client, created_at,
  expires_at, used_by`;

export const toUpload = (row: UploadRow): Upload => ({
  aoo: row.aoo as AooId,
  uploadId: row.upload_id,
  name: row.name,
  mediaType: row.media_type,
  size: row.size,
  declaredSha256: row.declared_sha256 as Sha256 | null,
  sha256: row.sha256 as Sha256 | null,
  received: row.received,
  state: row.state,
  client: row.client,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedBy: row.used_by,
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** PostgreSQL is not asked for what cannot be an upload's id. */
export const isUploadId = (text: string): boolean => UUID.test(text);
