-- The text of documents, for the search. Derived data: it can be made again from the documents at any time, proves nothing, is
-- not covered by the audit chain, and the service may change and delete it.

-- All three come with PostgreSQL and are trusted: the owner of a database may create them.
do $$
declare wanted text;
begin
  foreach wanted in array array['unaccent', 'pg_trgm', 'btree_gin'] loop
    continue when exists (select from pg_extension where extname = wanted);
    if not exists (select from pg_available_extensions where name = wanted) then
      raise exception 'the extension % is not installed on this PostgreSQL server', wanted
        using hint = 'install the contrib modules of its version (Debian: part of postgresql-NN; Red Hat: postgresql-contrib) and migrate again';
    end if;
    begin
      execute format('create extension %I', wanted);
    exception when insufficient_privilege then
      raise exception 'the database user % may not create the extension %', current_user, wanted
        using hint = format('as a superuser, in this database: create extension %I;', wanted);
    end;
  end loop;
end $$;

-- `unaccent(text)` is only stable, because its dictionary could be exchanged; ours is named, in whichever schema it lies.
do $$
declare home text := (select nspname from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'unaccent');
begin
  execute format('create function f_unaccent(words text) returns text language sql immutable strict parallel safe
    return %1$I.unaccent(%2$L::regdictionary, words)', home, format('%I.unaccent', home));
  -- What people write, by its stem: "delibera" finds "deliberazioni", "citta" finds "città".
  create text search configuration interpro_it (copy = pg_catalog.italian);
  execute format('alter text search configuration interpro_it alter mapping for hword, hword_part, word
    with %I.unaccent, pg_catalog.italian_stem', home);
  -- Names have no stem and no stop words.
  create text search configuration interpro_names (copy = pg_catalog.simple);
  execute format('alter text search configuration interpro_names alter mapping for hword, hword_part, word
    with %I.unaccent, pg_catalog.simple', home);
end $$;

-- Marks that are no ASCII pass for letters where the database's locale is C: "dell’ufficio" would be one word.
create function plain_marks(words text) returns text language sql immutable strict parallel safe
  return translate(words, E'\u2018\u2019\u02BC\u2032\u00B4`\u201C\u201D\u201E\u00AB\u00BB\u2013\u2014\u2022\u00B7\u20AC\u00B0\u00A7\u00A0',
    '''''''''''''             ');

-- The words of an Italian text, and what a person typed as a query of them: it never fails, and is empty for common words alone.
create function italian_words(words text) returns tsvector language sql immutable strict parallel safe
  return to_tsvector('interpro_it', plain_marks(words));
create function italian_query(typed text) returns tsquery language sql immutable strict parallel safe
  return websearch_to_tsquery('interpro_it', plain_marks(typed));

-- What became of the text of each document. Without a row nobody has looked at it yet.
create table document_text (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  position integer not null,
  -- complete; cut: longer than what is kept; none: there is none to read; scanned: pictures of pages.
  state text not null default 'waiting'
    check (state in ('waiting', 'complete', 'cut', 'none', 'failed', 'encrypted', 'scanned')),
  -- Why it is not complete: a code of the problem table.
  reason text,
  -- What read it, and its version: what could not be read is tried again by the next version only.
  extractor text,
  version integer,
  characters integer,
  pages integer,
  at timestamptz,
  attempts integer not null default 0,
  -- Of the registration: the newest are read first.
  registered_at timestamptz not null,
  lease_owner uuid,
  -- Not before then, also where nobody holds it: the store of documents was away.
  lease_until timestamptz,
  primary key (aoo, register, year, number, position),
  foreign key (aoo, register, year, number, position) references registration_document
);
create index document_text_waiting on document_text (aoo, registered_at) where state = 'waiting';
create index document_text_by_time on document_text (aoo, at) where at is not null;
create index document_text_by_state on document_text (aoo, state, version, reason);

-- The text itself, normalised, in pieces that a tsvector can hold.
create table document_text_part (
  aoo text not null,
  register text not null,
  year integer not null,
  number bigint not null,
  position integer not null,
  part integer not null,
  text text not null check (octet_length(text) <= 102400),
  words tsvector not null generated always as (italian_words(text)) stored,
  primary key (aoo, register, year, number, position, part),
  foreign key (aoo, register, year, number, position) references document_text
);
-- Without a pending list: no search pays for what was written lately, and only the worker writes here.
create index document_text_part_words on document_text_part using gin (aoo, words) with (fastupdate = off);

-- Which registrations have been asked for their documents: of each register and year, the numbers above `lower` up to `upper`.
-- New ones are above, the backlog of an older database is below.
create table document_text_reach (
  aoo text not null references aoo,
  register text not null,
  year integer not null,
  lower bigint not null,
  upper bigint not null,
  primary key (aoo, register, year),
  check (0 <= lower and lower <= upper)
);

do $$
declare t text;
begin
  foreach t in array array['document_text', 'document_text_part', 'document_text_reach'] loop
    execute format('grant select, insert, update, delete on %I to interpro_service', t);
  end loop;
end $$;
