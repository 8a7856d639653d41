-- Municipalities that are no more, or are called otherwise, as ISTAT's list of variations has them: each a row of the index
-- that has ended, with who goes on for it in `more`.
alter table index_entry
  drop constraint index_entry_kind_check,
  add constraint index_entry_kind_check check (kind in ('body', 'aoo', 'office', 'pec', 'category', 'municipality'));

-- Who goes on for a municipality that is no more?
create index index_entry_past_municipality on index_entry (lower(municipality)) where kind = 'municipality';

-- Lists by state, day and text. Nearly all mails are settled: the others have an index of their own.
create index exchange_by_state on exchange (aoo, state, exchange_id);
create index mail_unsettled on mail (aoo, state, mail_id) where state <> 'settled';
create index mail_by_arrival on mail using brin (arrived_at) with (pages_per_range = 16);

-- The words of a registration and of a mail. What is long is cut: a text vector has a limit, and no registration may fail
-- for its index.
create function words_of(subject text, people text) returns tsvector language sql immutable parallel safe
  return to_tsvector('pg_catalog.simple', left(coalesce(subject, ''), 2000) || ' ' || left(coalesce(people, ''), 8000));
create index registration_words on registration using gin (words_of(subject,
  case direction when 'incoming' then sender ->> 'name' else jsonb_path_query_array(recipients, '$[*].name')::text end));
create index mail_words on mail using gin (words_of(subject, sender));
