-- Webhooks: who wants to be told of an office's events, how far each has been told, and what became of each delivery.

-- One subscription. Everything up to `seq` is delivered, dead or not wanted; what comes after it is read from the feed, so
-- that a subscriber that is behind costs one row, however far it is behind. The row is also the lease: one worker at a
-- time delivers for it, in order.
create table webhook (
  aoo text not null references aoo,
  webhook_id uuid not null,
  url text not null,
  -- Types of events that are wanted; empty: all.
  types text[] not null default '{}',
  state text not null default 'active' check (state in ('active', 'paused', 'removed')),
  -- Why it is paused: by a person, or because the receiver is gone, unreachable or refuses everything.
  pause_reason text check (pause_reason in ('person', 'gone', 'unreachable', 'refusing')),
  -- Sealed; empty once removed. The one before it signs too until `previous_until`.
  secret text not null,
  previous_secret text,
  previous_until timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  version integer not null default 1,
  seq bigint not null check (seq >= 0),
  -- Attempts in a row that failed, and since when.
  failures integer not null default 0,
  failing_since timestamptz,
  due_at timestamptz not null,
  last_at timestamptz,
  last_outcome text,
  lease_owner uuid,
  lease_until timestamptz,
  primary key (aoo, webhook_id),
  check ((state = 'paused') = (pause_reason is not null))
);
create index webhook_active on webhook (aoo) where state = 'active';

-- One row per event that was tried for a subscription. The event itself is in the feed.
create table webhook_delivery (
  aoo text not null,
  webhook_id uuid not null,
  seq bigint not null,
  type text not null,
  state text not null check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  due_at timestamptz not null,
  last_outcome text not null,
  primary key (aoo, webhook_id, seq),
  foreign key (aoo, webhook_id) references webhook
);
-- The only rows that workers and the list of dead letters look at.
create index webhook_delivery_waiting on webhook_delivery (aoo, webhook_id, due_at) where state = 'waiting';
create index webhook_delivery_dead on webhook_delivery (aoo, webhook_id, seq) where state = 'dead';
create index webhook_delivery_done on webhook_delivery (last_at) where state = 'delivered';

grant select, insert, update on webhook to interpro_service;
-- Deliveries that succeeded are forgotten after a while; the events stay.
grant select, insert, update, delete on webhook_delivery to interpro_service;
