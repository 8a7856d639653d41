-- What is needed for the desk's own work. None of it is a record: it says who is looking, and what has been put aside.

-- A mail that belongs to no exchange and that a person has looked at: it leaves the list of what is to be done.
create table mail_set_aside (
  aoo text not null,
  mail_id uuid not null,
  at timestamptz not null,
  by text not null,
  reason text not null check (length(reason) between 1 and 2000),
  primary key (aoo, mail_id),
  foreign key (aoo, mail_id) references mail
);

-- Who is looking at something, and whether they have written. It informs, and locks nothing. A beat each half minute; a copy
-- that is lost with the server is no loss.
create unlogged table presence (
  aoo text not null,
  about text not null check (length(about) <= 100),
  page uuid not null,
  person_id uuid not null,
  name text not null,
  is_writing boolean not null,
  seen_at timestamptz not null,
  primary key (aoo, about, page)
);
create index presence_by_time on presence (seen_at);

grant select, insert on mail_set_aside to interpro_service;
grant select, insert, update, delete on presence to interpro_service;

-- Mails that wait for a person and that no task speaks of.
create index mail_without_task on mail (aoo, mail_id) where state = 'settled' and action = 'operator' and exchange_id is null;
create index task_open_by_mail on task (aoo, mail_id) where closed_at is null and mail_id is not null;
