-- Documents on their way in over the API. The bytes lie in a part file beside the document store until all have come;
-- `received` counts those that are durable there. Rows are work in hand, not records: they may be changed and removed.
create table upload (
  aoo text not null references aoo,
  upload_id uuid not null,
  name text not null,
  media_type text not null,
  size bigint not null check (size > 0),
  -- What the client says its bytes are; what they are stands in `sha256`.
  declared_sha256 text check (declared_sha256 ~ '^[0-9a-f]{64}$'),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  received bigint not null default 0 check (received between 0 and size),
  state text not null default 'open' check (state in ('open', 'complete', 'expired')),
  -- The credential that opened it.
  client text not null,
  created_at timestamptz not null,
  -- So long after the last bytes came, nobody wants it any more.
  expires_at timestamptz not null,
  -- What it was used for; the document has then other holders than this row.
  used_by text,
  used_at timestamptz,
  -- One writer at a time. The lease of a dead process is free again within a minute.
  writer uuid,
  writer_until timestamptz,
  -- Who wrote the bytes counted in `received`: a digest that another process began is not gone on with.
  written_by uuid,
  primary key (aoo, upload_id),
  check (state <> 'complete' or (sha256 is not null and received = size)),
  check ((used_by is null) = (used_at is null))
);
create index upload_waiting on upload (aoo) where used_at is null and state in ('open', 'complete');
create index upload_to_expire on upload (expires_at);

grant select, insert, update, delete on upload to interpro_service;
