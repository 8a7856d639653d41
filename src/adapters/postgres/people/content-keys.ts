import type pg from 'pg';
import type { ContentKeyLine, ContentKeyStore } from '../../../service/people/content-keys.ts';

/** Both kinds are rare, and found by their kind. */
export const UNSEEN_KEYS = `select k.entry_id as "entryId", k.at, k.person as by, k.data->>'credential' as credential,
    k.data->>'name' as name, array(select jsonb_array_elements_text(k.data->'scopes')) as scopes, k.data->>'until' as until,
    (select c.revoked_at from credential c where c.aoo = k.aoo and c.credential_id = k.data->>'credential') as "revokedAt"
  from access_log k
  where k.aoo = $1 and k.what = 'content-key' and not exists (
    select from access_log s where s.aoo = $1 and s.what = 'content-key-seen' and s.data->>'entry' = k.entry_id::text)
  order by k.at desc, k.entry_id desc limit $2`;

export const contentKeyRows = (pool: pg.Pool): ContentKeyStore => ({
  async unseenContentKeys(aoo, limit) {
    return (await pool.query<ContentKeyLine>(UNSEEN_KEYS, [aoo, limit])).rows;
  },
});
