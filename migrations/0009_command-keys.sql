-- A command that was refused has changed nothing: its key stays free. What was kept of refusals would be repeated for ever.
delete from command_answer where answer -> 'ok' = 'false';

-- Subscriptions are answered as they were: what was kept of them before names them alone.
update command_answer c
   set answer = c.answer || jsonb_build_object('aoo', w.aoo, 'url', w.url, 'types', w.types, 'state', 'active', 'pauseReason', null,
         'createdBy', w.created_by, 'createdAt', w.created_at, 'version', w.version, 'seq', w.seq, 'failures', 0,
         'failingSince', null, 'dueAt', w.due_at, 'lastAt', null, 'lastOutcome', null, 'previousUntil', null,
         'secretDigest', encode(sha256(convert_to(w.secret, 'UTF8')), 'hex'))
  from webhook w
 where w.aoo = c.aoo and w.webhook_id::text = c.answer ->> 'webhookId';

-- The index is the node's, not an office's, and so are its commands; the same rules hold for them.
create table index_command_answer (
  client text not null,
  key text not null,
  digest text not null,
  answer jsonb not null,
  at timestamptz not null,
  primary key (client, key)
);
create index index_command_answer_by_time on index_command_answer (at);
grant select, insert, delete on index_command_answer to interpro_service;
