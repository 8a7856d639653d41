-- The daily register of protocol, and the annual one: what was registered until the end of a legal day, fixed for good. Its
-- files lie in the document store.
create table daily_register (
  aoo text not null references aoo,
  register text not null,
  kind text not null check (kind in ('daily', 'annual')),
  -- The legal day in Rome; of an annual register, the last one of its year.
  day date not null,
  year integer not null,
  -- Counted per year.
  progressive integer not null check (progressive > 0),
  closed_at timestamptz not null,
  -- 'SISTEMA', or the person who closed it by hand.
  closed_by text not null check (closed_by <> ''),
  -- Of what was registered on that day; null: nothing was.
  first_number bigint,
  last_number bigint,
  registrations integer not null,
  annulled integer not null,
  -- Annulments and changes, of that day, of what was registered before.
  changes integer not null,
  -- What the audit chain covered when it was closed, and what the one before it had: together with the day, this says which
  -- rows belong to it, whatever is written later.
  after_seq bigint not null,
  through_seq bigint not null check (through_seq >= 0),
  -- How the office was called then, and what else stands at the head of the document.
  head jsonb not null,
  xml_sha256 text not null,
  xml_size bigint not null,
  pdf_sha256 text not null,
  pdf_size bigint not null,
  audit_seq bigint,
  primary key (aoo, register, kind, day),
  unique (aoo, register, kind, year, progressive),
  check ((first_number is null) = (last_number is null) and (first_number is null) = (registrations = 0)),
  check (kind = 'daily' or (extract(month from day) = 12 and extract(day from day) = 31))
);
create index daily_register_newest on daily_register (aoo, kind, day desc, register desc);
-- Whether a file is one of a closed register.
create index daily_register_by_xml on daily_register (aoo, xml_sha256);
create index daily_register_by_pdf on daily_register (aoo, pdf_sha256);

create trigger daily_register_insert_only before update or delete or truncate on daily_register
  execute function refuse_change();
grant select, insert on daily_register to interpro_service;

-- The changes and the assignments of a day.
create index registration_change_by_time on registration_change (aoo, at);
create index assignment_event_by_time on assignment_event (aoo, at);
