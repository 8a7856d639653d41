-- The index: public bodies, their AOOs and offices as the national index and the region know them. It belongs to the
-- node, not to an office: no tenant key. What was imported is never changed, only ended: every version of every row
-- stays, so that "which mailbox did this AOO have on that day" has an answer.

-- One run of one file. A refused one leaves its reason and nothing else.
create table index_import (
  import_id bigint generated always as identity primary key,
  source text not null,
  layout text not null,
  origin text not null,
  sha256 text,
  bytes bigint not null default 0,
  -- The day the data speak of; the day of the import unless said otherwise.
  as_of date not null,
  started_at timestamptz not null,
  ended_at timestamptz not null default clock_timestamp(),
  outcome text not null check (outcome in ('applied', 'unchanged', 'refused')),
  rows bigint not null default 0,
  added bigint not null default 0,
  changed bigint not null default 0,
  gone bigint not null default 0,
  bad bigint not null default 0,
  -- [{ line, reason }], the first of them only.
  faults jsonb not null default '[]',
  -- { line, reason } of a file that was refused whole.
  refusal jsonb,
  check ((outcome = 'refused') = (refusal is not null))
);

-- Every version of every row. `key` is the identity within its kind:
--   body      the IPA code, lower case
--   aoo       Codice_uni_aoo, upper case; where it is not known, <IPA code>/<code of the AOO>, lower case
--   office    Codice_uni_uo, upper case
--   pec       <IPA code>/<address>, lower case: a certified address of a body as pec-ente lists it
--   category  its code, upper case
-- No data set says since when a row has been as it is: `from_basis` and `to_basis` tell a date that was declared (last
-- update, suppression) from the day on which we saw it.
create table index_entry (
  version bigint generated always as identity primary key,
  kind text not null check (kind in ('body', 'aoo', 'office', 'pec', 'category')),
  key text not null,
  source text not null,
  -- IPA code of the body as it is written (of a body: its own; of a category: empty), and in lower case.
  body text not null,
  body_key text not null,
  -- As it is written: IPA code, code of the AOO within its body, Codice_uni_uo, code of the category.
  code text not null,
  -- Codice_uni_aoo: of an AOO its own, of an office that of its AOO.
  uni_code text,
  -- Of an office: Codice_uni_uo of the one above.
  parent text,
  name text not null,
  body_name text,
  tax_code text,
  category text,
  type text,
  istat text,
  cadastral text,
  municipality text,
  -- Two letters, and the name: as written, or following from the ISTAT code.
  province text,
  region text,
  postal_code text,
  street text,
  phone text,
  fax text,
  site text,
  -- [{ "address": "…", "kind": "pec" | "sercq" | "other" }], lower case, in the order of the file.
  mails jsonb not null default '[]',
  established date,
  updated date,
  -- Everything else the file says, by the name of its column in lower case.
  more jsonb not null default '{}',
  valid_from date not null,
  from_basis text not null check (from_basis in ('observed', 'declared')),
  valid_to date,
  to_basis text check (to_basis in ('observed', 'declared')),
  -- The version it took the place of.
  previous bigint,
  import_id bigint not null,
  closed_by bigint,
  -- Key of the row that goes on for it, where known.
  successor text,
  check ((valid_to is null) = (to_basis is null)),
  check (valid_to is null or valid_to >= valid_from)
);
create unique index index_entry_current on index_entry (kind, key) where valid_to is null;
create index index_entry_past on index_entry (kind, key) where valid_to is not null;
create index index_entry_of_body on index_entry (body_key, kind) where valid_to is null;
create index index_entry_past_of_body on index_entry (body_key, kind) where valid_to is not null;
create index index_entry_tax_code on index_entry (tax_code) where valid_to is null and kind = 'body';
create index index_entry_istat on index_entry (istat) where valid_to is null and kind in ('body', 'aoo');
create index index_entry_cadastral on index_entry (cadastral) where valid_to is null and kind in ('body', 'aoo');
create index index_entry_place on index_entry (region, province) where valid_to is null and kind in ('body', 'aoo');
create index index_entry_category on index_entry (category) where valid_to is null and kind = 'body';
-- Versions are appended import by import: a few pages tell where each lies.
create index index_entry_opened_by on index_entry using brin (import_id) with (pages_per_range = 16);
create index index_entry_closed_by on index_entry (closed_by) where closed_by is not null;

-- Whose address is this? One row per certified address of a version, lower case; its validity is the version's.
create table index_address (
  address text not null,
  version bigint not null,
  position smallint not null,
  kind text not null check (kind in ('pec', 'sercq'))
);
create index index_address_of on index_address (address);

-- Municipalities, learned from the bodies that are municipalities: names for the codes that other rows carry.
create table index_place (
  cadastral text primary key,
  istat text,
  name text not null,
  province text,
  region text
);
create index index_place_istat on index_place (istat);

-- What was fetched from where, so that what has not changed is not fetched again.
create table index_download (
  url text primary key,
  etag text,
  last_modified text,
  checked_at timestamptz not null,
  import_id bigint,
  failures integer not null default 0,
  last_error text
);

-- The region's own layer: additions and overrides of single fields, each with who says so, why and since when. A later
-- row takes the place of an earlier one for the same field; a null value withdraws it. `aoo` is the code within the body
-- or Codice_uni_aoo, lower case; empty: the body itself.
create table index_layer (
  layer_id uuid primary key,
  seq bigint generated always as identity,
  body text not null check (body = lower(body)),
  aoo text not null check (aoo = lower(aoo)),
  field text not null check (field ~ '^[a-z][a-z0-9-]{0,63}$'),
  value jsonb,
  source text not null,
  author text not null,
  reason text not null,
  valid_from date not null,
  valid_to date,
  recorded_at timestamptz not null default clock_timestamp(),
  -- The update message it came by, if any.
  message_id uuid,
  check (valid_to is null or valid_to > valid_from)
);
create index index_layer_of on index_layer (body, aoo, field, seq desc);

-- What traffic teaches (confirms in 2013 form, never answers, its mailbox bounces), apart from what is declared.
create table index_observation (
  body text not null check (body = lower(body)),
  aoo text not null check (aoo = lower(aoo)),
  what text not null check (what ~ '^[a-z][a-z0-9.-]{0,63}$'),
  times bigint not null default 1,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- The latest evidence: exchange, address, answer.
  evidence jsonb not null default '{}',
  primary key (body, aoo, what)
);

-- Index update messages: an AOO announces a change, its region's node accepts or refuses it.
create table index_message (
  message_id uuid primary key,
  -- The node it was given to first.
  node text not null,
  body text not null check (body = lower(body)),
  aoo text not null check (aoo = lower(aoo)),
  -- [{ field, value, validFrom, validTo }]
  changes jsonb not null,
  author text not null,
  reason text not null,
  received_at timestamptz not null,
  state text not null default 'received' check (state in ('received', 'accepted', 'refused')),
  decided_at timestamptz,
  decided_by text,
  decision text,
  check ((state = 'received') = (decided_at is null))
);
create index index_message_waiting on index_message (received_at) where state = 'received';

-- What other nodes follow. Numbers are taken under the row of the counter: in the order of the commits, without gaps.
create table index_feed (
  seq bigint primary key,
  at timestamptz not null default clock_timestamp(),
  message_id uuid not null,
  content jsonb not null,
  unique (message_id)
);
create table index_feed_counter (
  only_one boolean primary key default true check (only_one),
  last_seq bigint not null default 0
);
insert into index_feed_counter default values;

-- The nodes whose feed is followed, and how far.
create table index_peer (
  node text primary key,
  url text not null,
  last_seq bigint not null default 0,
  last_success timestamptz,
  failures integer not null default 0,
  last_error text,
  last_failure timestamptz
);

do $$
declare t text;
begin
  foreach t in array array['index_import', 'index_address', 'index_layer', 'index_feed'] loop
    execute format('create trigger %I_insert_only before update or delete or truncate on %I execute function refuse_change()', t, t);
    execute format('grant select, insert on %I to interpro_service', t);
  end loop;
  foreach t in array array['index_place', 'index_download', 'index_observation', 'index_message', 'index_feed_counter', 'index_peer'] loop
    execute format('grant select, insert, update on %I to interpro_service', t);
  end loop;
end $$;
-- A version is ended, never rewritten; its key may become known more exactly (Codice_uni_aoo).
grant select, insert, update (key, valid_to, to_basis, closed_by, successor) on index_entry to interpro_service;
-- An import's number is taken before its record is written.
grant usage on sequence index_import_import_id_seq to interpro_service;
