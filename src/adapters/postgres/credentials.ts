import type { JSONWebKeySet } from 'jose';
import type pg from 'pg';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type {
  Credential,
  CredentialKind,
  CredentialStore,
  CredentialTransaction,
  Requirement,
  TokenIdentity,
} from '../../service/access/credential.ts';
import type { Scope } from '../../service/access/scopes.ts';
import { listen } from './database/listen.ts';
import { inTransaction } from './database/pool.ts';
import { lockOffice } from './office/transaction.ts';
import { writeAccess } from './people/persons.ts';

/** The tenant of credentials without an office. */
const NODE = '-';
const CHANNEL = 'interpro_credential';

interface CredentialRow {
  readonly aoo: string;
  readonly credential_id: string;
  readonly client_id: string;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly requires: readonly Requirement[];
  readonly secret_sha256: Sha256 | null;
  readonly issuer: string | null;
  readonly claim: TokenIdentity['claim'] | null;
  readonly subject: string | null;
  readonly purpose_id: string | null;
  readonly thumbprint: Sha256 | null;
  readonly signing_keys: JSONWebKeySet | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
  readonly last_used_at: Date | null;
}

const COLUMNS = `aoo, credential_id, client_id, kind, name, scopes, requires, secret_sha256, issuer, claim, subject,
  purpose_id, thumbprint, signing_keys, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at`;

const toCredential = (row: CredentialRow): Credential => ({
  id: row.credential_id,
  client: row.client_id,
  aoo: row.aoo === NODE ? null : (row.aoo as AooId),
  kind: row.kind,
  name: row.name,
  scopes: row.scopes,
  requires: row.requires,
  secret: row.secret_sha256,
  token:
    row.issuer === null || row.claim === null || row.subject === null
      ? null
      : { issuer: row.issuer, claim: row.claim, subject: row.subject, purposeId: row.purpose_id },
  thumbprint: row.thumbprint,
  signingKeys: row.signing_keys,
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  revokedBy: row.revoked_by,
  lastUsedAt: row.last_used_at,
});

type Questions = Pick<pg.Pool | pg.PoolClient, 'query'>;

async function find(from: Questions, where: string, values: readonly unknown[]): Promise<readonly Credential[]> {
  const found = await from.query<CredentialRow>(`select ${COLUMNS} from credential where ${where}`, [...values]);
  return found.rows.map(toCredential);
}

export function postgresCredentials(pool: pg.Pool): CredentialStore {
  const first = async (where: string, values: readonly unknown[]) => (await find(pool, where, values))[0] ?? null;
  return {
    async addExternalOffice({ aoo, administration, code }) {
      // Register, name and address stay empty until it becomes an office of this node.
      await pool.query(
        `insert into aoo (aoo, administration, code, register, name, address) values ($1, $2, $3, '', '', '')
         on conflict do nothing`,
        [aoo, administration, code],
      );
    },
    change: (aoo, work) =>
      inTransaction(pool, async (client) => {
        const office = aoo === null ? null : (await lockOffice(client, aoo)).tx;
        const done = await work({ office, ...transaction(client, aoo ?? NODE) });
        await client.query(`select pg_notify('${CHANNEL}', '')`);
        return done;
      }),
    list: (aoo) =>
      aoo === 'all'
        ? find(pool, 'true order by created_at desc, credential_id', [])
        : find(pool, 'aoo = $1 order by created_at desc, credential_id', [aoo ?? NODE]),
    byId: (id) => first('credential_id = $1', [id]),
    byCertificate: (thumbprint) =>
      first(`thumbprint = $1 and kind = 'certificate' and revoked_at is null`, [thumbprint]),
    byToken: (issuer, clientId, subject) =>
      find(
        pool,
        `kind = 'jwt' and revoked_at is null and issuer = $1
          and ((claim = 'client_id' and subject = $2) or (claim = 'sub' and subject = $3))`,
        [issuer, clientId, subject],
      ),
    async recordUse(id, at) {
      await pool.query(
        'update credential set last_used_at = $2 where credential_id = $1 and (last_used_at is null or last_used_at < $2)',
        [id, at],
      );
    },
    async rememberToken(digest, expires) {
      const { rowCount } = await pool.query(
        'insert into token_used (digest, expires_at) values ($1, $2) on conflict do nothing',
        [digest, expires],
      );
      return rowCount === 1;
    },
    async forgetTokens(at) {
      await pool.query('delete from token_used where expires_at < $1', [at]);
    },
    onChange: (listener) => listen(pool, CHANNEL, listener),
  };
}

function transaction(client: pg.PoolClient, tenant: string): Omit<CredentialTransaction, 'office'> {
  return {
    async one(id) {
      const found = await find(client, 'aoo = $1 and credential_id = $2 for no key update', [tenant, id]);
      return found[0] ?? null;
    },
    createdBy: (by) => find(client, 'aoo = $1 and created_by = $2 and revoked_at is null', [tenant, by]),
    async insert(credential) {
      const { token } = credential;
      const { rowCount } = await client.query(
        `insert into credential (aoo, credential_id, client_id, kind, name, scopes, requires, secret_sha256, issuer, claim,
           subject, purpose_id, thumbprint, signing_keys, created_at, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict do nothing`,
        [
          tenant,
          credential.id,
          credential.client,
          credential.kind,
          credential.name,
          credential.scopes,
          credential.requires,
          credential.secret,
          token?.issuer ?? null,
          token?.claim ?? null,
          token?.subject ?? null,
          token?.purposeId ?? null,
          credential.thumbprint,
          credential.signingKeys === null ? null : JSON.stringify(credential.signingKeys),
          credential.createdAt,
          credential.createdBy,
          credential.expiresAt,
        ],
      );
      return rowCount === 1;
    },
    recordContentKey: ({ credential, maker }) =>
      writeAccess(client, [
        {
          entryId: uuidv7(credential.createdAt),
          at: credential.createdAt,
          what: 'content-key',
          aoo: credential.aoo,
          personId: maker?.personId ?? null,
          person: credential.createdBy,
          address: maker?.address ?? '',
          data: {
            credential: credential.id,
            name: credential.name,
            scopes: credential.scopes,
            until: credential.expiresAt?.toISOString() ?? null,
          },
        },
      ]),
    async revoke(id, at, by) {
      await client.query(
        `update credential set revoked_at = $3, revoked_by = $4
          where aoo = $1 and credential_id = $2 and revoked_at is null`,
        [tenant, id, at, by],
      );
    },
    async expire(id, at) {
      await client.query(
        `update credential set expires_at = least(expires_at, $3) where aoo = $1 and credential_id = $2`,
        [tenant, id, at],
      );
    },
  };
}
