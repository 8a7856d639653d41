-- What the service works with but may not rewrite: where it has a login of its own, not even on purpose.

-- A mail keeps the digest and the place it came with; what is queued, its recipient and the recipe of its bytes.
revoke update on mail, outbox from interpro_service;
grant update (state, settled_at, kind, action, subject, sender, message_id, inspection, exchange_id, note,
              receipt_reference, receipt_identifier) on mail to interpro_service;
grant update (state, attempts, due_at, lease_owner, lease_until, queued_at, sent_at, last_error)
  on outbox to interpro_service;
-- `doctor` asks what has been applied.
grant select on schema_migration to interpro_service;

-- Numbers, events and the audit chain go on; nobody sets them back.
create function only_forward() returns trigger language plpgsql as $$
declare is_back boolean;
begin
  if tg_table_name = 'register_counter' then
    is_back := new.last_number < old.last_number;
  else
    is_back := new.audit_seq < old.audit_seq or new.event_seq < old.event_seq
      or (new.audit_seq = old.audit_seq and new.audit_hash <> old.audit_hash);
  end if;
  if is_back then
    raise exception 'a counter on % may not go back', tg_table_name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger register_counter_forward before update on register_counter
  for each row execute function only_forward();
create trigger aoo_forward before update of audit_seq, event_seq, audit_hash on aoo
  for each row execute function only_forward();

-- Credentials of the node open every office: only who owns the database gives or takes them.
create function only_owner() returns trigger language plpgsql as $$
begin
  if not pg_has_role(session_user, (select relowner from pg_class where oid = tg_relid), 'usage') then
    raise exception 'credentials of the node are changed by the owner of the database only'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger node_credential_made before insert on credential
  for each row when (new.aoo = '-') execute function only_owner();
create trigger node_credential_changed before update of expires_at, revoked_at, revoked_by on credential
  for each row when (old.aoo = '-') execute function only_owner();
