-- The emergency register (DPR 445/2000 art. 63): opened with its cause by provision, for a day; extended by provision, a week
-- at a time; its entries get ordinary numbers, for ever beside those of the emergency; closed with a declaration.
create table emergency_register (
  aoo text not null references aoo,
  emergency_id uuid not null,
  cause text not null check (cause <> ''),
  provision text not null check (provision <> ''),
  -- When registering had become impossible, which may be before it was written down here.
  started_at timestamptz not null,
  opened_at timestamptz not null,
  opened_by text not null,
  audit_seq bigint,
  primary key (aoo, emergency_id)
);
create index emergency_register_newest on emergency_register (aoo, started_at desc);

-- Beyond the first day.
create table emergency_extension (
  aoo text not null,
  emergency_id uuid not null,
  -- 1 is the first.
  position integer not null check (position > 0),
  ends_at timestamptz not null,
  provision text not null check (provision <> ''),
  at timestamptz not null,
  by text not null,
  audit_seq bigint,
  primary key (aoo, emergency_id, position),
  foreign key (aoo, emergency_id) references emergency_register
);

create table emergency_closing (
  aoo text not null,
  emergency_id uuid not null,
  -- When registering was possible again.
  ended_at timestamptz not null,
  declaration text not null check (declaration <> ''),
  -- Registrations that were taken over.
  registrations integer not null check (registrations >= 0),
  at timestamptz not null,
  by text not null,
  audit_seq bigint,
  primary key (aoo, emergency_id),
  foreign key (aoo, emergency_id) references emergency_register
);

-- The emergency number of a registration. The sequence is one for the whole office, counted per year, whatever was interrupted.
create table registration_emergency (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  emergency_id uuid not null,
  emergency_year integer not null,
  emergency_number bigint not null check (emergency_number > 0),
  -- Legal day and time at which it was registered on the emergency register, and by whom.
  emergency_date date not null,
  emergency_time time not null,
  operator text not null,
  -- Of the row as it was brought: the same again is known, another one under the same number is refused.
  row_sha256 text not null,
  audit_seq bigint,
  primary key (aoo, register, year, number),
  unique (aoo, emergency_number, emergency_year),
  foreign key (aoo, register, year, number) references registration,
  foreign key (aoo, emergency_id) references emergency_register
);
create index registration_emergency_of_register on registration_emergency (aoo, emergency_id, emergency_year, emergency_number);
create index registration_emergency_of_year on registration_emergency (aoo, emergency_year, emergency_number desc);

do $$
declare t text;
begin
  foreach t in array array['emergency_register', 'emergency_extension', 'emergency_closing', 'registration_emergency'] loop
    execute format('create trigger %I_insert_only before update or delete or truncate on %I execute function refuse_change()', t, t);
    execute format('grant select, insert on %I to interpro_service', t);
  end loop;
end $$;
