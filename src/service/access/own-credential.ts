/**
 * A client changes its own key, without its administrator. It gets what it has and no more: the same scopes, the same
 * signatures, no longer a life. One key has one successor; a second one is made only in place of one that was never used,
 * as after an answer that was lost, so that a key in wrong hands cannot multiply unseen.
 */
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { answeredIn, type Call, keyOf } from '../register/idempotent-command.ts';
import type { Credential, CredentialTransaction } from './credential.ts';
import type { Owner } from './credential-wish.ts';
import { type Audit, facts, inChain, KEY_DAYS, type ManageDeps, madeBy, OVERLAP_DAYS } from './manage-credentials.ts';
import { newApiKey, newCredentialId } from './secret-key.ts';
import type { Secrets } from './secrets.ts';

export interface OwnCredentialDeps extends ManageDeps {
  /** The answer is kept for who asks again under the same key; the new key in it is sealed. */
  readonly secrets: Secrets;
}

/** As it is kept and answered. */
export interface Rotated {
  readonly id: string;
  readonly key: string;
  readonly expiresAt: string;
  readonly previousUntil: string;
}

const DAY_MS = 86_400_000;
const MOST_OVERLAP_DAYS = 90;
const contextOf = (aoo: AooId, id: string): string => `credential:${aoo}:${id}`;

export async function readOwn(
  aoo: AooId,
  id: string,
  { credentials }: Pick<ManageDeps, 'credentials'>,
): Promise<Result<Credential>> {
  const found = await credentials.byId(id);
  return found === null || found.aoo !== aoo ? refuse(problem('not-found')) : ok(found);
}

export async function rotateOwn(
  office: Owner,
  id: string,
  overlapDays: number = OVERLAP_DAYS,
  call: Call,
  deps: OwnCredentialDeps,
): Promise<Result<Rotated>> {
  // Not at once: who asks again after a lost answer still has to be let in.
  if (!(overlapDays >= 1 && overlapDays <= MOST_OVERLAP_DAYS))
    return refuse(problem('credential-invalid', 'overlapDays', `da 1 a ${MOST_OVERLAP_DAYS} giorni`));
  const at = deps.clock.now();
  const key = keyOf(call);
  const done = await inChain<Rotated>(office, deps, async (tx, audit, work) => {
    const before = tx.office === null ? null : await answeredIn<Rotated>(tx.office, key);
    if (before !== null) return before;
    const old = await tx.one(id);
    if (old === null) return refuse(problem('not-found'));
    if (old.revokedAt !== null) return refuse(problem('credential-revoked'));
    if (old.kind !== 'api-key') return refuse(problem('credential-invalid', 'kind', 'non sono una chiave API'));
    const unheard = await withdrawUnused(old, at, tx, audit);
    if (!unheard.ok) return unheard;
    const { credential, secret } = successor(old, unheard.value ?? old, at);
    const sealed = deps.secrets.seal(secret, contextOf(office.aoo, credential.id));
    if (!sealed.ok) return sealed;
    if (!(await tx.insert(credential))) return refuse(problem('credential-exists', '', old.kind));
    const ends = new Date(Math.min(at.getTime() + overlapDays * DAY_MS, old.expiresAt?.getTime() ?? Infinity));
    await tx.expire(old.id, ends);
    audit('credential-rotated', credential.id, {
      ...facts(credential),
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

/** The successor nobody has ever used, which is none any more; refused where there is one in use. */
async function withdrawUnused(
  old: Credential,
  at: Date,
  tx: CredentialTransaction,
  audit: Audit,
): Promise<Result<Credential | null>> {
  const made = await tx.madeBy(madeBy(old.id));
  if (made.some(({ lastUsedAt }) => lastUsedAt !== null)) return refuse(problem('credential-rotated'));
  for (const { id, client } of made) {
    await tx.revoke(id, at, madeBy(old.id));
    audit('credential-revoked', id, { by: madeBy(old.id), client });
  }
  return ok(made[0] ?? null);
}

/** `like`: whose length of life it has; the old one's own may have been cut short by a successor. */
function successor(old: Credential, like: Credential, at: Date): { credential: Credential; secret: string } {
  const id = newCredentialId();
  const made = newApiKey(id);
  const life = (like.expiresAt?.getTime() ?? Infinity) - like.createdAt.getTime();
  const expiresAt = new Date(at.getTime() + Math.min(life, KEY_DAYS * DAY_MS));
  const credential: Credential = {
    ...old,
    id,
    secret: made.digest,
    createdAt: at,
    createdBy: madeBy(old.id),
    expiresAt,
    lastUsedAt: null,
  };
  return { credential, secret: made.key };
}
