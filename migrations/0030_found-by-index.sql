-- A person whose unit has half of the register has a long list: it is read from the index alone, newest years apart.
drop index assignment_held_by_unit, assignment_held_by_person;
create index assignment_held_by_unit on assignment (aoo, unit_id, year, register, number) where is_held;
create index assignment_held_by_person on assignment (aoo, person_id, year, register, number) where is_held;

-- The log of accesses is asked for one kind of them: a rare one lies anywhere in it.
create index access_log_of_kind on access_log (what, at desc, entry_id desc);
create index access_log_of_kind_in_office on access_log (aoo, what, at desc, entry_id desc);

-- Tasks about a mail that belongs to no exchange, also those that are done.
create index task_by_mail on task (aoo, mail_id) where exchange_id is null;
