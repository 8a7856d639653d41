import type pg from 'pg';
import { legalTime } from '../../../kernel/clock.ts';
import type { DigestItem } from '../../../kernel/digest-mail.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { protocolNumber } from '../../../kernel/ids.ts';
import type { AssignedItem, AssignmentListName } from '../../../service/assignments/assignment-views.ts';
import type { DigestPerson, DigestStore, WaitingInOffice } from '../../../service/assignments/daily-digest.ts';
import { asking } from '../database/prepared.ts';
import { assignmentList } from './assignment-lists.ts';

export const CLAIM_DIGESTS = `update assignment_digest g set leased_until = $3
   from person p
  where p.person_id = g.person_id and g.person_id in (
    select d.person_id from assignment_digest d
     where d.done_for < $1::date and (d.leased_until is null or d.leased_until <= $2)
       and exists (select from person q where q.person_id = d.person_id and q.disabled_at is null and q.address <> '')
     order by d.done_for, d.person_id limit $4 for update skip locked)
  returning g.person_id as "personId", p.name, p.address`;

/** Of each office, the units that the person works for on this day, also for who is absent. */
export const UNITS_OF_PERSON = `select m.aoo, array_agg(distinct m.unit_id::text) as units
   from unit_member m join unit using (aoo, unit_id)
  where (m.person_id = $1 or exists (select from delegation d
      join person f on f.person_id = d.from_person and f.disabled_at is null
      where d.aoo = m.aoo and d.to_person = $1 and d.from_person = m.person_id and d.ended_at is null
        and d.first_day <= $2 and d.last_day >= $2))
    and unit.valid_from <= $2 and (unit.valid_to is null or unit.valid_to > $2)
  group by m.aoo`;
const OFFICES_OF_PERSON = `select distinct aoo from person_role where person_id = $1 and aoo <> '-'`;
const RESERVED = `select s.register, s.year, s.number::int as number
   from unnest($2::text[], $3::int[], $4::bigint[]) n (register, year, number)
   join registration_reserved s on s.aoo = $1 and s.register = n.register and s.year = n.year and s.number = n.number
  where s.lifted_at is null`;

/** One more than are counted in words. */
const MOST = 101;

export function postgresDigests(pool: pg.Pool): DigestStore {
  const ask = asking(pool);
  const list = async (aoo: AooId, personId: string, units: readonly string[], name: AssignmentListName) => {
    const reader = { all: false, reserved: false, personId, units };
    const page = await assignmentList(pool, reader, { aoo, list: name, scope: 'own', cursor: null, limit: MOST });
    return namedItems(aoo, page?.items ?? []);
  };
  const namedItems = async (aoo: AooId, items: readonly AssignedItem[]): Promise<readonly DigestItem[]> => {
    const { rows } = await ask<{ register: string; year: number; number: number }>(RESERVED, [
      aoo,
      items.map(({ register }) => register),
      items.map(({ year }) => year),
      items.map(({ number }) => number),
    ]);
    const reserved = new Set(rows.map(({ register, year, number }) => `${register} ${year} ${number}`));
    return items.map(({ register, year, number, subject, since }) => ({
      number: `${protocolNumber(number)}/${year}`,
      subject: reserved.has(`${register} ${year} ${number}`) ? null : subject,
      since: legalTime(since).date,
    }));
  };
  return {
    async wants(personId) {
      return ((await ask('select from assignment_digest where person_id = $1', [personId])).rowCount ?? 0) > 0;
    },
    async setWanted(personId, isWanted, at) {
      await (isWanted
        ? ask('insert into assignment_digest (person_id, wanted_at) values ($1, $2) on conflict do nothing', [
            personId,
            at,
          ])
        : ask('delete from assignment_digest where person_id = $1', [personId]));
    },
    async claim(day, now, leasedUntil, most) {
      return (await ask<DigestPerson & pg.QueryResultRow>(CLAIM_DIGESTS, [day, now, leasedUntil, most])).rows;
    },
    async waiting(personId, day) {
      const units = await ask<{ aoo: AooId; units: readonly string[] }>(UNITS_OF_PERSON, [personId, day]);
      const offices = await ask<{ aoo: AooId }>(OFFICES_OF_PERSON, [personId]);
      const of = new Map<AooId, readonly string[]>(offices.rows.map(({ aoo }) => [aoo, []]));
      for (const row of units.rows) of.set(row.aoo, row.units);
      const found: WaitingInOffice[] = [];
      for (const [aoo, own] of [...of].sort(([one], [other]) => (one < other ? -1 : 1)))
        found.push({
          aoo,
          toTake: await list(aoo, personId, own, 'to-take'),
          unread: await list(aoo, personId, own, 'unread'),
        });
      return found;
    },
    async done(personId, day) {
      await ask('update assignment_digest set done_for = $2, leased_until = null where person_id = $1', [
        personId,
        day,
      ]);
    },
  };
}
