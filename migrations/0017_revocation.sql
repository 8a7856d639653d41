-- Lists of revoked certificates, of the authorities whose certificates were trusted in mails. They belong to the node.
create table revocation_point (
  -- Digest of the authority's name and key.
  issuer text not null check (issuer ~ '^[0-9a-f]{64}$'),
  url text not null check (length(url) <= 1000),
  issuer_name text not null,
  -- DER; its key signs the lists.
  issuer_certificate bytea not null check (length(issuer_certificate) <= 65536),
  learned_at timestamptz not null,
  used_at timestamptz not null,
  due_at timestamptz not null,
  lease_owner text,
  lease_until timestamptz,
  failures integer not null default 0,
  last_error text,
  fetched_at timestamptz,
  -- Of the list that is held; null until one has come.
  this_update timestamptz,
  next_update timestamptz,
  entries integer,
  -- Of what it names: where it is the same, so are the rows below.
  listed_sha256 text,
  primary key (issuer, url),
  check ((this_update is null) = (next_update is null))
);
create index revocation_point_due on revocation_point (due_at);

create table revoked_certificate (
  issuer text not null,
  url text not null,
  -- Hexadecimal, without leading zeros.
  serial text not null check (length(serial) <= 128),
  revoked_at timestamptz not null,
  -- CRLReason (RFC 5280 §5.3.1); null: unspecified.
  reason smallint,
  primary key (issuer, url, serial),
  foreign key (issuer, url) references revocation_point on delete cascade
);
-- Only those on hold come off a list again while they have not expired.
create index revoked_certificate_hold on revoked_certificate (issuer, url) where reason = 6;

grant select, insert, update, delete on revocation_point, revoked_certificate to interpro_service;
