-- Clerks ask for an annulment, the head decides (DPR 445/2000 art. 54); notes beside a registration; and what the search of
-- the register needs.

-- A request is written once and decided once; whose name stands in it is kept as it was.
create table annulment_request (
  aoo text not null,
  request_id uuid not null,
  register text not null,
  year integer not null,
  number bigint not null,
  asked_at timestamptz not null,
  asked_by text not null,
  asked_by_person uuid,
  reason text not null check (reason <> ''),
  decided_at timestamptz,
  decided_by text,
  decided_by_person uuid,
  outcome text check (outcome in ('accepted', 'refused')),
  -- Why it was refused; of an accepted one, the provision.
  answer text,
  primary key (aoo, request_id),
  foreign key (aoo, register, year, number) references registration,
  check ((outcome is null) = (decided_at is null) and (outcome is null) = (decided_by is null)
     and (outcome is null) = (answer is null)),
  check (answer <> '')
);
create unique index annulment_request_open on annulment_request (aoo, register, year, number) where outcome is null;
create index annulment_request_waiting on annulment_request (aoo, asked_at, request_id) where outcome is null;
create index annulment_request_by_registration on annulment_request (aoo, register, year, number, asked_at);

create function decided_once() returns trigger language plpgsql as $$
begin
  if old.outcome is not null then
    raise exception 'the request % is decided', old.request_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger annulment_request_decided_once before update on annulment_request
  for each row execute function decided_once();
create trigger annulment_request_kept before delete or truncate on annulment_request execute function refuse_change();
grant select, insert on annulment_request to interpro_service;
grant update (decided_at, decided_by, decided_by_person, outcome, answer) on annulment_request to interpro_service;

-- What a person has to add to a registration, which itself never changes.
create table registration_note (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  note_id uuid not null,
  at timestamptz not null,
  by text not null,
  by_person uuid,
  text text not null check (text <> ''),
  primary key (aoo, register, year, number, note_id),
  foreign key (aoo, register, year, number) references registration
);
create trigger registration_note_insert_only before update or delete or truncate on registration_note
  execute function refuse_change();
grant select, insert on registration_note to interpro_service;

-- Words as they are looked for: without accents, capitals and punctuation. `unaccent` is an extension that an ordinary
-- database user may not install; decomposing a letter and dropping its marks needs none.
create function folded(words text) returns text language sql immutable strict parallel safe
  return regexp_replace(lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')), '[^[:alnum:]]+', ' ', 'g');

drop index registration_words, mail_words;
create or replace function words_of(subject text, people text) returns tsvector language sql immutable parallel safe
  return to_tsvector('pg_catalog.simple',
    folded(left(coalesce(subject, ''), 2000)) || ' ' || folded(left(coalesce(people, ''), 8000)));
create index registration_words on registration using gin (words_of(subject,
  case direction when 'incoming' then sender ->> 'name' else jsonb_path_query_array(recipients, '$[*].name')::text end));
create index mail_words on mail using gin (words_of(subject, sender));
create index registration_document_words on registration_document using gin (words_of(name, null));

-- A number without its year, or the other office's; a class and all below it; the registrations with something to look at.
create index registration_by_number on registration (aoo, number, registered_at);
create index registration_by_direction on registration (aoo, direction, registered_at desc);
create index registration_flagged on registration (aoo, registered_at desc) where flags <> '[]';
create index registration_change_by_value on registration_change (aoo, field, new_value text_pattern_ops);
create index registration_arrival_by_carrier on registration_arrival (aoo, carrier);
