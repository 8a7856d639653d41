import type pg from 'pg';
import type { PeopleListStore, PersonAndRoles } from '../../../service/people/manage-people.ts';
import type { AccessEntry } from '../../../service/people/person.ts';
import { PERSON_COLUMNS } from './persons.ts';

/**
 * `$2`: what name or login contain; `$3`: the name after which the list goes on. Each person is asked about alone, by the limits:
 * a list of all roles would be made for each page.
 */
export const PEOPLE_BY_NAME = `select ${PERSON_COLUMNS},
    exists (select from second_factor f where f.person_id = p.person_id and f.confirmed_at is not null) as "hasFactor",
    exists (select from person_account a where a.person_id = p.person_id) as "hasAccount",
    (select max(s.seen_at) from session s where s.person_id = p.person_id) as "lastSeenAt",
    coalesce((select json_agg(json_build_object('aoo', nullif(r.aoo, '-'), 'role', r.role, 'source', r.source,
        'givenAt', r.given_at, 'givenBy', r.given_by) order by r.aoo, r.role)
      from person_role r where r.person_id = p.person_id and ($1::text is null or r.aoo = $1)), '[]') as roles
  from person p
  where ($1::text is null
      or (select true from person_role r where r.aoo = $1 and r.person_id = p.person_id limit 1)
      or (select true from unit_member m where m.aoo = $1 and m.person_id = p.person_id limit 1))
    and ($2 = '' or strpos(lower(p.name || ' ' || p.login), lower($2)) > 0)
    and p.name > $3
  order by p.name, p.person_id limit $4`;

const ENTRIES = `select nullif(aoo, '-') as aoo, entry_id as "entryId", at, what, person_id as "personId", person, address, data
  from access_log where `;

export const peopleListRows = (pool: pg.Pool): PeopleListStore => ({
  async people({ aoo, text, after, limit }) {
    const found = await pool.query<PersonAndRoles>(PEOPLE_BY_NAME, [aoo, text, after, limit]);
    // JSON has dates as text.
    return found.rows.map((row) => ({
      ...row,
      roles: row.roles.map((role) => ({ ...role, givenAt: new Date(role.givenAt) })),
    }));
  },
  async accessLog({ aoo, personId, what, before, limit }) {
    const values: unknown[] = [];
    const put = (value: unknown): string => `$${values.push(value)}`;
    const wanted = [
      ...(aoo === null ? [] : [`aoo = ${put(aoo)}`]),
      ...(personId === undefined ? [] : [`person_id = ${put(personId)}`]),
      ...(what === undefined ? [] : [`what = ${put(what)}`]),
      ...(before === undefined ? [] : [`(at, entry_id) < (${put(before.at)}, ${put(before.entryId)})`]),
    ];
    const found = await pool.query<AccessEntry>(
      `${ENTRIES}${wanted.length === 0 ? 'true' : wanted.join(' and ')} order by at desc, entry_id desc limit ${put(limit)}`,
      values,
    );
    return found.rows;
  },
});
