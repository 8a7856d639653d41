-- Some annulments bear no register: the message is then looked for by the number its sender gave it, zeros in front or not.
create index exchange_by_peer_number on exchange (aoo, left(ltrim(peer_identifier ->> 'number', '0'), 40))
  where peer_identifier is not null;
