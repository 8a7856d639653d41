-- A reserve is set and lifted by the head, with a reason. What holds now stands in `registration_reserved`; each step that was
-- taken is kept here. And what the list of deferrals needs to count their use.
create table registration_reserve_history (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  version integer not null check (version > 0),
  act text not null check (act in ('set', 'lifted')),
  at timestamptz not null,
  by text not null,
  by_person uuid,
  reason text not null check (reason <> ''),
  primary key (aoo, register, year, number, version),
  foreign key (aoo, register, year, number) references registration
);
create trigger registration_reserve_history_insert_only before update or delete or truncate on registration_reserve_history
  execute function refuse_change();
grant select, insert on registration_reserve_history to interpro_service;

create index registration_arrival_by_deferral on registration_arrival (aoo, (deferral ->> 'deferralId'))
  where deferral is not null;
