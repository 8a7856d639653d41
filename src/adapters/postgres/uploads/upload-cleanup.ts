import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { UploadCleanup } from '../../../service/uploads/upload-store.ts';

export function uploadCleanup(pool: pg.Pool): UploadCleanup {
  return {
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
