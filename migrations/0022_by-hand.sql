-- What people register by hand: paper, what comes over the counter and by ordinary mail, outgoing paper, internal documents;
-- and what makes it quick: the address book, templates of subjects, the plan of classification, files, drafts.

alter table registration
  drop constraint registration_direction_check,
  add constraint registration_direction_check check (direction in ('incoming', 'outgoing', 'internal'));

-- How a document came or went, and who registered it. `registered_by` is a person; a message that was sent by a person has
-- a row, too.
create table registration_arrival (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  carrier text not null check (carrier in ('counter', 'post', 'registered-post', 'courier', 'notifier', 'email', 'fax',
    'internal', 'pec', 'other')),
  -- When it really came, whenever it was registered: terms run from then. Null for what goes out.
  received_at timestamptz,
  -- Deferred registration: provision, reason, time limit and who authorised it, as they were.
  deferral jsonb,
  registered_by uuid not null,
  registered_by_name text not null,
  correspondent_id uuid,
  template_id uuid,
  audit_seq bigint,
  primary key (aoo, register, year, number),
  foreign key (aoo, register, year, number) references registration
);
create index registration_arrival_by_person on registration_arrival (aoo, registered_by);
create index registration_arrival_by_template on registration_arrival (aoo, template_id, year, number)
  where template_id is not null;

-- Seen by the head, by whoever registered it, and by those it is assigned to; for others it is not there.
create table registration_reserved (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  registered_by uuid,
  reserved_at timestamptz not null,
  reserved_by text not null,
  lifted_at timestamptz,
  lifted_by text,
  primary key (aoo, register, year, number),
  foreign key (aoo, register, year, number) references registration,
  check ((lifted_at is null) = (lifted_by is null))
);

-- Registrations that this one answers or belongs to.
create table registration_link (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  to_register text not null,
  to_year integer not null,
  to_number bigint not null,
  kind text not null check (kind in ('precedent', 'related')),
  at timestamptz not null,
  by text not null,
  primary key (aoo, register, year, number, to_register, to_year, to_number),
  foreign key (aoo, register, year, number) references registration,
  foreign key (aoo, to_register, to_year, to_number) references registration
);
create index registration_link_back on registration_link (aoo, to_register, to_year, to_number);

-- The address book of an office. A registration keeps the name as it was.
create table correspondent (
  aoo text not null references aoo,
  correspondent_id uuid not null,
  kind text not null check (kind in ('person', 'legal-person', 'administration', 'unknown')),
  name text not null check (name <> ''),
  tax_code text,
  administration text,
  office text,
  address text,
  postal_address text,
  phone text,
  note text,
  -- Name and codes without case and accents, as they are searched.
  search text not null,
  version integer not null,
  updated_at timestamptz not null,
  -- The same one under another entry; that one is used from now on.
  merged_into uuid,
  -- No longer offered.
  retired_at timestamptz,
  primary key (aoo, correspondent_id),
  foreign key (aoo, merged_into) references correspondent
);
create index correspondent_words on correspondent using gin (to_tsvector('pg_catalog.simple', left(search, 8000)))
  where merged_into is null and retired_at is null;
create index correspondent_by_name on correspondent (aoo, left(search, 200), correspondent_id) where merged_into is null;
create index correspondent_by_tax_code on correspondent (aoo, upper(tax_code))
  where tax_code is not null and merged_into is null;
create index correspondent_merged on correspondent (aoo, merged_into) where merged_into is not null;

create table correspondent_history (
  aoo text not null,
  correspondent_id uuid not null,
  version integer not null,
  at timestamptz not null,
  by text not null,
  act text not null check (act in ('added', 'edited', 'merged', 'retired')),
  -- The entry as it was afterwards.
  entry jsonb not null,
  primary key (aoo, correspondent_id, version),
  foreign key (aoo, correspondent_id) references correspondent
);

-- Subjects that come back, with what goes with them.
create table subject_template (
  aoo text not null references aoo,
  template_id uuid not null,
  name text not null check (name <> ''),
  subject text not null,
  direction text check (direction in ('incoming', 'outgoing', 'internal')),
  classification text,
  unit_id uuid,
  reserved boolean not null default false,
  -- How long documents of this kind are kept, in words.
  retention text,
  version integer not null,
  updated_at timestamptz not null,
  retired_at timestamptz,
  primary key (aoo, template_id)
);
create unique index subject_template_by_name on subject_template (aoo, lower(name)) where retired_at is null;

-- The plan of classification (titolario) of an office; without rows it has the councils' own fourteen titles.
create table classification (
  aoo text not null references aoo,
  code text not null check (code <> ''),
  title text not null,
  position integer not null,
  -- Documents of this class are proposed as reserved (GDPR art. 9).
  reserved boolean not null default false,
  -- No longer chosen; what bears it keeps it.
  retired_at timestamptz,
  primary key (aoo, code)
);
create index classification_in_order on classification (aoo, position) where retired_at is null;

-- Files (fascicoli): `2026/VI.3/41`, counted per class and year.
create table file (
  aoo text not null references aoo,
  file_id uuid not null,
  year integer not null,
  classification text not null,
  number integer not null check (number > 0),
  subject text not null,
  kind text not null check (kind in ('matter', 'activity', 'person', 'legal-person', 'procedure')),
  search text not null,
  opened_at timestamptz not null,
  opened_by text not null,
  closed_at timestamptz,
  version integer not null,
  primary key (aoo, file_id),
  unique (aoo, year, classification, number)
);
create index file_words on file using gin (to_tsvector('pg_catalog.simple', left(search, 8000))) where closed_at is null;
create index file_by_class on file (aoo, classification, opened_at desc) where closed_at is null;

-- The file a registration lies in now, and all it has lain in.
create table registration_file (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  file_id uuid not null,
  version integer not null,
  since timestamptz not null,
  by text not null,
  primary key (aoo, register, year, number),
  foreign key (aoo, register, year, number) references registration,
  foreign key (aoo, file_id) references file
);
create index registration_file_by_file on registration_file (aoo, file_id, since desc);
create table registration_file_history (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  version integer not null,
  file_id uuid not null,
  at timestamptz not null,
  by text not null,
  primary key (aoo, register, year, number, version),
  foreign key (aoo, register, year, number) references registration
);

-- What the head authorised: documents of some days may be registered later (differimento).
create table deferral (
  aoo text not null references aoo,
  deferral_id uuid not null,
  provision text not null check (provision <> ''),
  reason text not null check (reason <> ''),
  received_from date not null,
  received_to date not null,
  register_until date not null,
  at timestamptz not null,
  by text not null,
  primary key (aoo, deferral_id),
  check (received_from <= received_to and received_to <= register_until)
);
create index deferral_by_limit on deferral (aoo, register_until);

-- Forms as they were typed, per person. `kind`: which form it is.
create table draft (
  aoo text not null references aoo,
  draft_id uuid not null,
  person_id uuid not null,
  kind text not null,
  content jsonb not null,
  version integer not null,
  saved_at timestamptz not null,
  primary key (aoo, draft_id)
);
create index draft_of_person on draft (aoo, person_id, kind, saved_at desc);
create index draft_by_age on draft (saved_at);

-- What a person keeps for the next registration.
create table kept_for_next (
  aoo text not null references aoo,
  person_id uuid not null,
  kind text not null,
  content jsonb not null,
  primary key (aoo, person_id, kind)
);

-- Registered already? By the sender's number, or by whom it is with. The texts come from outside and may be longer than an
-- index holds.
create index registration_by_peer_number on registration (aoo, md5(ltrim(lower(peer_identifier ->> 'number'), '0')))
  where peer_identifier is not null;
create index registration_by_correspondent on registration (aoo,
  md5(lower(case direction when 'incoming' then sender ->> 'name' else recipients -> 0 ->> 'name' end)), registered_at desc);

do $$
declare t text;
begin
  foreach t in array array['registration_arrival', 'registration_link', 'correspondent_history', 'registration_file_history',
                           'deferral'] loop
    execute format('create trigger %I_insert_only before update or delete or truncate on %I execute function refuse_change()', t, t);
    execute format('grant select, insert on %I to interpro_service', t);
  end loop;
  foreach t in array array['correspondent', 'subject_template', 'classification', 'file', 'registration_file'] loop
    execute format('grant select, insert, update on %I to interpro_service', t);
  end loop;
  foreach t in array array['draft', 'kept_for_next'] loop
    execute format('grant select, insert, update, delete on %I to interpro_service', t);
  end loop;
end $$;
grant select, insert on registration_reserved to interpro_service;
grant update (lifted_at, lifted_by) on registration_reserved to interpro_service;
