/** Credentials are made, changed and withdrawn here; each step stands in the audit chain of the office they belong to. */
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { openUnitOfWork, type UnitOfWork } from '../register/unit-of-work.ts';
import { clientCertificate, readCertificate } from './certificate.ts';
import type { Credential, CredentialStore, CredentialTransaction } from './credential.ts';
import { type CredentialWish, checkWish, MOST_DAYS, type Owner } from './credential-wish.ts';
import { newApiKey, newCredentialId } from './secret-key.ts';

export interface Issued {
  readonly credential: Credential;
  /** The API key, to be told once; null for the other kinds. */
  readonly key: string | null;
}

export interface ManageDeps {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly log?: Log;
}

const DAY_MS = 86_400_000;
/** How long a key lives that nobody says more of. */
export const KEY_DAYS = 365;
/** How long the old key is good beside the new one, unless said otherwise. */
export const OVERLAP_DAYS = 7;
/** Who made a credential that a client made for itself with another one. */
export const madeBy = (id: string): string => `credential:${id}`;

/** `office`: null for an administrator of the node. `by`: who does it, for the audit chain. */
export async function createCredential(
  office: Owner | null,
  wish: CredentialWish,
  by: string,
  deps: ManageDeps,
): Promise<Result<Issued>> {
  const at = deps.clock.now();
  const checked = checkWish(office, wish, at);
  if (!checked.ok) return checked;
  const id = newCredentialId();
  const made = wish.kind === 'api-key' ? newApiKey(id) : null;
  const credential: Credential = {
    ...checked.value,
    id,
    client: wish.client ?? id,
    aoo: office?.aoo ?? null,
    kind: wish.kind,
    name: wish.name,
    secret: made?.digest ?? null,
    token: wish.token ?? null,
    signingKeys: wish.signingKeys ?? null,
    createdAt: at,
    createdBy: by,
    expiresAt: wish.expires ?? (made === null ? checked.value.ends : new Date(at.getTime() + KEY_DAYS * DAY_MS)),
    revokedAt: null,
    revokedBy: null,
    lastUsedAt: null,
  };
  if (wish.client !== undefined) {
    const known = await deps.credentials.list(office?.aoo ?? null);
    if (!known.some(({ client }) => client === wish.client)) return refuse(problem('not-found'));
  }
  if (office?.external) await deps.credentials.know(office);
  return inChain(office, deps, async (tx, audit) => {
    if (!(await tx.insert(credential))) return refuse(problem('credential-exists', '', wish.kind));
    audit('credential-created', id, facts(credential));
    return ok({ credential, key: made?.key ?? null });
  });
}

/** From now on the credential lets nobody in, nor does what it made for itself. Revoking twice is no fault. */
export function revokeCredential(
  office: Owner | null,
  id: string,
  by: string,
  deps: ManageDeps,
): Promise<Result<Credential>> {
  const at = deps.clock.now();
  return inChain(office, deps, async (tx, audit) => {
    const credential = await tx.one(id);
    if (credential === null) return refuse(problem('not-found'));
    if (credential.revokedAt !== null) return ok(credential);
    await tx.revoke(id, at, by);
    audit('credential-revoked', id, { by, client: credential.client });
    const ended = [id];
    for (const maker of ended) {
      for (const { id: own, client } of await tx.madeBy(madeBy(maker))) {
        await tx.revoke(own, at, by);
        audit('credential-revoked', own, { by, client });
        ended.push(own);
      }
    }
    return ok({ ...credential, revokedAt: at, revokedBy: by });
  });
}

export interface Rotation {
  /** How long the old one is still good; 0: it ends at once. */
  readonly overlapDays?: number;
  readonly expires?: Date | null;
  /** The new certificate, where a certificate is what is changed. */
  readonly certificate?: string | Uint8Array;
}

/** A new key (or certificate) for the same client with the same scopes; both are good until the old one ends. */
export async function rotateCredential(
  office: Owner | null,
  id: string,
  rotation: Rotation,
  by: string,
  deps: ManageDeps,
): Promise<Result<Issued>> {
  const at = deps.clock.now();
  const overlap = rotation.overlapDays ?? OVERLAP_DAYS;
  if (!(overlap >= 0 && overlap <= 90)) return refuse(problem('credential-invalid', 'overlapDays', 'da 0 a 90 giorni'));
  return inChain(office, deps, async (tx, audit) => {
    const old = await tx.one(id);
    if (old === null) return refuse(problem('not-found'));
    if (old.revokedAt !== null) return refuse(problem('credential-revoked'));
    if (old.kind === 'jwt')
      return refuse(problem('credential-invalid', 'kind', "le chiavi dei token le cambia l'emittente"));
    const shown = rotation.certificate === undefined ? null : readCertificate(rotation.certificate);
    if (shown === null && (rotation.certificate !== undefined || old.kind === 'certificate'))
      return refuse(problem('credential-invalid', 'certificate', 'serve il nuovo certificato'));
    const certificate = shown === null ? null : clientCertificate(shown);
    const expiresAt = rotation.expires ?? certificate?.notAfter ?? new Date(at.getTime() + KEY_DAYS * DAY_MS);
    if (expiresAt <= at) return refuse(problem('credential-invalid', 'expires', 'la scadenza è passata'));
    if (rotation.expires != null && old.kind === 'api-key' && expiresAt.getTime() - at.getTime() > MOST_DAYS * DAY_MS)
      return refuse(problem('credential-invalid', 'expires', `al massimo ${MOST_DAYS} giorni`));
    const fresh = newCredentialId();
    const made = old.kind === 'api-key' ? newApiKey(fresh) : null;
    const credential: Credential = {
      ...old,
      id: fresh,
      secret: made?.digest ?? null,
      thumbprint: certificate?.thumbprint ?? old.thumbprint,
      createdAt: at,
      createdBy: by,
      expiresAt,
      lastUsedAt: null,
    };
    if (!(await tx.insert(credential))) return refuse(problem('credential-exists', '', old.kind));
    const ends = new Date(at.getTime() + overlap * DAY_MS);
    await tx.expire(old.id, ends);
    audit('credential-rotated', fresh, { ...facts(credential), replaces: old.id, until: ends.toISOString() });
    return ok({ credential, key: made?.key ?? null });
  });
}

export type Audit = (action: string, subject: string, data: Record<string, unknown>) => void;

/** One transaction under the office's lock, with what it did in its audit chain. */
export function inChain<T>(
  office: Owner | null,
  deps: ManageDeps,
  act: (tx: CredentialTransaction, audit: Audit, work: UnitOfWork | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  return deps.credentials.change(office?.aoo ?? null, async (tx) => {
    const work = office === null || tx.office === null ? null : openUnitOfWork(office, tx.office, deps.clock.now());
    const audit: Audit = (action, subject, data) => {
      work?.audit(action, subject, data);
      if (work === null) deps.log?.info({ action, subject, ...data }, 'credential of the node');
    };
    const done = await act(tx, audit, work);
    if (done.ok && work !== null && tx.office !== null) await tx.office.save(work.changes());
    return done;
  });
}

/** What the audit chain keeps: never a secret, nor its digest. */
export const facts = (credential: Credential): Record<string, unknown> => ({
  by: credential.createdBy,
  client: credential.client,
  kind: credential.kind,
  name: credential.name,
  scopes: credential.scopes,
  requires: credential.requires,
  expires: credential.expiresAt?.toISOString() ?? null,
  ...(credential.token !== null && { token: credential.token }),
  ...(credential.thumbprint !== null && { certificate: credential.thumbprint }),
});
