import type pg from 'pg';
import type { FilesToRead, FileToRead } from '../../../service/administration/verify-files.ts';

/**
 * Mails as they came, documents that are no part of a mail, and closed registers. A document inside a mail is in the mail's
 * bytes. One sort, then pages of it: reading the files between two pages may take longer than a session may be idle.
 */
export const FILES = `select sha256, max(size) as size, min(of) as of from (
  select sha256, size, 'mail ' || mail_id as of from mail where aoo = $1
  union all select coalesce(source, sha256), case when source is null then size else 0 end,
                   concat_ws('/', register, year, number) from registration_document where aoo = $1
  union all select xml_sha256, xml_size, concat_ws('/', register, kind, day) from daily_register where aoo = $1
  union all select pdf_sha256, pdf_size, concat_ws('/', register, kind, day) from daily_register where aoo = $1
) files where sha256 > $2 group by sha256 order by sha256`;
const PAGE = 200;

export const postgresStoredFiles = (pool: pg.Pool): FilesToRead => ({
  async *pages(aoo, after) {
    const client = await pool.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      await client.query('set local idle_in_transaction_session_timeout = 0');
      await client.query(`declare files cursor for ${FILES}`, [aoo, after]);
      for (;;) {
        const { rows } = await client.query<FileToRead & pg.QueryResultRow>(`fetch ${PAGE} from files`);
        if (rows.length === 0) break;
        yield rows;
      }
    } finally {
      // Also where nobody reads on.
      const broken = await client.query('rollback').then(
        () => undefined,
        (error: Error) => error,
      );
      client.release(broken);
    }
  },
});
