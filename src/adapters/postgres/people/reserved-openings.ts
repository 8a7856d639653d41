import type pg from 'pg';
import type { OpeningStore } from '../../../service/people/reserved-openings.ts';
import { cleanText } from '../database/json.ts';
import { asking } from '../database/prepared.ts';

/** Few are reserved, so that what is named is looked up by its key, and nothing else is read. */
export const LOG_OPENED = `with named as (
    select s.register, s.year, s.number
      from unnest($2::text[], $3::int[], $4::bigint[]) n (register, year, number)
      join registration_reserved s on s.aoo = $1 and s.register = n.register and s.year = n.year and s.number = n.number
     where s.lifted_at is null
    union
    select s.register, s.year, s.number
      from (select x.register, x.year, x.number from exchange x where x.aoo = $1 and x.exchange_id = any($5::uuid[])
            union all
            select x.register, x.year, x.number from mail m join exchange x on x.aoo = m.aoo and x.exchange_id = m.exchange_id
             where m.aoo = $1 and m.mail_id = any($5::uuid[])) x
      join registration_reserved s on s.aoo = $1 and s.register = x.register and s.year = x.year and s.number = x.number
     where s.lifted_at is null)
  insert into access_log (aoo, entry_id, at, what, person_id, person, address, data)
  select $1, gen_random_uuid(), $6, 'reserved-opened', $7, $8, $9, o.data || jsonb_build_object('page', $10::text)
    from (select jsonb_build_object('register', register, 'year', year, 'number', number) as data from named) o
   where $11::timestamptz is null or not exists (select from access_log l where l.person_id = $7 and l.at > $11
     and l.aoo = $1 and l.what = 'reserved-opened' and l.data @> o.data)`;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function postgresOpenings(pool: pg.Pool): OpeningStore {
  const ask = asking(pool);
  return {
    async logOpened({ aoo, personId, person, address, page }, { registrations, ids }, at, unlessSince) {
      await ask(LOG_OPENED, [
        aoo,
        registrations.map(({ register }) => register),
        registrations.map(({ year }) => year),
        registrations.map(({ number }) => number),
        ids.filter((id) => UUID.test(id)),
        ...[at, personId, cleanText(person).slice(0, 200), address, page, unlessSince],
      ]);
    },
  };
}
