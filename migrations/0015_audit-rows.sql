-- The audit chain covers the register row by row: each of these rows names the record that has its digest.
do $$
declare t text;
begin
  foreach t in array array['registration', 'registration_annulment', 'registration_change', 'exchange', 'mail'] loop
    -- 0: written before rows were covered. Nobody can say of those that they are as they were.
    execute format('alter table %I add column audit_seq bigint default 0', t);
    execute format('alter table %I alter column audit_seq drop default', t);
  end loop;
end $$;
grant update (audit_seq) on mail to interpro_service;

-- How many rows that are stands in the chain itself, so that no row can pass for an old one later.
with counted as (
  select aoo, audit_seq + 1 as seq, audit_hash as previous, jsonb_build_object(
           'registration', (select count(*) from registration t where t.aoo = a.aoo),
           'registration_annulment', (select count(*) from registration_annulment t where t.aoo = a.aoo),
           'registration_change', (select count(*) from registration_change t where t.aoo = a.aoo),
           'exchange', (select count(*) from exchange t where t.aoo = a.aoo),
           'mail', (select count(*) from mail t where t.aoo = a.aoo)) as rows
    from aoo a
), worded as (
  select aoo, seq, previous, jsonb_build_object('aoo', aoo, 'seq', seq, 'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'action', 'rows-not-covered', 'subject', aoo, 'data', rows)::text as content
    from counted
), added as (
  insert into audit (aoo, seq, content, hash)
  select aoo, seq, content, encode(sha256(convert_to(previous || content, 'UTF8')), 'hex') from worded
  returning aoo, seq, hash
)
update aoo set audit_seq = added.seq, audit_hash = added.hash from added where aoo.aoo = added.aoo;

-- How many answers an address has had in the last hour.
create index outbox_answers on outbox (aoo, lower(recipient), queued_at)
  where purpose in ('confirmation', 'exception', 'receipt');
