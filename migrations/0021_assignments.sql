-- Who has a registration in hand. The registration itself never changes: assignments are work beside it, with a history of
-- their own (DPR 445/2000 art. 56; every passage keeps who, when, from, to and why).

-- The present state. Of a registration, one row says who is to act (`competence`), and one for each unit or person that may
-- read (`information`).
create table assignment (
  aoo text not null,
  assignment_id uuid not null,
  register text not null,
  year integer not null,
  number bigint not null,
  kind text not null check (kind in ('competence', 'information')),
  -- A unit, a person of a unit, or a person alone.
  unit_id uuid,
  person_id uuid references person,
  state text not null,
  -- Null: by rule.
  assigned_by uuid references person,
  since timestamptz not null,
  version integer not null,
  -- Whoever it is with sees the registration. What was given back or withdrawn is with nobody.
  is_held boolean not null generated always as (state not in ('returned', 'withdrawn')) stored,
  primary key (aoo, assignment_id),
  foreign key (aoo, register, year, number) references registration,
  foreign key (aoo, unit_id) references unit,
  check (unit_id is not null or person_id is not null),
  check (state in ('withdrawn') or (kind = 'competence') = (state in ('assigned', 'taken', 'returned', 'done'))),
  check (state <> all (array['unread', 'read']) or kind = 'information')
);
create unique index assignment_competence on assignment (aoo, register, year, number) where kind = 'competence';
create index assignment_of_registration on assignment (aoo, register, year, number);
-- The lists, oldest first: of the whole office, of a unit, of a person.
create index assignment_to_take on assignment (aoo, since, assignment_id) where state = 'assigned';
create index assignment_to_take_of_unit on assignment (aoo, unit_id, since, assignment_id) where state = 'assigned';
create index assignment_to_take_of_person on assignment (aoo, person_id, since, assignment_id) where state = 'assigned';
create index assignment_taken on assignment (aoo, since, assignment_id) where state = 'taken';
create index assignment_taken_of_unit on assignment (aoo, unit_id, since, assignment_id) where state = 'taken';
create index assignment_taken_of_person on assignment (aoo, person_id, since, assignment_id) where state = 'taken';
create index assignment_returned on assignment (aoo, since, assignment_id) where state = 'returned';
create index assignment_returned_to on assignment (aoo, assigned_by, since, assignment_id) where state = 'returned';
create index assignment_unread_of_unit on assignment (aoo, unit_id, since, assignment_id) where state = 'unread';
create index assignment_unread_of_person on assignment (aoo, person_id, since, assignment_id) where state = 'unread';
-- What a unit or a person may see.
create index assignment_held_by_unit on assignment (aoo, unit_id) where is_held;
create index assignment_held_by_person on assignment (aoo, person_id) where is_held;

-- Every passage, for good. Names are those of then: units and persons are renamed, and go.
create table assignment_event (
  aoo text not null,
  assignment_id uuid not null,
  event_id uuid not null,
  -- Of the assignment afterwards.
  version integer not null,
  act text not null check (act in ('assigned', 'accepted', 'returned', 'reassigned', 'delegated', 'noted', 'closed', 'read',
    'withdrawn')),
  at timestamptz not null,
  by_person uuid references person,
  by_name text not null,
  -- For whom they stood in.
  on_behalf_of text,
  from_unit uuid,
  from_person uuid,
  from_name text,
  to_unit uuid,
  to_person uuid,
  to_name text,
  note text not null,
  primary key (aoo, assignment_id, event_id),
  foreign key (aoo, assignment_id) references assignment
);
-- Two decisions about the same state exclude each other. Notes change none.
create unique index assignment_event_version on assignment_event (aoo, assignment_id, version) where act <> 'noted';

create trigger assignment_event_insert_only before update or delete or truncate on assignment_event
  execute function refuse_change();
grant select, insert on assignment, assignment_event to interpro_service;
-- What it is about is never changed.
grant update (unit_id, person_id, state, assigned_by, since, version) on assignment to interpro_service;
