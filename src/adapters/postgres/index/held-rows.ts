import type { HeldEntry } from '../../../service/index/ports.ts';
import { toVersion, type VersionRow, versionColumns } from './version-rows.ts';

/** Newer layouts give a municipality by its codes alone; its name is that of the body with the same code. */
export const MUNICIPALITY = `coalesce(e.municipality,
  (select p.name from index_place p where p.cadastral = e.cadastral limit 1),
  (select p.name from index_place p where p.istat = e.istat limit 1))`;

/** For `select … from index_entry e`, read with `toHeld`. */
export const HELD_COLUMNS = `${versionColumns('e').replace('e.municipality', `${MUNICIPALITY} as municipality`)},
  exists (select from index_layer l where l.body = e.body_key) as layered,
  exists (select from index_observation o where o.body = e.body_key) as observed,
  case when e.kind in ('aoo', 'office', 'pec') and not exists (
      select from index_entry b where b.kind = 'body' and b.key = e.body_key and b.valid_to is null)
    then (select max(b.valid_to) from index_entry b where b.kind = 'body' and b.key = e.body_key and b.valid_to is not null)
    end as body_ended`;

export type HeldRow = VersionRow & Pick<HeldEntry, 'layered' | 'observed'> & { body_ended: string | null };

export const toHeld = (row: HeldRow): HeldEntry => ({
  ...toVersion(row),
  layered: row.layered,
  observed: row.observed,
  bodyEnded: row.body_ended,
});

/** No row of this kind and key is valid now: `e` is of a row that has ceased. */
export const CEASED = `e.valid_to is not null
  and not exists (select from index_entry n where n.kind = e.kind and n.key = e.key and n.valid_to is null)`;
