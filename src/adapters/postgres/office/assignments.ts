import type pg from 'pg';
import type { Assignment, AssignmentEventType, Holder } from '../../../domain/assignments/assignment.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type {
  HolderFacts,
  OfficeAssignments,
  PersonFacts,
  UnitFacts,
} from '../../../service/register/office-transaction.ts';
import type { Asking } from '../database/prepared.ts';
import { readable } from '../queries/reader.ts';

export const ASSIGNMENT_COLUMNS = `s.assignment_id as "assignmentId", s.register, s.year, s.number, s.kind, s.unit_id as "unitId",
  s.person_id as "personId", s.state, s.assigned_by as "assignedBy", s.since, s.version`;

export function officeAssignments(ask: Asking, aoo: AooId): OfficeAssignments {
  return {
    async find(assignmentId) {
      const found = await ask<Assignment & pg.QueryResultRow>(
        `select ${ASSIGNMENT_COLUMNS} from assignment s where s.aoo = $1 and s.assignment_id = $2`,
        [aoo, assignmentId],
      );
      return found.rows[0] ?? null;
    },
    async ofRegistration({ register, year, number }) {
      const found = await ask<Assignment & pg.QueryResultRow>(
        `select ${ASSIGNMENT_COLUMNS} from assignment s
          where s.aoo = $1 and s.register = $2 and s.year = $3 and s.number = $4 order by s.kind, s.assignment_id`,
        [aoo, register, year, number],
      );
      return found.rows;
    },
    async isSeen({ register, year, number }, reader) {
      const values: unknown[] = [aoo, register, year, number];
      const seen = readable('r', reader, (given) => `$${values.push(given)}`);
      const found = await ask(
        `select from registration r where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number = $4 and ${seen}`,
        values,
      );
      return found.rows.length > 0;
    },
    holders: (asked) => holderFacts(ask, aoo, asked),
    async standsInFor(personId, day) {
      const found = await ask<{ from_person: string }>(
        `select distinct d.from_person from delegation d
           join person f on f.person_id = d.from_person and f.disabled_at is null
          where d.aoo = $1 and d.to_person = $2 and d.ended_at is null and d.first_day <= $3::date
            and d.last_day >= $3::date`,
        [aoo, personId, day],
      );
      return found.rows.map(({ from_person }) => from_person);
    },
    async leftIn(assignmentId, version) {
      const found = await ask<Holder & pg.QueryResultRow>(
        `select from_unit as "unitId", from_person as "personId" from assignment_event
          where aoo = $1 and assignment_id = $2 and version = $3 and act <> 'noted' and from_name is not null`,
        [aoo, assignmentId, version],
      );
      return found.rows[0] ?? null;
    },
    async lastEvent(assignmentId) {
      const found = await ask<{ byName: string; act: AssignmentEventType; at: Date }>(
        `select by_name as "byName", act, at from assignment_event
          where aoo = $1 and assignment_id = $2 and act <> 'noted' order by version desc limit 1`,
        [aoo, assignmentId],
      );
      return found.rows[0] ?? null;
    },
  };
}

async function holderFacts(ask: Asking, aoo: AooId, asked: readonly Holder[]): Promise<HolderFacts> {
  const units = await ask<UnitFacts & { id: string }>(
    `select u.unit_id as id, u.name, u.valid_from::text as "validFrom", u.valid_to::text as "validTo", n.name as successor
       from unit u left join unit n on n.aoo = u.aoo and n.unit_id = u.successor
      where u.aoo = $1 and u.unit_id = any($2)`,
    [aoo, asked.flatMap(({ unitId }) => unitId ?? [])],
  );
  const persons = await ask<PersonFacts & { id: string }>(
    `select p.person_id as id, p.name, p.disabled_at is null and exists (
              select from person_role r where r.aoo = $1 and r.person_id = p.person_id) as "isActive",
            array(select m.unit_id::text from unit_member m where m.aoo = $1 and m.person_id = p.person_id) as units
       from person p where p.person_id = any($2)
        and (exists (select from person_role r where r.aoo = $1 and r.person_id = p.person_id)
          or exists (select from assignment s where s.aoo = $1 and s.person_id = p.person_id))`,
    [aoo, asked.flatMap(({ personId }) => personId ?? [])],
  );
  return {
    units: new Map(units.rows.map(({ id, ...facts }) => [id, facts])),
    persons: new Map(persons.rows.map(({ id, ...facts }) => [id, facts])),
  };
}
