/** How an assignment is shown: the columns of the view, from `assignment s`. */
export const VIEW_COLUMNS = `s.assignment_id as "assignmentId", s.kind, s.state, s.version, s.since, s.unit_id as "unitId",
  u.name as unit, case when u.valid_to <= (now() at time zone 'Europe/Rome')::date
    then jsonb_build_object('successorId', u.successor, 'successor', n.name) end as ceased,
  s.person_id as "personId", p.name as person, s.assigned_by as "assignedBy", a.name as "assignedByName",
  e.by_name as "lastBy", coalesce(e.note, '') as "lastNote"`;

export const VIEW_JOINS = `
  left join unit u on u.aoo = s.aoo and u.unit_id = s.unit_id
  left join unit n on n.aoo = u.aoo and n.unit_id = u.successor
  left join person p on p.person_id = s.person_id
  left join person a on a.person_id = s.assigned_by
  left join lateral (select v.by_name, v.note from assignment_event v
    where v.aoo = s.aoo and v.assignment_id = s.assignment_id and v.version = s.version and v.act <> 'noted') e on true`;

/**
 * An annulled registration is nobody's work. New annulments end what is open; those of earlier releases have left it as it was.
 * Looked up by key for each row, so that the list keeps its order and its limit.
 */
export const notAnnulled = (alias: string): string => `${annulment(alias)} is not true`;

const annulment = (alias: string): string =>
  `(select true from registration_annulment z where z.aoo = ${alias}.aoo and z.register = ${alias}.register
      and z.year = ${alias}.year and z.number = ${alias}.number limit 1)`;

/** What it is about, from `registration r`: the beginning of texts that come from outside. */
export const ABOUT_COLUMNS = `r.register, r.year, r.number, r.direction, r.date::text as date, left(r.subject, 300) as subject,
  coalesce(left(case r.direction when 'incoming' then r.sender ->> 'name' else r.recipients -> 0 ->> 'name' end, 200), '')
    as correspondent,
  ${annulment('r')} is true as "isAnnulled"`;
