import type pg from 'pg';
import type {
  AssignedRegistration,
  AssignmentPassage,
  AssignmentView,
  AssignmentViews,
  Holding,
  UnitBacklog,
  UnitChoice,
} from '../../../service/assignments/assignment-views.ts';
import type { RegistrationKey } from '../../../service/register/changes.ts';
import { asking } from '../database/prepared.ts';
import { officeAssignments } from '../office/assignments.ts';
import { assignmentCount, assignmentList } from './assignment-lists.ts';
import { ABOUT_COLUMNS, notAnnulled, VIEW_COLUMNS, VIEW_JOINS } from './assignment-rows.ts';
import { readable } from './reader.ts';

export function postgresAssignments(pool: pg.Pool): AssignmentViews {
  const ask = asking(pool);
  return {
    async about(reader, aoo, { register, year, number }) {
      const values: unknown[] = [aoo, register, year, number, reader.personId];
      const seen = readable('r', reader, (given) => `$${values.push(given)}`);
      const found = await ask<AssignedRegistration & pg.QueryResultRow>(
        `${ABOUT} and (${seen} or ${CAME_BACK})`,
        values,
      );
      return found.rows[0] ?? null;
    },
    async registrationOf(aoo, assignmentId) {
      const found = await ask<RegistrationKey & pg.QueryResultRow>(
        'select register, year, number from assignment where aoo = $1 and assignment_id = $2',
        [aoo, assignmentId],
      );
      return found.rows[0] ?? null;
    },
    standsInFor: (aoo, personId, day) => officeAssignments(ask, aoo).standsInFor(personId, day),
    async holding(aoo, { register, year, number }) {
      const key = [aoo, register, year, number];
      const found = await ask<AssignmentView & pg.QueryResultRow>(OF_REGISTRATION, key);
      const rule = await ask<Holding['byRule'] & pg.QueryResultRow>(BY_RULE, key);
      return {
        competence: found.rows.find(({ kind }) => kind === 'competence') ?? null,
        information: found.rows.filter(({ kind, state }) => kind === 'information' && state !== 'withdrawn'),
        byRule: rule.rows[0] ?? null,
      };
    },
    async history(aoo, { register, year, number }) {
      const found = await ask<AssignmentPassage & pg.QueryResultRow>(HISTORY, [aoo, register, year, number]);
      return found.rows;
    },
    list: (reader, query) => assignmentList(pool, reader, query),
    count: (reader, query) => assignmentCount(pool, reader, query),
    async backlog(reader, aoo) {
      const values: unknown[] = [aoo];
      const seen = readable('t', reader, (given) => `$${values.push(given)}`);
      const found = await ask<UnitBacklog & pg.QueryResultRow>(BACKLOG.replaceAll('seen', seen), values);
      return found.rows;
    },
    async choices(aoo, day) {
      const found = await ask<UnitChoice & pg.QueryResultRow>(CHOICES, [aoo, day]);
      return found.rows;
    },
  };
}

const ABOUT = `
  select ${ABOUT_COLUMNS} from registration r where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number = $4`;

/** What was given back is with whoever had assigned it, too. */
const CAME_BACK = `exists (select from assignment b where b.aoo = r.aoo and b.register = r.register and b.year = r.year
  and b.number = r.number and b.assigned_by = $5::uuid and b.state = 'returned')`;

const OF_REGISTRATION = `
  select ${VIEW_COLUMNS} from assignment s ${VIEW_JOINS}
   where s.aoo = $1 and s.register = $2 and s.year = $3 and s.number = $4 order by s.kind, s.assignment_id`;

/** The office as a rule or a protocol system last wrote it. */
const BY_RULE = `
  select c.new_value as office, u.unit_id as "unitId", u.name as unit
    from (select new_value from registration_change
           where aoo = $1 and register = $2 and year = $3 and number = $4 and field = 'office'
           order by version desc limit 1) c
    left join lateral (select unit_id, name from unit
           where aoo = $1 and (lower(name) = lower(c.new_value) or lower(code) = lower(c.new_value))
             and valid_from <= (now() at time zone 'Europe/Rome')::date
             and (valid_to is null or valid_to > (now() at time zone 'Europe/Rome')::date)
           order by name, unit_id limit 1) u on true
   where c.new_value is not null`;

const HISTORY = `
  select v.event_id as "eventId", v.assignment_id as "assignmentId", s.kind, v.act, v.at, v.by_name as by,
         v.on_behalf_of as "onBehalfOf", v.from_name as "from", v.to_name as "to", v.note
    from assignment s join assignment_event v on v.aoo = s.aoo and v.assignment_id = s.assignment_id
   where s.aoo = $1 and s.register = $2 and s.year = $3 and s.number = $4 order by v.at, v.assignment_id, v.version, v.event_id`;

const BACKLOG = `
  select s.unit_id as "unitId", u.name as unit, (count(*) filter (where s.state = 'assigned'))::int as "toTake",
         (count(*) filter (where s.state = 'unread'))::int as unread, min(s.since) as oldest
    from (select t.unit_id, t.state, t.since from assignment t where t.aoo = $1 and t.state = 'assigned' and ${notAnnulled('t')} and seen
          union all
          select t.unit_id, t.state, t.since from assignment t where t.aoo = $1 and t.state = 'unread' and ${notAnnulled('t')} and seen) s
    join unit u on u.aoo = $1 and u.unit_id = s.unit_id
   group by s.unit_id, u.name order by min(s.since), s.unit_id`;

const CHOICES = `
  select u.unit_id as "unitId", u.name, u.code, coalesce((
           select jsonb_agg(jsonb_build_object('personId', p.person_id, 'name', p.name, 'isAbsent', exists (
                    select from absence b where b.person_id = p.person_id and $2::date between b.first_day and b.last_day))
                  order by p.name, p.person_id)
             from unit_member m join person p on p.person_id = m.person_id
            where m.aoo = u.aoo and m.unit_id = u.unit_id and p.disabled_at is null
              and exists (select from person_role r where r.aoo = m.aoo and r.person_id = p.person_id)), '[]') as persons
    from unit u where u.aoo = $1 and u.valid_from <= $2::date and (u.valid_to is null or u.valid_to > $2::date)
   order by u.name, u.unit_id`;
