import type pg from 'pg';
import type { Draft, Drafts } from '../../../service/by-hand/ports.ts';
import { toJson } from '../database/json.ts';
import { FORM } from '../queries/list-page.ts';

const COLUMNS = `draft_id as "draftId", person_id as "personId", kind, content, version, saved_at as "savedAt"`;

export const postgresDrafts = (pool: pg.Pool): Drafts => ({
  async list(aoo, personId, kind, limit) {
    const { rows } = await pool.query<Draft>(
      `select ${COLUMNS} from draft where aoo = $1 and person_id = $2 and kind = $3 order by saved_at desc limit $4`,
      [aoo, personId, kind, limit],
    );
    return rows;
  },
  async find(aoo, personId, draftId) {
    if (!FORM.uuid.test(draftId)) return null;
    const { rows } = await pool.query<Draft>(
      `select ${COLUMNS} from draft where aoo = $1 and person_id = $2 and draft_id = $3`,
      [aoo, personId, draftId],
    );
    return rows[0] ?? null;
  },
  async save(aoo, { draftId, personId, kind, content, version, savedAt }, most) {
    if (!FORM.uuid.test(draftId)) return false;
    // Another person's draft of that id is neither seen nor replaced.
    const saved = await pool.query(
      version === 0
        ? `insert into draft (aoo, draft_id, person_id, kind, content, version, saved_at)
           values ($1, $2, $3, $4, $5, $6 + 1, $7) on conflict do nothing`
        : `update draft set content = $5, version = version + 1, saved_at = $7
            where aoo = $1 and draft_id = $2 and person_id = $3 and kind = $4 and version = $6`,
      [aoo, draftId, personId, kind, toJson(content), version, savedAt],
    );
    if (saved.rowCount === 0) return false;
    if (version === 0)
      await pool.query(
        `delete from draft where aoo = $1 and person_id = $2 and draft_id in (select draft_id from draft
          where aoo = $1 and person_id = $2 and kind = $3 order by saved_at desc offset $4)`,
        [aoo, personId, kind, most],
      );
    return true;
  },
  async remove(aoo, personId, draftId) {
    if (!FORM.uuid.test(draftId)) return;
    await pool.query('delete from draft where aoo = $1 and person_id = $2 and draft_id = $3', [aoo, personId, draftId]);
  },
  async keptForNext(aoo, personId, kind) {
    const { rows } = await pool.query<Pick<Draft, 'content'>>(
      'select content from kept_for_next where aoo = $1 and person_id = $2 and kind = $3',
      [aoo, personId, kind],
    );
    return rows[0]?.content ?? null;
  },
  async keepForNext(aoo, personId, kind, content) {
    if (content === null) {
      await pool.query('delete from kept_for_next where aoo = $1 and person_id = $2 and kind = $3', [
        ...[aoo, personId, kind],
      ]);
      return;
    }
    await pool.query(
      `insert into kept_for_next (aoo, person_id, kind, content) values ($1, $2, $3, $4)
       on conflict (aoo, person_id, kind) do update set content = excluded.content`,
      [aoo, personId, kind, toJson(content)],
    );
  },
});
