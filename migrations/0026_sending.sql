-- Sending: whether an address was reached the last time, and where each recipient of a message stands.

create index exchange_by_address on exchange (aoo, md5(peer_address), created_at desc) where direction = 'outgoing';
