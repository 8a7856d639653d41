-- Municipalities that are no more, or are called otherwise, as ISTAT's list of variations has them: each a row of the index
-- that has ended, with who goes on for it in `more`.
alter table index_entry
  drop constraint index_entry_kind_check,
  add constraint index_entry_kind_check check (kind in ('body', 'aoo', 'office', 'pec', 'category', 'municipality'));

-- Who goes on for a municipality that is no more?
create index index_entry_past_municipality on index_entry (lower(municipality)) where kind = 'municipality';
