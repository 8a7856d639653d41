import type pg from 'pg';
import type { Unit, UnitChanges } from '../../../service/people/unit.ts';
import type { UnitStore } from '../../../service/people/units.ts';

export const unitRows = (pool: pg.Pool): UnitStore => ({
  async units(aoo, today) {
    const found = await pool.query<Unit>(
      `select u.aoo, u.unit_id as "unitId", u.name, u.code, u.valid_from as "validFrom", u.valid_to as "validTo",
              u.successor, u.version, coalesce(m.members, '[]') as members
         from unit u
         left join lateral (
           select json_agg(json_build_object('personId', p.person_id, 'name', p.name, 'isHead', m.is_head,
               'awayUntil', (select max(a.last_day) from absence a
                 where a.person_id = p.person_id and a.first_day <= $2 and a.last_day >= $2))
               order by m.is_head desc, p.name) as members
             from unit_member m join person p using (person_id)
            where m.aoo = u.aoo and m.unit_id = u.unit_id and p.disabled_at is null
         ) m on true
        where u.aoo = $1 order by u.name, u.unit_id`,
      [aoo, today],
    );
    return found.rows;
  },
});

export const unitChanges = (client: pg.PoolClient): UnitChanges => ({
  async addUnit({ aoo, unitId, name, code, validFrom, validTo, successor }) {
    const { rowCount } = await client.query(
      `insert into unit (aoo, unit_id, name, code, valid_from, valid_to, successor) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (aoo, code) do nothing`,
      [aoo, unitId, name, code, validFrom, validTo, successor],
    );
    return rowCount === 1;
  },
  async changeUnit({ aoo, unitId, name, validFrom, validTo, successor, version }) {
    const { rowCount } = await client.query(
      `update unit set name = $3, valid_from = $4, valid_to = $5, successor = $6, version = version + 1
        where aoo = $1 and unit_id = $2 and version = $7`,
      [aoo, unitId, name, validFrom, validTo, successor, version],
    );
    return rowCount === 1;
  },
  async setMember(aoo, unitId, personId, isHead, at) {
    await client.query(
      `insert into unit_member (aoo, unit_id, person_id, is_head, since) values ($1, $2, $3, $4, $5)
       on conflict (aoo, unit_id, person_id) do update set is_head = excluded.is_head`,
      [aoo, unitId, personId, isHead, at],
    );
  },
  async removeMember(aoo, unitId, personId) {
    const { rowCount } = await client.query(
      'delete from unit_member where aoo = $1 and unit_id = $2 and person_id = $3',
      [aoo, unitId, personId],
    );
    return rowCount === 1;
  },
});
