-- The persons of the desk: who they are, what they may do and where, their sessions, their offices inside the AOO, and the
-- log of their accesses. A person belongs to the node; rights belong to an AOO, those of the node's administrators to the
-- tenant '-', which no office can be called.

create table person (
  person_id uuid primary key,
  -- What is typed to sign in, in lower case. Nobody else ever gets the same.
  login text not null unique check (login = lower(login) and login ~ '^[a-z0-9][a-z0-9._@+-]{1,99}$'),
  name text not null check (length(name) between 1 and 120),
  -- Where notices are sent, if the person wants any.
  address text check (length(address) <= 320),
  -- PHC string of argon2id; null: signs in by the body's account only, or has not chosen one yet.
  password text check (length(password) <= 300),
  password_at timestamptz,
  -- WCAG 2.1.4: commands of a single key can be switched off.
  single_keys boolean not null default true,
  -- The office it worked for last, so that the next sign-in begins there.
  last_aoo text,
  disabled_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  version integer not null default 1
);
create index person_by_name on person (name, person_id);

create table person_role (
  aoo text not null,
  office text generated always as (nullif(aoo, '-')) stored references aoo,
  person_id uuid not null references person,
  role text not null check (role in ('protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'administrator')),
  -- `groups`: the body's account says so at each sign-in, and takes it away again.
  source text not null check (source in ('person', 'groups')),
  given_at timestamptz not null,
  given_by text not null,
  primary key (aoo, person_id, role),
  -- The node has no register: there is nothing to do for it but administer.
  check (aoo <> '-' or role = 'administrator')
);
create index person_role_by_person on person_role (person_id);

-- The account of the body's own directory (OpenID Connect) behind a person.
create table person_account (
  issuer text not null check (length(issuer) <= 300),
  subject text not null check (length(subject) <= 300),
  person_id uuid not null references person,
  linked_at timestamptz not null,
  primary key (issuer, subject)
);
create index person_account_by_person on person_account (person_id);

-- One signed-in browser. Only the SHA-256 of its token is kept: a copy of this table opens nothing.
create table session (
  session_id uuid primary key,
  token_sha256 text not null unique check (token_sha256 ~ '^[0-9a-f]{64}$'),
  person_id uuid not null references person,
  -- The office it works for now; null: none, as an administrator of the node.
  aoo text references aoo,
  method text not null check (method in ('password', 'account', 'entry')),
  -- Sealed id token: the provider wants it back when the person leaves.
  account_token text,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null,
  address text not null,
  agent text not null check (length(agent) <= 300)
);
create index session_by_person on session (person_id, seen_at desc);
create index session_ended on session (ends_at);

-- A browser from which this person has signed in before: guesses of strangers do not slow it down.
create table known_device (
  token_sha256 text primary key check (token_sha256 ~ '^[0-9a-f]{64}$'),
  person_id uuid not null references person,
  seen_at timestamptz not null
);
create index known_device_by_person on known_device (person_id, seen_at);

-- Failed attempts in a row. `what` is a digest of the login and whence it was tried, so that what was typed is not kept.
create table login_failure (
  what text primary key check (what ~ '^[0-9a-f]{64}$'),
  failures integer not null,
  last_at timestamptz not null
);
create index login_failure_by_time on login_failure (last_at);

-- The second factor. The secret is sealed; `last_step` lets each code be used once (RFC 6238 §5.2).
create table second_factor (
  person_id uuid primary key references person,
  secret text not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0
);
create table recovery_code (
  person_id uuid not null references second_factor on delete cascade,
  code_sha256 text not null check (code_sha256 ~ '^[0-9a-f]{64}$'),
  used_at timestamptz,
  primary key (person_id, code_sha256)
);

-- Lets in once whoever has it: the first administrator (no person yet), a new person, or one that has lost the password.
create table entry_token (
  token_sha256 text primary key check (token_sha256 ~ '^[0-9a-f]{64}$'),
  person_id uuid references person,
  created_at timestamptz not null,
  created_by text not null,
  ends_at timestamptz not null,
  used_at timestamptz,
  -- What whoever uses it gets besides: [{aoo, role}].
  grants jsonb not null default '[]',
  -- The telephone is lost too: the second factor is taken off.
  ends_factor boolean not null default false
);
create index entry_token_by_person on entry_token (person_id) where used_at is null;
create index entry_token_ended on entry_token (ends_at);

-- A sign-in at the body's provider that has begun: what its answer must fit. Each is used once.
create table account_attempt (
  state_sha256 text primary key check (state_sha256 ~ '^[0-9a-f]{64}$'),
  nonce text not null,
  verifier text not null,
  return_to text not null,
  ends_at timestamptz not null
);
create index account_attempt_ended on account_attempt (ends_at);

-- The offices inside an AOO. One that ceased keeps its row, and names the one that goes on.
create table unit (
  aoo text not null references aoo,
  unit_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  code text not null check (code ~ '^[A-Za-z0-9._-]{1,32}$'),
  valid_from date not null,
  -- The first day on which it is no more.
  valid_to date,
  successor uuid,
  version integer not null default 1,
  primary key (aoo, unit_id),
  unique (aoo, code),
  foreign key (aoo, successor) references unit,
  check (valid_to is null or valid_to > valid_from),
  check (successor is null or (valid_to is not null and successor <> unit_id))
);
create index unit_by_name on unit (aoo, name);

create table unit_member (
  aoo text not null,
  unit_id uuid not null,
  person_id uuid not null references person,
  is_head boolean not null default false,
  since timestamptz not null,
  primary key (aoo, unit_id, person_id),
  foreign key (aoo, unit_id) references unit
);
create index unit_member_by_person on unit_member (aoo, person_id);

-- Whoever stands in for another person has the offices of that person, from the first day to the last, both included.
create table delegation (
  aoo text not null references aoo,
  delegation_id uuid not null,
  from_person uuid not null references person,
  to_person uuid not null references person,
  first_day date not null,
  last_day date not null,
  note text not null default '' check (length(note) <= 500),
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (aoo, delegation_id),
  check (from_person <> to_person),
  check (last_day >= first_day)
);
create index delegation_to on delegation (aoo, to_person, last_day) where ended_at is null;
create index delegation_from on delegation (aoo, from_person, last_day) where ended_at is null;

create table absence (
  person_id uuid not null references person,
  absence_id uuid not null,
  first_day date not null,
  last_day date not null,
  primary key (person_id, absence_id),
  check (last_day >= first_day)
);

-- Who came in, who was refused, who was given what, who opened something reserved (Garante, 27 November 2008: complete,
-- unalterable, at least six months). Ids sort by time.
create table access_log (
  aoo text not null,
  entry_id uuid not null,
  at timestamptz not null,
  what text not null check (what ~ '^[a-z][a-z-]{1,39}$'),
  person_id uuid references person,
  -- The name as it was then.
  person text not null default '' check (length(person) <= 200),
  address text not null default '',
  data jsonb not null default '{}',
  primary key (aoo, entry_id)
);
create index access_log_by_time on access_log (at desc, entry_id desc);
create index access_log_of_office on access_log (aoo, at desc, entry_id desc);
create index access_log_of_person on access_log (person_id, at desc, entry_id desc);
create trigger access_log_insert_only before update or delete or truncate on access_log
  execute function refuse_change();

grant select, insert on person, person_account, unit, absence, delegation, access_log to interpro_service;
-- A login is never given to somebody else, and who made a person stays.
grant update (name, address, password, password_at, single_keys, last_aoo, disabled_at, version) on person
  to interpro_service;
grant update (name, valid_from, valid_to, successor, version) on unit to interpro_service;
grant update (ended_at) on delegation to interpro_service;
grant delete on absence to interpro_service;
grant select, insert, update, delete on session, known_device, login_failure, second_factor, recovery_code, entry_token,
  account_attempt, person_role, unit_member to interpro_service;
