-- Who is told once a day by e-mail what is assigned to them. Only who asked for it has a row.
create table assignment_digest (
  person_id uuid primary key references person,
  wanted_at timestamptz not null,
  -- The day in Rome for which it was sent, or for which there was nothing to say.
  done_for date not null default '-infinity',
  -- A process is at it; one that has died holds nobody up.
  leased_until timestamptz
);
create index assignment_digest_due on assignment_digest (done_for, person_id);
grant select, insert, update, delete on assignment_digest to interpro_service;
