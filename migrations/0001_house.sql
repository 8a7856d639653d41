-- The house of the register: offices, mail, exchanges, registrations, audit, outbox.
-- Every tenant table is keyed by the AOO first and no foreign key crosses AOOs, so that the tables can be
-- distributed by AOO. Ids are UUIDs of version 7, made by the service: they sort by time.

-- The service works under this role; what it may not do, no bug of ours can do (DPR 445/2000 art. 53).
do $$
begin
  if not exists (select from pg_roles where rolname = 'interpro_service') then
    create role interpro_service nologin;
  end if;
  if not pg_has_role(current_user, 'interpro_service', 'member') then
    execute format('grant interpro_service to %I', current_user);
  end if;
exception
  when duplicate_object or unique_violation then null; -- another database of the cluster made it at the same moment
  when insufficient_privilege then
    raise exception 'the database user % may not create roles', current_user
      using hint = format('as a superuser: create role interpro_service nologin; grant interpro_service to %I;', current_user);
end $$;

-- An office with one protocol register: our tenant. The row is also the lock under which numbers are taken and the
-- audit chain grows.
create table aoo (
  aoo text primary key,
  administration text not null,
  code text not null,
  register text not null,
  name text not null,
  address text not null,
  audit_seq bigint not null default 0,
  audit_hash text not null default repeat('0', 64),
  check (aoo = administration || '/' || code)
);

-- Where reading stands in each mailbox, who reads it now, and how it fares.
create table mailbox (
  aoo text not null references aoo,
  mailbox text not null,
  uidvalidity bigint,
  last_uid bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  last_success timestamptz,
  failures integer not null default 0,
  last_error text,
  last_failure timestamptz,
  primary key (aoo, mailbox)
);

-- One row per mail on the server, written before anything is looked into; `settled` holds the judgement.
create table mail (
  aoo text not null references aoo,
  mail_id uuid not null,
  mailbox text not null,
  uidvalidity bigint not null,
  uid bigint not null,
  sha256 text not null,
  size bigint not null,
  arrived_at timestamptz not null,
  kept_at timestamptz not null,
  state text not null default 'kept' check (state in ('kept', 'settled', 'failed')),
  settled_at timestamptz,
  kind text,
  action text,
  subject text,
  sender text,
  message_id text,
  inspection jsonb,
  exchange_id uuid,
  note text,
  primary key (aoo, mail_id),
  unique (aoo, mailbox, uidvalidity, uid),
  check (state <> 'settled' or (kind is not null and action is not null and settled_at is not null))
);
create index mail_to_settle on mail (aoo, mailbox, uid) where state = 'kept';
create index mail_failed on mail (aoo) where state = 'failed';
create index mail_for_a_person on mail (aoo) where action = 'operator' and state = 'settled';
create index mail_by_content on mail (aoo, mailbox, sha256);
create index mail_by_exchange on mail (aoo, exchange_id) where exchange_id is not null;

-- The last number taken: updated inside the transaction that registers, so that there is no gap and no double.
create table register_counter (
  aoo text not null references aoo,
  register text not null,
  year integer not null,
  last_number bigint not null,
  primary key (aoo, register, year)
);

-- The life of one message between two offices. `identity` is the sender's registration for an incoming one, ours and
-- the recipient for an outgoing one: a second copy meets the first.
create table exchange (
  aoo text not null references aoo,
  exchange_id uuid not null,
  direction text not null check (direction in ('incoming', 'outgoing')),
  identity text not null,
  content text not null,
  state text not null,
  version integer not null,
  generation text not null,
  peer_address text not null,
  peer jsonb,
  subject text not null,
  register text,
  year integer,
  number bigint,
  peer_identifier jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (aoo, exchange_id),
  unique (aoo, direction, identity)
);
create index exchange_by_registration on exchange (aoo, register, year, number) where number is not null;

create table exchange_event (
  aoo text not null,
  exchange_id uuid not null,
  version integer not null,
  type text not null,
  -- What makes the event one and the same when it is met twice (a receipt's own Message-ID, …).
  once text not null,
  at timestamptz not null,
  mail_id uuid,
  data jsonb not null,
  primary key (aoo, exchange_id, version),
  unique (aoo, exchange_id, once),
  foreign key (aoo, exchange_id) references exchange
);

-- DPR 445/2000 art. 53: none of this can be changed. Annulment (art. 54) is a row of its own.
create table registration (
  aoo text not null references aoo,
  register text not null,
  year integer not null,
  number bigint not null check (number > 0),
  direction text not null check (direction in ('incoming', 'outgoing')),
  registered_at timestamptz not null,
  -- Legal date and time in Rome, as the segnatura shows them.
  date date not null,
  time time not null,
  subject text not null,
  sender jsonb not null,
  recipients jsonb not null,
  peer_identifier jsonb,
  flags jsonb not null,
  mail_id uuid,
  primary key (aoo, register, year, number)
);
create index registration_by_time on registration (aoo, registered_at desc);

-- The documents of a registration. `source` is the mail they lie in (part `part`), null for files stored as they are.
create table registration_document (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  position integer not null,
  role text not null,
  name text not null,
  media_type text not null,
  sha256 text not null,
  size bigint not null,
  source text,
  part text,
  primary key (aoo, register, year, number, position),
  foreign key (aoo, register, year, number) references registration
);
create index registration_document_by_digest on registration_document (aoo, sha256);

-- Each record carries the hash of the one before it: hash = sha256(previous hash || content).
create table audit (
  aoo text not null references aoo,
  seq bigint not null,
  content text not null,
  hash text not null,
  primary key (aoo, seq)
);

-- What is to be sent. Only the outbox sends. `recipe` determines the bytes: a repeat is the same mail under the same id.
create table outbox (
  aoo text not null references aoo,
  outbox_id uuid not null,
  exchange_id uuid not null,
  purpose text not null check (purpose in ('message', 'confirmation', 'exception')),
  message_id text not null,
  recipient text not null,
  recipe jsonb not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'given-up')),
  attempts integer not null default 0,
  due_at timestamptz not null,
  lease_owner uuid,
  lease_until timestamptz,
  queued_at timestamptz not null,
  sent_at timestamptz,
  last_error text,
  primary key (aoo, outbox_id),
  unique (aoo, message_id),
  foreign key (aoo, exchange_id) references exchange
);
create index outbox_due on outbox (due_at) where state = 'queued';
create index outbox_by_exchange on outbox (aoo, exchange_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: its rows are insert-only', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;

do $$
declare t text;
begin
  foreach t in array array['registration', 'registration_document', 'exchange_event', 'audit'] loop
    execute format('create trigger %I_insert_only before update or delete or truncate on %I execute function refuse_change()', t, t);
    execute format('grant select, insert on %I to interpro_service', t);
  end loop;
  foreach t in array array['aoo', 'mailbox', 'mail', 'exchange', 'outbox', 'register_counter'] loop
    execute format('grant select, insert, update on %I to interpro_service', t);
  end loop;
end $$;
