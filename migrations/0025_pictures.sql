-- How an office behaves with ours: the exchanges with one address, the newest first.
create index exchange_with_peer on exchange (aoo, md5(lower(peer_address)), direction, created_at desc);

-- The pictures of a month: what was registered on its days, decided by a person, confirmed, and shown to a person.
create index registration_by_day on registration (aoo, date) include (direction, register, year, number);
create index exchange_event_of_people on exchange_event (aoo, at) where type = 'registered-by-hand';
create index exchange_event_confirmation on exchange_event (aoo, at) where type = 'confirmation';
create index task_by_opening on task (aoo, opened_at);
