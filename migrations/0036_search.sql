-- The search of the register. Indexes are built here: registrations wait meanwhile, some two minutes for each million there
-- are; nothing is rewritten.

-- Words as they are written, and by their stem. Of both, the beginning is enough.
drop index registration_words, mail_words, registration_document_words;
create or replace function words_of(subject text, people text) returns tsvector language sql immutable parallel safe
  return to_tsvector('pg_catalog.simple',
      folded(left(coalesce(subject, ''), 2000)) || ' ' || folded(left(coalesce(people, ''), 8000)))
    || italian_words(left(coalesce(subject, ''), 2000) || ' ' || left(coalesce(people, ''), 8000));

-- The names of those a registration is with.
create function people_of(direction text, sender jsonb, recipients jsonb) returns text language sql immutable parallel safe
  return case direction when 'incoming' then sender ->> 'name' else jsonb_path_query_array(recipients, '$[*].name')::text end;
create index registration_words on registration using gin (aoo, words_of(subject, people_of(direction, sender, recipients)));
create index mail_words on mail using gin (aoo, words_of(subject, sender));
create index registration_document_words on registration_document using gin (aoo, words_of(name, null));
create index registration_note_words on registration_note using gin (aoo, words_of(text, null));

-- Addresses and tax codes of those it is with, each as a whole.
create function codes_of(direction text, sender jsonb, recipients jsonb) returns text[] language sql immutable parallel safe
  return array(select distinct lower(left(code, 320)) from jsonb_array_elements(
    case direction when 'incoming' then jsonb_build_array(sender) else jsonb_path_query_array(recipients, '$[0 to 1999]') end)
      one (party), unnest(array[party ->> 'address', party ->> 'taxCode']) code (code) where code <> '');
create index registration_codes on registration using gin (aoo, codes_of(direction, sender, recipients));

-- A part of the subject, in any case.
create index registration_subject on registration using gin (aoo, lower(subject) gin_trgm_ops);
create index exchange_subject on exchange using gin (aoo, lower(subject) gin_trgm_ops);

-- What was wrong with a message, by its code.
create index registration_by_flag on registration using gin (aoo, flags jsonb_path_ops) where flags <> '[]';
