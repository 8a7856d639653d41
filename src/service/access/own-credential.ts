/**
 * A client rotates its own key without an administrator. The new key grants no more than the old one: the same scopes and
 * required signatures, no longer lifetime. One key has one successor; a second successor replaces one that was never used
 * (its answer was lost), so that a stolen key cannot multiply unnoticed.
 */
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { answeredIn, type Call, commandKeyOf } from '../register/idempotent-command.ts';
import { newApiKey, newCredentialId } from './api-key.ts';
import type { Credential, CredentialTransaction } from './credential.ts';
import {
  type Audit,
  auditData,
  createdBy,
  DEFAULT_KEY_DAYS,
  DEFAULT_OVERLAP_DAYS,
  inAuditedTransaction,
  MAX_OVERLAP_DAYS,
  type ManageDeps,
} from './manage-credentials.ts';
import type { CredentialOwner } from './new-credential.ts';
import type { Secrets } from './secrets.ts';

export interface OwnCredentialDeps extends ManageDeps {
  /** The answer is kept for a repeat under the same idempotency key; the API key in it is sealed. */
  readonly secrets: Secrets;
}

/** The answer; where it is kept, `key` is sealed. */
export interface RotatedKey {
  readonly id: string;
  readonly key: string;
  readonly expiresAt: string;
  readonly previousUntil: string;
}

const DAY_MS = 86_400_000;
const contextOf = (aoo: AooId, id: string): string => `credential:${aoo}:${id}`;

export async function readOwnCredential(
  aoo: AooId,
  id: string,
  { credentials }: Pick<ManageDeps, 'credentials'>,
): Promise<Result<Credential>> {
  const found = await credentials.byId(id);
  return found === null || found.aoo !== aoo ? refuse(problem('not-found')) : ok(found);
}

export async function rotateOwnCredential(
  office: CredentialOwner,
  id: string,
  overlapDays: number = DEFAULT_OVERLAP_DAYS,
  call: Call,
  deps: OwnCredentialDeps,
): Promise<Result<RotatedKey>> {
  // At least a day: a client that lost the answer needs the old key to ask again.
  if (!(overlapDays >= 1 && overlapDays <= MAX_OVERLAP_DAYS))
    return refuse(
      problem(
        'credential-invalid',
        'overlapDays',
        `quelle precedenti possono valere ancora da 1 a ${MAX_OVERLAP_DAYS} giorni`,
      ),
    );
  const at = deps.clock.now();
  const key = commandKeyOf(call);
  const done = await inAuditedTransaction<RotatedKey>(office, deps, async (tx, audit, work) => {
    const before = tx.office === null ? null : await answeredIn<RotatedKey>(tx.office, key);
    if (before !== null) return before;
    const old = await tx.one(id);
    if (old === null) return refuse(problem('not-found'));
    if (old.revokedAt !== null) return refuse(problem('credential-revoked'));
    if (old.kind !== 'api-key') return refuse(problem('credential-invalid', 'kind', 'non sono una chiave API'));
    const unused = await revokeUnusedSuccessor(old, at, tx, audit);
    if (!unused.ok) return unused;
    const { credential, secret } = successor(old, unused.value ?? old, at);
    const sealed = deps.secrets.seal(secret, contextOf(office.aoo, credential.id));
    if (!sealed.ok) return sealed;
    if (!(await tx.insert(credential))) return refuse(problem('credential-exists', '', old.kind));
    const ends = new Date(Math.min(at.getTime() + overlapDays * DAY_MS, old.expiresAt?.getTime() ?? Infinity));
    await tx.expire(old.id, ends);
    audit('credential-rotated', credential.id, {
      ...auditData(credential),
      replaces: old.id,
      until: ends.toISOString(),
    });
    const answer = ok({
      id: credential.id,
      key: sealed.value,
      expiresAt: credential.expiresAt?.toISOString() ?? '',
      previousUntil: ends.toISOString(),
    });
    if (key !== null) work?.answerWith({ ...key, answer });
    return answer;
  });
  if (!done.ok) return done;
  const opened = deps.secrets.open(done.value.key, contextOf(office.aoo, done.value.id));
  return opened.ok ? ok({ ...done.value, key: opened.value }) : opened;
}

/** Revokes a successor that was never used, and returns it; refuses when the successor is in use. */
async function revokeUnusedSuccessor(
  old: Credential,
  at: Date,
  tx: CredentialTransaction,
  audit: Audit,
): Promise<Result<Credential | null>> {
  const made = await tx.createdBy(createdBy(old.id));
  if (made.some(({ lastUsedAt }) => lastUsedAt !== null)) return refuse(problem('credential-rotated'));
  for (const { id, client } of made) {
    await tx.revoke(id, at, createdBy(old.id));
    audit('credential-revoked', id, { by: createdBy(old.id), client });
  }
  return ok(made[0] ?? null);
}

/** `lifetime`: the credential whose lifetime is copied. That of `old` may have been cut short by an earlier successor. */
function successor(old: Credential, lifetime: Credential, at: Date): { credential: Credential; secret: string } {
  const id = newCredentialId();
  const made = newApiKey(id);
  const life = (lifetime.expiresAt?.getTime() ?? Infinity) - lifetime.createdAt.getTime();
  const expiresAt = new Date(at.getTime() + Math.min(life, DEFAULT_KEY_DAYS * DAY_MS));
  const credential: Credential = {
    ...old,
    id,
    secret: made.digest,
    createdAt: at,
    createdBy: createdBy(old.id),
    expiresAt,
    lastUsedAt: null,
  };
  return { credential, secret: made.key };
}
