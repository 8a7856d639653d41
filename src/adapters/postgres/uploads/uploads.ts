import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { CommandKey } from '../../../service/register/idempotent-command.ts';
import type { NewUpload, UploadCommands, UploadReading, UploadStore } from '../../../service/uploads/upload-store.ts';
import { keepAnswer, keptAnswer } from '../command-answers.ts';
import { cleanText } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { lockOffice } from '../office/transaction.ts';
import { uploadCleanup } from './upload-cleanup.ts';
import { isUploadId, toUpload, UPLOAD_COLUMNS, type UploadRow } from './upload-rows.ts';
import { uploadWriters } from './upload-writers.ts';

export const postgresUploads = (pool: pg.Pool): UploadStore => ({
  create: creating(pool),
  remove: removing(pool),
  ...uploadReading(pool),
  markUsed: (aoo, uploadIds, usedBy, at) => markUploadsUsed(pool, aoo, uploadIds, usedBy, at),
  ...uploadWriters(pool),
  ...uploadCleanup(pool),
});

/** An arbitrary constant. With the office's name it makes requests take turns, so that two do not both fit into the last free place. */
const QUOTA_LOCK = 7_240_311;

const creating =
  (pool: pg.Pool): UploadCommands['create'] =>
  (upload, most, key) =>
    inTransaction(pool, async (client) => {
      const before = await answeredBefore<KeptUpload>(client, upload.aoo, key);
      if (before !== null) return before === 'other' ? 'other' : fromKept(before.answer);
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [QUOTA_LOCK, upload.aoo]);
      const done = await client.query(
        `insert into upload (aoo, upload_id, name, media_type, size, declared_sha256, client, created_at, expires_at)
         select $1, $2, $3, $4, $5::bigint, $6, $7, $8::timestamptz, $9
          where (select count(*) < $10 and coalesce(sum(size), 0) + $5 <= $11 from upload
                  where aoo = $1 and used_at is null and state in ('open', 'complete') and expires_at > $8)`,
        [
          upload.aoo,
          upload.uploadId,
          cleanText(upload.name),
          upload.mediaType,
          upload.size,
          upload.declaredSha256,
          upload.client,
          upload.createdAt,
          upload.expiresAt,
          most.uploads,
          most.bytes,
        ],
      );
      if (done.rowCount !== 1) return 'full';
      await keepAnswer(client, upload.aoo, key, upload, upload.createdAt);
      return upload;
    });

/** An upload as it was answered, read back from JSON. */
type KeptUpload = Omit<NewUpload, 'createdAt' | 'expiresAt'> & {
  readonly createdAt: string;
  readonly expiresAt: string;
};

const fromKept = (kept: KeptUpload): NewUpload => ({
  ...kept,
  createdAt: new Date(kept.createdAt),
  expiresAt: new Date(kept.expiresAt),
});

const removing =
  (pool: pg.Pool): UploadCommands['remove'] =>
  async (aoo, uploadId, { at, key }) => {
    if (!isUploadId(uploadId)) return 'unknown';
    return inTransaction(pool, async (client) => {
      const before = await answeredBefore(client, aoo, key);
      if (before !== null) return before === 'other' ? 'other' : 'removed';
      const { rows } = await client.query<{ known: boolean; gone: boolean }>(
        `with gone as (
           delete from upload where aoo = $1 and upload_id = $2 and (writer_until is null or writer_until < now())
           returning 1)
         select exists (select from upload where aoo = $1 and upload_id = $2) as known,
                exists (select from gone) as gone`,
        [aoo, uploadId],
      );
      if (!rows[0]?.gone) return rows[0]?.known ? 'busy' : 'unknown';
      await keepAnswer(client, aoo, key, { uploadId }, at);
      return 'removed';
    });
  };

/** Keys are kept per office, under its lock. A caller without a key need not wait for it. */
async function answeredBefore<T>(client: pg.PoolClient, aoo: AooId, key: CommandKey | null) {
  if (key !== null) await lockOffice(client, aoo);
  return keptAnswer<T>(client, aoo, key);
}

function uploadReading(pool: pg.Pool): UploadReading {
  return {
    async find(aoo, uploadId) {
      if (!isUploadId(uploadId)) return null;
      const { rows } = await pool.query<UploadRow>({
        name: 'upload find',
        text: `select ${UPLOAD_COLUMNS} from upload where aoo = $1 and upload_id = $2`,
        values: [aoo, uploadId],
      });
      return rows[0] === undefined ? null : toUpload(rows[0]);
    },
    async findMany(aoo, uploadIds) {
      const { rows } = await pool.query<UploadRow>(
        `select ${UPLOAD_COLUMNS} from upload where aoo = $1 and upload_id = any($2::uuid[])`,
        [aoo, uploadIds.filter(isUploadId)],
      );
      return rows.map(toUpload);
    },
  };
}

/** `client` may be inside the caller's transaction. What an upload was first used for stays. */
export async function markUploadsUsed(
  client: Pick<pg.Pool, 'query'>,
  aoo: AooId,
  uploadIds: readonly string[],
  usedBy: string,
  at: Date,
): Promise<void> {
  await client.query(
    `update upload set used_by = $3, used_at = $4
      where aoo = $1 and upload_id = any($2::uuid[]) and state = 'complete' and used_at is null`,
    [aoo, uploadIds.filter(isUploadId), cleanText(usedBy), at],
  );
}
