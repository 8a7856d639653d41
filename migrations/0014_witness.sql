-- An office whose database is behind what has left this machine (a restored backup) numbers nothing until a person has
-- looked.
alter table aoo
  add column stopped_at timestamptz,
  add column stopped_because text,
  -- Counts the times a person let it go on: what was witnessed before then is compared by its numbers only.
  add column recoveries integer not null default 0,
  add check ((stopped_at is null) = (stopped_because is null));
