import type { Changes } from '../../../service/register/changes.ts';

/** Writes rows by one part of the statement that saves a transaction. */
export type Write = (rows: readonly object[], sql: string) => void;

/** Assignments as they are now, and what became of them. Notes leave the assignment as it is. */
export function writeAssignments(
  write: Write,
  { at, assignments }: Pick<Changes, 'at' | 'assignments'>,
  covered: { readonly auditSeq: number },
): void {
  write(
    assignments.filter(({ event }) => event.act !== 'noted').map(({ assignment }) => ({ ...assignment, ...covered })),
    // Nobody else writes under the office's lock; the condition holds even if somebody did.
    `insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, person_id, state, assigned_by, since, version,
            audit_seq)
     select $1, "assignmentId", register, year, number, kind, "unitId", "personId", state, "assignedBy", since, version,
            "auditSeq"
       from jsonb_to_recordset($2) as r ("assignmentId" uuid, register text, year int, number bigint, kind text, "unitId" uuid,
            "personId" uuid, state text, "assignedBy" uuid, since timestamptz, version int, "auditSeq" bigint)
     on conflict (aoo, assignment_id) do update set unit_id = excluded.unit_id, person_id = excluded.person_id,
       state = excluded.state, assigned_by = excluded.assigned_by, since = excluded.since, version = excluded.version,
       audit_seq = excluded.audit_seq
     where assignment.version = excluded.version - 1`,
  );
  write(
    assignments.map(({ assignment, event: { from, to, ...event } }) => ({
      ...event,
      ...covered,
      at,
      assignmentId: assignment.assignmentId,
      version: assignment.version,
      fromUnit: from?.unitId,
      fromPerson: from?.personId,
      fromName: from?.name,
      toUnit: to?.unitId,
      toPerson: to?.personId,
      toName: to?.name,
    })),
    `insert into assignment_event (aoo, assignment_id, event_id, version, act, at, by_person, by_name, on_behalf_of, from_unit,
            from_person, from_name, to_unit, to_person, to_name, note, audit_seq)
     select $1, "assignmentId", "eventId", version, act, at, "byPerson", "byName", "onBehalfOf", "fromUnit", "fromPerson",
            "fromName", "toUnit", "toPerson", "toName", note, "auditSeq"
       from jsonb_to_recordset($2) as r ("assignmentId" uuid, "eventId" uuid, version int, act text, at timestamptz,
            "byPerson" uuid, "byName" text, "onBehalfOf" text, "fromUnit" uuid, "fromPerson" uuid, "fromName" text,
            "toUnit" uuid, "toPerson" uuid, "toName" text, note text, "auditSeq" bigint)`,
  );
}

/** Where the desks of the office listen for changes of their lists. */
export const DESK_CHANNEL = 'interpro_desk';
