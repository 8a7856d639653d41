import type pg from 'pg';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { CommandKey } from '../../service/register/idempotent-command.ts';
import type { NewUpload, Upload, UploadStore } from '../../service/uploads/ports.ts';
import { keepAnswer, keptAnswer } from './command-answers.ts';
import { cleanText } from './database/json.ts';
import { inTransaction } from './database/pool.ts';
import { lockOffice } from './office/transaction.ts';

interface UploadRow {
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
const UPLOAD = `aoo, upload_id, name, media_type, size, declared_sha256, sha256, received, state, client, created_at,
  expires_at, used_by`;

const toUpload = (row: UploadRow): Upload => ({
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

/** Any constant will do; with the office's name it keeps two requests from both fitting into the last free place. */
const QUOTA_LOCK = 7_240_311;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What was never one of our ids is not asked for. */
const isId = (text: string): boolean => UUID.test(text);

type KeptUpload = Omit<NewUpload, 'createdAt' | 'expiresAt'> & {
  readonly createdAt: string;
  readonly expiresAt: string;
};
const fromKept = (kept: KeptUpload): NewUpload => ({
  ...kept,
  createdAt: new Date(kept.createdAt),
  expiresAt: new Date(kept.expiresAt),
});

/** Keys count within the office, under its lock; who brings none does not wait for it. */
async function answeredBefore<T>(client: pg.PoolClient, aoo: AooId, key: CommandKey | null) {
  if (key !== null) await lockOffice(client, aoo);
  return keptAnswer<T>(client, aoo, key);
}

export function postgresUploads(pool: pg.Pool): UploadStore {
  return {
    ...ofWriters(pool),
    create: (upload, most, key) =>
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
      }),
    async find(aoo, uploadId) {
      if (!isId(uploadId)) return null;
      const { rows } = await pool.query<UploadRow>({
        name: 'upload find',
        text: `select ${UPLOAD} from upload where aoo = $1 and upload_id = $2`,
        values: [aoo, uploadId],
      });
      return rows[0] === undefined ? null : toUpload(rows[0]);
    },
    async findMany(aoo, uploadIds) {
      const { rows } = await pool.query<UploadRow>(
        `select ${UPLOAD} from upload where aoo = $1 and upload_id = any($2::uuid[])`,
        [aoo, uploadIds.filter(isId)],
      );
      return rows.map(toUpload);
    },
    markUsed: (aoo, uploadIds, usedBy, at) => markUploadsUsed(pool, aoo, uploadIds, usedBy, at),
    remove: async (aoo, uploadId, { at, key }) =>
      isId(uploadId)
        ? inTransaction(pool, async (client) => {
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
          })
        : 'unknown',
    async expire(at, limit) {
      const { rows } = await pool.query<{ aoo: AooId; uploadId: string }>(
        `with over as (
           select aoo, upload_id from upload
            where state in ('open', 'complete') and used_at is null and expires_at <= $1
              and (writer_until is null or writer_until < now())
            order by expires_at limit $2 for update skip locked)
         update upload set state = 'expired' from over
          where upload.aoo = over.aoo and upload.upload_id = over.upload_id
         returning upload.aoo, upload.upload_id as "uploadId"`,
        [at, limit],
      );
      return rows;
    },
    async purge(before, limit) {
      const { rows } = await pool.query<{ upload_id: string }>(
        `with over as (
           select aoo, upload_id from upload
            where expires_at < $1 and (state = 'expired' or used_at is not null)
            order by expires_at limit $2 for update skip locked)
         delete from upload using over where upload.aoo = over.aoo and upload.upload_id = over.upload_id
         returning upload.upload_id`,
        [before, limit],
      );
      return rows.map(({ upload_id }) => upload_id);
    },
  };
}

/** The lease of the one writer; it ends by the database's clock, which all processes share. */
function ofWriters(pool: pg.Pool): Pick<UploadStore, 'claim' | 'progress' | 'complete' | 'release'> {
  return {
    async claim(aoo, uploadId, writer, at, seconds) {
      const { rows } = await pool.query<UploadRow & { written_by: string | null }>(
        `update upload set writer = $3, writer_until = now() + make_interval(secs => $5)
          where aoo = $1 and upload_id = $2 and state = 'open' and expires_at > $4
            and (writer_until is null or writer_until < now())
         returning ${UPLOAD}, written_by`,
        [aoo, uploadId, writer, at, seconds],
      );
      const [row] = rows;
      return row === undefined ? null : { upload: toUpload(row), writtenBy: row.written_by };
    },
    async progress({ aoo, uploadId, writer }, received, expiresAt, seconds) {
      const done = await pool.query(
        `update upload set received = $4, written_by = $3, expires_at = $5,
                writer_until = now() + make_interval(secs => $6)
          where aoo = $1 and upload_id = $2 and writer = $3 and state = 'open'`,
        [aoo, uploadId, writer, received, expiresAt, seconds],
      );
      return done.rowCount === 1;
    },
    async complete({ aoo, uploadId, writer }, sha256, expiresAt) {
      const done = await pool.query(
        `update upload set state = 'complete', received = size, sha256 = $4, expires_at = $5, writer = null,
                writer_until = null
          where aoo = $1 and upload_id = $2 and writer = $3 and state = 'open'`,
        [aoo, uploadId, writer, sha256, expiresAt],
      );
      return done.rowCount === 1;
    },
    async release({ aoo, uploadId, writer }) {
      await pool.query(
        'update upload set writer = null, writer_until = null where aoo = $1 and upload_id = $2 and writer = $3',
        [aoo, uploadId, writer],
      );
    },
  };
}

/** In a transaction of the caller's, where `client` is its connection. What an upload was first used for stays. */
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
    [aoo, uploadIds.filter(isId), cleanText(usedBy), at],
  );
}
