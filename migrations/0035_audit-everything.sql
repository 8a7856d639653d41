-- The audit chain covers what stands beside registrations, too: links, notes, reserves, files, assignments with their history,
-- requests for annulment, deferrals, mails put aside (DPR 445/2000 art. 54: what was changed stays visible).
do $$
declare t text;
begin
  foreach t in array array['registration_link', 'registration_note', 'registration_reserved', 'registration_reserve_history',
                           'registration_file_history', 'assignment', 'assignment_event', 'annulment_request', 'deferral', 'file',
                           'mail_set_aside'] loop
    -- 0: written before these rows were covered.
    execute format('alter table %I add column audit_seq bigint default 0', t);
    execute format('alter table %I alter column audit_seq drop default', t);
  end loop;
end $$;
-- A request is covered when it is made, and once more when it is decided.
alter table annulment_request add column decided_audit_seq bigint default 0;
alter table annulment_request alter column decided_audit_seq drop default;
grant update (audit_seq) on assignment to interpro_service;
grant update (decided_audit_seq) on annulment_request to interpro_service;

-- How many rows that are stands in the chain itself, so that no row can pass for an old one later.
with counted as (
  select aoo, audit_seq + 1 as seq, audit_hash as previous, jsonb_build_object(
           'registration_link', (select count(*) from registration_link t where t.aoo = a.aoo),
           'registration_note', (select count(*) from registration_note t where t.aoo = a.aoo),
           'registration_reserved', (select count(*) from registration_reserved t where t.aoo = a.aoo),
           'registration_reserve_history', (select count(*) from registration_reserve_history t where t.aoo = a.aoo),
           'registration_file_history', (select count(*) from registration_file_history t where t.aoo = a.aoo),
           'assignment', (select count(*) from assignment t where t.aoo = a.aoo),
           'assignment_event', (select count(*) from assignment_event t where t.aoo = a.aoo),
           'annulment_request', (select count(*) from annulment_request t where t.aoo = a.aoo),
           'annulment_decision', (select count(*) from annulment_request t where t.aoo = a.aoo and t.outcome is not null),
           'deferral', (select count(*) from deferral t where t.aoo = a.aoo),
           'file', (select count(*) from file t where t.aoo = a.aoo),
           'mail_set_aside', (select count(*) from mail_set_aside t where t.aoo = a.aoo)) as rows
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
