-- A message whose identifier another one bears already is an exchange of its own: its identity is not its sender's number
-- alone, by which annulments and enquiries name it.
drop index exchange_by_peer;
create index exchange_by_peer on exchange (aoo, peer_identity) where peer_identity is not null;
comment on column exchange.peer_identity is 'The peer''s registration as it is compared, where the identity is not just that.';
-- What was shown of such a message keeps its place on the list.
update task set code = 'contradiction' where code = 'conflict';
