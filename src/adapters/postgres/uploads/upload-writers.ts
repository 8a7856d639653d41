import type pg from 'pg';
import type { UploadWriters } from '../../../service/uploads/upload-store.ts';
import { toUpload, UPLOAD_COLUMNS, type UploadRow } from './upload-rows.ts';

/** An upload has one writer at a time. Its lease ends by the database's clock, which all processes share. */
export function uploadWriters(pool: pg.Pool): UploadWriters {
  return {
    async claim(aoo, uploadId, writer, at, seconds) {
      const { rows } = await pool.query<UploadRow & { written_by: string | null }>(
        `update upload set writer = $3, writer_until = now() + make_interval(secs => $5)
          where aoo = $1 and upload_id = $2 and state = 'open' and expires_at > $4
            and (writer_until is null or writer_until < now())
         returning ${UPLOAD_COLUMNS}, written_by`,
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
