import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { AccessEntry, DeskPerson, HeldRole, Workplace } from '../../../service/people/person.ts';
import type { PersonStore, PersonWithPassword } from '../../../service/people/store.ts';
import { cleanText, toJson } from '../database/json.ts';

export const PERSON_COLUMNS = `p.person_id as "personId", p.login, p.name, p.address, p.single_keys as "singleKeys",
  p.password is not null as "hasPassword", p.disabled_at as "disabledAt", p.created_at as "createdAt", p.version`;

interface PersonRow extends DeskPerson {
  readonly password: string | null;
  readonly lastAoo: AooId | null;
  readonly secret: string | null;
  readonly confirmed_at: Date | null;
  readonly last_step: number | null;
}

const WITH_PASSWORD = `select ${PERSON_COLUMNS}, p.password, p.last_aoo as "lastAoo", f.secret, f.confirmed_at, f.last_step
  from person p left join second_factor f using (person_id)`;

const toPerson = ({ secret, confirmed_at, last_step, ...person }: PersonRow): PersonWithPassword => ({
  ...person,
  factor: secret === null ? null : { secret, confirmed: confirmed_at !== null, lastStep: last_step ?? 0 },
});

export const ROLE_COLUMNS = `nullif(aoo, '-') as aoo, role, source, given_at as "givenAt", given_by as "givenBy"`;

/** Whoever is disabled does not come in by a link that was made before, nor after being enabled again. */
const CHANGE_PERSON = `with changed as (
  update person set version = version + 1,
    name = coalesce($3, name),
    address = case when $4 then $5 else address end,
    single_keys = coalesce($6, single_keys),
    disabled_at = case when $7 then $8::timestamptz else disabled_at end
  where person_id = $1 and version = $2 returning person_id, disabled_at
), void as (
  delete from entry_token e using changed
   where e.person_id = changed.person_id and changed.disabled_at is not null and e.used_at is null
)
select from changed`;

export function personRows(pool: pg.Pool): PersonStore {
  const first = async (where: string, value: string): Promise<PersonWithPassword | null> => {
    const found = await pool.query<PersonRow>(`${WITH_PASSWORD} where ${where}`, [value]);
    return found.rows[0] === undefined ? null : toPerson(found.rows[0]);
  };
  return {
    personByLogin: (login) => first('p.login = $1', login),
    person: (personId) => first('p.person_id = $1', personId),
    async createPerson(person) {
      const { rowCount } = await pool.query(
        `insert into person (person_id, login, name, address, password, password_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, case when $5::text is null then null else $6::timestamptz end, $6, $7)
         on conflict (login) do nothing`,
        [
          person.personId,
          person.login,
          person.name,
          person.address,
          person.password,
          person.createdAt,
          person.createdBy,
        ],
      );
      return rowCount === 1;
    },
    async changePerson(personId, version, change) {
      const { rowCount } = await pool.query(CHANGE_PERSON, [
        personId,
        version,
        change.name ?? null,
        change.address !== undefined,
        change.address ?? null,
        change.singleKeys ?? null,
        change.disabledAt !== undefined,
        change.disabledAt ?? null,
      ]);
      return rowCount === 1;
    },
    async setPassword(personId, password, at) {
      await pool.query(
        'update person set password = $2, password_at = $3, version = version + 1 where person_id = $1',
        [personId, password, at],
      );
    },
    async rolesOf(personId) {
      const found = await pool.query<HeldRole>(
        `select ${ROLE_COLUMNS} from person_role where person_id = $1 order by aoo, role`,
        [personId],
      );
      return found.rows;
    },
    async workplaces(personId, method = 'account') {
      const found = await pool.query<Workplace>(
        `select aoo, name from aoo where aoo in (
           select aoo from person_role where person_id = $1 and (source = 'person' or $2 = 'account')
           union select aoo from unit_member where person_id = $1
           union select d.aoo from delegation d join person f on f.person_id = d.from_person
            where d.to_person = $1 and d.ended_at is null and d.last_day >= current_date - 1 and f.disabled_at is null)
         order by name, aoo`,
        [personId, method],
      );
      return found.rows;
    },
    async nodeAdministrators() {
      const found = await pool.query<DeskPerson>(
        `select ${PERSON_COLUMNS} from person p join person_role r using (person_id)
          where r.aoo = '-' and r.role = 'administrator' and p.disabled_at is null order by p.created_at, p.person_id`,
      );
      return found.rows;
    },
    logAccess: (entries) => writeAccess(pool, entries),
  };
}

export async function writeAccess(
  client: Pick<pg.PoolClient, 'query'>,
  entries: readonly AccessEntry[],
): Promise<void> {
  for (const entry of entries)
    await client.query(
      `insert into access_log (aoo, entry_id, at, what, person_id, person, address, data)
       values (coalesce($1, '-'), $2, $3, $4, $5, $6, $7, $8)`,
      [
        entry.aoo,
        entry.entryId,
        entry.at,
        entry.what,
        entry.personId,
        cleanText(entry.person).slice(0, 200),
        entry.address,
        toJson(entry.data),
      ],
    );
}
