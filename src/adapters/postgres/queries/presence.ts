import type pg from 'pg';
import { type Looking, PRESENCE_SECONDS, type Presence } from '../../../service/queries/presence.ts';

/** Rows of an unlogged table that age away; each beat also takes a few old ones with it. */
export const postgresPresence = (pool: pg.Pool): Presence => ({
  async beat({ aoo, about, page, personId, name, isWriting }) {
    await pool.query(
      `with old as (
         delete from presence where ctid in (
           select ctid from presence where seen_at < now() - make_interval(secs => $7) order by seen_at limit 50)
       ), known as (
         select is_writing from presence where aoo = $1 and about = $2 and page = $3
            and seen_at >= now() - make_interval(secs => $7)
       ), written as (
         insert into presence (aoo, about, page, person_id, name, is_writing, seen_at) values ($1, $2, $3, $4, $5, $6, now())
         on conflict (aoo, about, page) do update set is_writing = $6, seen_at = now()
            where presence.person_id = $4
       )
       select pg_notify('interpro_events', $1) where (select is_writing from known) is distinct from $6`,
      [aoo, about, page, personId, name, isWriting, PRESENCE_SECONDS],
    );
  },
  async leave({ aoo, about, page, personId }) {
    await pool.query(
      `with gone as (delete from presence where aoo = $1 and about = $2 and page = $3 and person_id = $4 returning 1)
       select pg_notify('interpro_events', $1) from gone`,
      [aoo, about, page, personId],
    );
  },
  async others(aoo, about, personId) {
    const { rows } = await pool.query<{ about: string; name: string; is_writing: boolean }>(
      `select about, name, bool_or(is_writing) as is_writing from presence
        where aoo = $1 and about = any($2) and person_id <> $3 and seen_at >= now() - make_interval(secs => $4)
        group by about, person_id, name order by name limit 200`,
      [aoo, about, personId, PRESENCE_SECONDS],
    );
    return rows.map(({ about: what, name, is_writing }): Looking => ({ about: what, name, isWriting: is_writing }));
  },
});
