/**
 * Who is calling. A request presents an API key or a token of a known issuer (`Authorization: Bearer …`), or a client
 * certificate alone. A wrong one is refused; there is no fallback to something weaker.
 */
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { readApiKey, sameDigest } from './api-key.ts';
import { type CheckedToken, checkToken, type TokenDeps } from './check-token.ts';
import type { Client } from './client.ts';
import { type ClientCertificate, thumbprintFrom } from './client-certificate.ts';
import type { Credential, CredentialStore } from './credential.ts';
import type { CredentialCache } from './credential-cache.ts';
import { SCOPES } from './scopes.ts';

export interface RequestFacts {
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate | null;
}

export interface Authenticated {
  readonly client: Client;
  /** Null for the node's administrator. */
  readonly credential: Credential | null;
  readonly token: CheckedToken | null;
}

export interface AuthenticateDeps extends TokenDeps {
  readonly known: CredentialCache;
  readonly store: Pick<CredentialStore, 'recordUse' | 'rememberToken' | 'forgetTokens'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The administrator's: INTERPRO_API_TOKEN, or the one in the data folder. */
  readonly nodeToken: string;
}

export type Authenticate = (facts: RequestFacts) => Promise<Result<Authenticated>>;

/** The last use of a credential is recorded at most this often. */
const RECORD_USE_EVERY_MS = 60_000;
const FORGET_TOKENS_EVERY_MS = 60_000;
const no = (code: ProblemCode): Result<never> => refuse(problem(code));

const ADMINISTRATOR: Authenticated = {
  client: { id: 'node', name: 'node', aoo: null, scopes: new Set(SCOPES), how: 'node-token' },
  credential: null,
  token: null,
};

export function openAuthenticate(deps: AuthenticateDeps): Authenticate {
  const nodeToken = sha256(deps.nodeToken);
  const { noteUse, isFirstUse } = bookkeeping(deps);

  /** What every kind of credential has to satisfy. */
  const admit = (credential: Credential, { certificate }: RequestFacts, token: CheckedToken | null) => {
    const now = deps.clock.now();
    if (credential.revokedAt !== null) return no('credential-revoked');
    if (credential.expiresAt !== null && credential.expiresAt <= now) return no('credential-expired');
    if (credential.thumbprint !== null && !isValid(certificate, credential.thumbprint, now))
      return no(credential.kind === 'certificate' ? 'certificate-unknown' : 'certificate-required');
    noteUse(credential, now);
    return ok<Authenticated>({ client: toClient(credential), credential, token });
  };

  const byToken = async (text: string, facts: RequestFacts): Promise<Result<Authenticated>> => {
    const checked = await checkToken(text, deps);
    if (!checked.ok) return checked;
    const token = checked.value;
    if (!isBound(token, facts.certificate, deps.clock.now())) return no('token-binding');
    const mine = await deps.known.byToken(token.issuer.issuer, token.clientId, token.subject);
    const fitting = mine.filter(({ token: own }) => own?.purposeId === null || own?.purposeId === token.purposeId);
    const credential = fitting.toSorted((one, other) => closeness(other) - closeness(one))[0];
    if (credential === undefined) return no(mine.length > 0 ? 'token-purpose' : 'token-client');
    const admitted = admit(credential, facts, token);
    // Checked last: a token refused for another reason is not used up.
    if (admitted.ok && !token.issuer.reuse && !(await isFirstUse(token))) return no('token-replayed');
    return admitted;
  };

  return async (facts) => {
    const { authorization, certificate } = facts;
    if (authorization === undefined) {
      const credential = certificate === null ? null : await deps.known.byCertificate(certificate.thumbprint);
      if (credential !== null) return admit(credential, facts, null);
      return no(certificate === null ? 'unauthorized' : 'certificate-unknown');
    }
    const bearer = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
    if (bearer === undefined) return no('unauthorized');
    if (sameDigest(sha256(bearer), nodeToken)) return ok(ADMINISTRATOR);
    if (bearer.startsWith('ipk_')) {
      const key = readApiKey(bearer);
      const credential = key === null ? null : await deps.known.byId(key.id);
      // Only the holder of the secret learns that the key has expired: the id alone reveals nothing.
      if (key === null || credential?.secret == null || !sameDigest(key.digest, credential.secret))
        return no('unauthorized');
      return admit(credential, facts, null);
    }
    return bearer.includes('.') ? byToken(bearer, facts) : no('unauthorized');
  };
}

/** A named purpose beats any purpose; the token's client beats its subject. */
const closeness = ({ token }: Credential): number =>
  (token?.purposeId === null ? 0 : 2) + (token?.claim === 'client_id' ? 1 : 0);

const isValid = (certificate: ClientCertificate | null, thumbprint: Sha256, now: Date): boolean =>
  certificate !== null &&
  sameDigest(certificate.thumbprint, thumbprint) &&
  certificate.notBefore <= now &&
  now < certificate.notAfter;

/** RFC 8705: a token bound to a certificate must come with it. A binding of another kind (`jkt`) is refused. */
function isBound({ confirmation }: CheckedToken, certificate: ClientCertificate | null, now: Date): boolean {
  if (confirmation === null) return true;
  const thumbprint = thumbprintFrom(confirmation['x5t#S256']);
  return Object.keys(confirmation).length === 1 && thumbprint !== null && isValid(certificate, thumbprint, now);
}

const toClient = ({ client, name, aoo, scopes, kind }: Credential): Client => ({
  id: client,
  name,
  aoo,
  scopes: new Set(scopes),
  how: kind,
});

/** Records when a credential was last used, and every token. Both memories are bounded. */
function bookkeeping({ store, clock, log }: AuthenticateDeps) {
  const noted = new Map<string, number>();
  let forgottenAt = 0;
  const quietly = (work: Promise<void>, what: string): void => {
    work.catch((error: unknown) => log.warn({ reason: String(error) }, what));
  };
  return {
    noteUse(credential: Credential, now: Date): void {
      if (now.getTime() - (noted.get(credential.id) ?? Number.NEGATIVE_INFINITY) < RECORD_USE_EVERY_MS) return;
      if (noted.size > 10_000) noted.clear();
      noted.set(credential.id, now.getTime());
      quietly(store.recordUse(credential.id, now), 'the last use of a credential was not recorded');
    },
    isFirstUse(token: CheckedToken): Promise<boolean> {
      const now = clock.now();
      if (now.getTime() - forgottenAt >= FORGET_TOKENS_EVERY_MS) {
        forgottenAt = now.getTime();
        quietly(store.forgetTokens(now), 'expired tokens were not forgotten');
      }
      return store.rememberToken(sha256(JSON.stringify(['token', token.issuer.issuer, token.tokenId])), token.expires);
    },
  };
}
