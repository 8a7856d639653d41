-- The exchange, both ways: what is due, what a person has to look at, what happened in an office in one order, annulments
-- and changes of registrations, and what commands were answered.

-- Everything that happens in an office is counted under its lock: whoever has read up to a number misses nothing by
-- asking for what comes after it.
alter table aoo add column event_seq bigint not null default 0;
alter table exchange_event add column seq bigint;
alter table exchange_event disable trigger exchange_event_insert_only;
update exchange_event e set seq = n.seq
  from (select aoo, exchange_id, version, row_number() over (partition by aoo order by at, exchange_id, version) as seq
          from exchange_event) n
 where e.aoo = n.aoo and e.exchange_id = n.exchange_id and e.version = n.version;
update aoo set event_seq = coalesce((select max(seq) from exchange_event e where e.aoo = aoo.aoo), 0);
alter table exchange_event enable trigger exchange_event_insert_only;
alter table exchange_event alter column seq set not null;
create unique index exchange_event_by_seq on exchange_event (aoo, seq);

alter table exchange
  add column answer_wanted boolean not null default true,
  add column plain boolean not null default false,
  add column mail_id uuid,
  -- The peer's registration as it is compared: its annulment names no other.
  add column peer_identity text,
  add column awaits text,
  add column due_at timestamptz,
  -- `seq` of the event that opened it: the order of the inbox.
  add column opened_seq bigint;
update exchange x set
  opened_seq = (select min(seq) from exchange_event e where e.aoo = x.aoo and e.exchange_id = x.exchange_id),
  mail_id = (select e.mail_id from exchange_event e
              where e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.type = 'received' order by version limit 1);
create index exchange_by_peer on exchange (aoo, peer_identity) where peer_identity is not null and direction = 'outgoing';
create index exchange_due on exchange (aoo, due_at) where due_at is not null;
create index exchange_inbox on exchange (aoo, opened_seq) where direction = 'incoming';

-- What a person has to look at. One of a kind is open for an exchange at a time.
create table task (
  aoo text not null references aoo,
  task_id uuid not null,
  seq bigint not null,
  code text not null,
  detail text not null,
  exchange_id uuid,
  mail_id uuid,
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  outcome text,
  primary key (aoo, task_id),
  unique (aoo, seq),
  foreign key (aoo, exchange_id) references exchange
);
create unique index task_open on task (aoo, exchange_id, code) where closed_at is null and exchange_id is not null;
create index task_open_by_time on task (aoo, seq) where closed_at is null;
create index task_by_exchange on task (aoo, exchange_id) where exchange_id is not null;

-- DPR 445/2000 art. 54.
create table registration_annulment (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  at timestamptz not null,
  reason text not null check (reason <> ''),
  provision text not null,
  by text not null,
  primary key (aoo, register, year, number),
  foreign key (aoo, register, year, number) references registration
);
create index registration_annulment_by_time on registration_annulment (aoo, at);
create table registration_change (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  version integer not null,
  at timestamptz not null,
  field text not null check (field in ('office', 'classification')),
  old_value text,
  new_value text,
  by text not null,
  primary key (aoo, register, year, number, version),
  foreign key (aoo, register, year, number) references registration
);

-- Receipts are tied to our mails by Message-ID and by the provider's own identifier; those that belong to nothing wait.
alter table mail add column receipt_reference text, add column receipt_identifier text;
update mail set receipt_reference = inspection #>> '{pec,messageId}', receipt_identifier = inspection #>> '{pec,identifier}'
 where kind = 'pec-receipt';
create index mail_by_receipt_identifier on mail (aoo, receipt_identifier) where receipt_identifier is not null;
create index mail_orphan_by_reference on mail (aoo, receipt_reference)
  where receipt_reference is not null and exchange_id is null;

create index mail_annulment_unmatched on mail (aoo, lower(sender)) where kind = 'annulment' and exchange_id is null;

alter table outbox drop constraint outbox_purpose_check;
alter table outbox add check (purpose in ('message', 'confirmation', 'exception', 'update', 'annulment', 'receipt'));

-- What a command was answered under its Idempotency-Key.
create table command_answer (
  aoo text not null references aoo,
  client text not null,
  key text not null,
  digest text not null,
  answer jsonb not null,
  at timestamptz not null,
  primary key (aoo, client, key)
);
create index command_answer_by_time on command_answer (aoo, at);

do $$
declare t text;
begin
  foreach t in array array['registration_annulment', 'registration_change'] loop
    execute format('create trigger %I_insert_only before update or delete or truncate on %I execute function refuse_change()', t, t);
    execute format('grant select, insert on %I to interpro_service', t);
  end loop;
  grant select, insert, update on task to interpro_service;
  grant select, insert, delete on command_answer to interpro_service;
end $$;
