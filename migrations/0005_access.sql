-- Who calls the API. A credential belongs to one office; those of the node's administrators belong to the tenant '-',
-- which no office can be called. Authentication comes before the tenant is known, so a credential is also found without
-- it: the table is small and, should the others be distributed by office, is kept whole on every machine.
create table credential (
  aoo text not null,
  office text generated always as (nullif(aoo, '-')) stored references aoo,
  credential_id text not null check (credential_id ~ '^[0-9a-f]{16}$'),
  -- The same for all credentials of one client, so that a new key is the same caller (idempotency, limits, webhooks).
  client_id text not null check (client_id ~ '^[0-9a-f]{16}$'),
  kind text not null check (kind in ('api-key', 'jwt', 'certificate')),
  name text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  requires text[] not null default '{}' check (requires <@ array['integrity', 'audit']),
  -- SHA-256 of 256 random bits; the secret itself is nowhere.
  secret_sha256 text check (secret_sha256 ~ '^[0-9a-f]{64}$'),
  issuer text,
  claim text check (claim in ('client_id', 'sub')),
  subject text,
  purpose_id text,
  -- SHA-256 of the DER of the client certificate: of a key or a token, the one it is bound to.
  thumbprint text check (thumbprint ~ '^[0-9a-f]{64}$'),
  -- Public keys (JWKS) that the client signs its requests with, where `requires` asks for signatures.
  signing_keys jsonb,
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  last_used_at timestamptz,
  primary key (aoo, credential_id),
  check ((kind = 'api-key') = (secret_sha256 is not null)),
  check ((kind = 'jwt') = (issuer is not null and claim is not null and subject is not null)),
  check (kind <> 'certificate' or thumbprint is not null),
  check (kind = 'jwt' or purpose_id is null),
  check (cardinality(requires) = 0 or signing_keys is not null),
  check ((revoked_at is null) = (revoked_by is null)),
  -- The administrator of the node has no office.
  check (aoo = '-' or not 'node:admin' = any(scopes))
);
create unique index credential_by_id on credential (credential_id);
-- A certificate or a token speaks for one office only: with two, nobody could say for which.
create unique index credential_by_certificate on credential (thumbprint) where kind = 'certificate' and revoked_at is null;
create unique index credential_by_token on credential (issuer, claim, subject, coalesce(purpose_id, ''))
  where kind = 'jwt' and revoked_at is null;

-- Tokens that were used (`jti`), until they expire: each is good for one request.
create table token_used (
  digest text primary key,
  expires_at timestamptz not null
);
create index token_used_expired on token_used (expires_at);

grant select, insert on credential to interpro_service;
-- Who it is and what it may do is never changed: another one is made, and this one revoked.
grant update (expires_at, revoked_at, revoked_by, last_used_at) on credential to interpro_service;
grant select, insert, delete on token_used to interpro_service;
