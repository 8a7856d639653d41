/** Creates, rotates and revokes credentials; each step is recorded in the audit chain of the office they belong to. */
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { answeredIn, type Call, commandKeyOf } from '../register/idempotent-command.ts';
import { openUnitOfWork, type UnitOfWork } from '../register/unit-of-work.ts';
import { newApiKey, newCredentialId } from './api-key.ts';
import { clientCertificate, readX509 } from './client-certificate.ts';
import { opensContents } from './content-scopes.ts';
import type { Credential, CredentialStore, CredentialTransaction, KeyMaker } from './credential.ts';
import { type CredentialOwner, checkNewCredential, MAX_KEY_DAYS, type NewCredential } from './new-credential.ts';
import type { Secrets } from './secrets.ts';

export interface IssuedCredential {
  readonly credential: Credential;
  /** The API key, shown this once; null for the other kinds. */
  readonly key: string | null;
}

export interface ManageDeps {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly log?: Log;
  /** The person who acts; left out: whoever works on the machine. */
  readonly maker?: KeyMaker;
  /** A person issues a key by a form, which may come twice: done once, and the same key is shown for a short while. */
  readonly form?: { readonly call: Call; readonly secrets: Secrets };
}

const DAY_MS = 86_400_000;
export const DEFAULT_KEY_DAYS = 365;
/** How long the old key works beside the new one. */
export const DEFAULT_OVERLAP_DAYS = 7;
export const MAX_OVERLAP_DAYS = 90;
/** `createdBy` of a credential that a client made with its own credential `id`. */
export const createdBy = (id: string): string => `credential:${id}`;

/** `office`: null for an administrator of the node. `by`: who acts, for the audit chain. */
export async function createCredential(
  office: CredentialOwner | null,
  request: NewCredential,
  by: string,
  deps: ManageDeps,
): Promise<Result<IssuedCredential>> {
  const at = deps.clock.now();
  const checked = checkNewCredential(office, request, at);
  if (!checked.ok) return checked;
  const id = newCredentialId();
  const made = request.kind === 'api-key' ? newApiKey(id) : null;
  const { certificateEnds, ...granted } = checked.value;
  const credential: Credential = {
    ...granted,
    id,
    client: request.client ?? id,
    aoo: office?.aoo ?? null,
    kind: request.kind,
    name: request.name,
    secret: made?.digest ?? null,
    token: request.token ?? null,
    signingKeys: request.signingKeys ?? null,
    createdAt: at,
    createdBy: by,
    expiresAt:
      request.expires ?? (made === null ? certificateEnds : new Date(at.getTime() + DEFAULT_KEY_DAYS * DAY_MS)),
    revokedAt: null,
    revokedBy: null,
    lastUsedAt: null,
  };
  if (request.client !== undefined) {
    const known = await deps.credentials.list(office?.aoo ?? null);
    if (!known.some(({ client }) => client === request.client)) return refuse(problem('not-found'));
  }
  if (office?.external) await deps.credentials.addExternalOffice(office);
  return issuedOnce(office, deps, async (tx, audit) => {
    if (!(await tx.insert(credential))) return refuse(problem('credential-exists', '', request.kind));
    await tellHead(office, credential, tx, deps);
    audit('credential-created', id, auditData(credential));
    return ok({ credential, key: made?.key ?? null });
  });
}

/** Also revokes the credentials that were made with this one. Revoking twice is allowed. */
export function revokeCredential(
  office: CredentialOwner | null,
  id: string,
  by: string,
  deps: ManageDeps,
): Promise<Result<Credential>> {
  const at = deps.clock.now();
  return inAuditedTransaction(office, deps, async (tx, audit) => {
    const credential = await tx.one(id);
    if (credential === null) return refuse(problem('not-found'));
    if (credential.revokedAt !== null) return ok(credential);
    await tx.revoke(id, at, by);
    audit('credential-revoked', id, { by, client: credential.client });
    const ended = [id];
    for (const maker of ended) {
      for (const { id: own, client } of await tx.createdBy(createdBy(maker))) {
        await tx.revoke(own, at, by);
        audit('credential-revoked', own, { by, client });
        ended.push(own);
      }
    }
    return ok({ ...credential, revokedAt: at, revokedBy: by });
  });
}

export interface Rotation {
  /** How long the old one still works; 0: it ends at once. */
  readonly overlapDays?: number;
  readonly expires?: Date | null;
  /** The new certificate, where a certificate is what changes. */
  readonly certificate?: string | Uint8Array;
}

/** A new key (or certificate) for the same client with the same scopes; both work until the old one ends. */
export async function rotateCredential(
  office: CredentialOwner | null,
  id: string,
  rotation: Rotation,
  by: string,
  deps: ManageDeps,
): Promise<Result<IssuedCredential>> {
  const at = deps.clock.now();
  const overlap = rotation.overlapDays ?? DEFAULT_OVERLAP_DAYS;
  if (!(overlap >= 0 && overlap <= MAX_OVERLAP_DAYS))
    return refuse(
      problem(
        'credential-invalid',
        'overlapDays',
        `quelle precedenti possono valere ancora da 0 a ${MAX_OVERLAP_DAYS} giorni`,
      ),
    );
  return issuedOnce(office, deps, async (tx, audit) => {
    const old = await tx.one(id);
    if (old === null) return refuse(problem('not-found'));
    if (old.revokedAt !== null) return refuse(problem('credential-revoked'));
    if (old.kind === 'jwt')
      return refuse(problem('credential-invalid', 'kind', "le chiavi dei token le sostituisce l'emittente"));
    const shown = rotation.certificate === undefined ? null : readX509(rotation.certificate);
    if (shown === null && (rotation.certificate !== undefined || old.kind === 'certificate'))
      return refuse(problem('credential-invalid', 'certificate', 'serve il nuovo certificato'));
    const certificate = shown === null ? null : clientCertificate(shown);
    const expiresAt = rotation.expires ?? certificate?.notAfter ?? new Date(at.getTime() + DEFAULT_KEY_DAYS * DAY_MS);
    if (expiresAt <= at) return refuse(problem('credential-invalid', 'expires', 'la scadenza è passata'));
    if (
      rotation.expires != null &&
      old.kind === 'api-key' &&
      expiresAt.getTime() - at.getTime() > MAX_KEY_DAYS * DAY_MS
    )
      return refuse(problem('credential-invalid', 'expires', `la scadenza è al massimo fra ${MAX_KEY_DAYS} giorni`));
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
    await tellHead(office, credential, tx, deps);
    const ends = new Date(at.getTime() + overlap * DAY_MS);
    await tx.expire(old.id, ends);
    audit('credential-rotated', fresh, { ...auditData(credential), replaces: old.id, until: ends.toISOString() });
    return ok({ credential, key: made?.key ?? null });
  });
}

/** An office of another node has nothing here that a key would open. */
async function tellHead(
  office: CredentialOwner | null,
  credential: Credential,
  tx: CredentialTransaction,
  { maker }: ManageDeps,
): Promise<void> {
  if (office !== null && !office.external && opensContents(credential))
    await tx.recordContentKey({ credential, maker: maker ?? null });
}

/** For a form that comes again; a page that is opened again later shows nothing. */
const SHOWN_AGAIN_MS = 10 * 60_000;

interface IssuedBefore {
  readonly id: string;
  /** Sealed; null: there is none, or it cannot be kept. */
  readonly key: string | null;
}

/** The same form gives the same credential. */
function issuedOnce(
  office: CredentialOwner | null,
  deps: ManageDeps,
  act: (tx: CredentialTransaction, audit: Audit) => Promise<Result<IssuedCredential>>,
): Promise<Result<IssuedCredential>> {
  return inAuditedTransaction(office, deps, async (tx, audit, work) => {
    const { form, clock } = deps;
    const once = form === undefined || office === null ? null : commandKeyOf(form.call);
    if (form === undefined || office === null || once === null || tx.office === null) return act(tx, audit);
    const contextOf = (id: string): string => `credential:${office.aoo}:${id}`;
    const before = await answeredIn<IssuedBefore>(tx.office, once);
    if (before !== null) {
      if (!before.ok) return before;
      const { id, key } = before.value;
      const credential = await tx.one(id);
      if (credential === null) return refuse(problem('not-found'));
      const isShown = clock.now().getTime() - credential.createdAt.getTime() < SHOWN_AGAIN_MS;
      const opened = key === null || !isShown ? null : form.secrets.open(key, contextOf(id));
      return ok({ credential, key: opened?.ok === true ? opened.value : null });
    }
    const issued = await act(tx, audit);
    if (!issued.ok) return issued;
    const { credential, key } = issued.value;
    const sealed = key === null ? null : form.secrets.seal(key, contextOf(credential.id));
    work?.answerWith({ ...once, answer: ok({ id: credential.id, key: sealed?.ok === true ? sealed.value : null }) });
    return issued;
  });
}

export type Audit = (action: string, subject: string, data: Record<string, unknown>) => void;

/** One transaction under the office's lock that records what it did in the office's audit chain. */
export function inAuditedTransaction<T>(
  office: CredentialOwner | null,
  deps: ManageDeps,
  act: (tx: CredentialTransaction, audit: Audit, work: UnitOfWork | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  return deps.credentials.change(office?.aoo ?? null, async (tx) => {
    const work = office === null || tx.office === null ? null : openUnitOfWork(office, tx.office, deps.clock.now());
    const audit: Audit = (action, subject, data) => {
      work?.audit(action, subject, data);
      if (work === null) deps.log?.info({ action, subject, ...data }, 'credential of the node changed');
    };
    const done = await act(tx, audit, work);
    if (done.ok && work !== null && tx.office !== null) await tx.office.save(work.changes());
    return done;
  });
}

/** For the audit chain: never a secret, nor its digest. */
export const auditData = (credential: Credential): Record<string, unknown> => ({
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
