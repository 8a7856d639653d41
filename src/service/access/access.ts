import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { type Authenticate, openAuthenticate } from './authenticate.ts';
import { type CheckSignatures, openCheckSignatures } from './check-signatures.ts';
import type { CredentialStore } from './credential.ts';
import { openCredentialCache } from './credential-cache.ts';
import { type Issuer, issuerKeys, type JwksSource } from './issuer-keys.ts';
import { type OpenRequests, openRequests } from './open-requests.ts';

/** Who is calling, and whether the request arrived as the caller sent it. */
export interface Access {
  readonly authenticate: Authenticate;
  readonly checkSignatures: CheckSignatures;
  /** Absent: no credential is ever revoked. */
  readonly watch?: OpenRequests['watch'];
  /** Stops listening for changes: from here on a change takes effect only when the cache expires. */
  stop(): Promise<void>;
}

export interface AccessParts {
  readonly store: CredentialStore;
  readonly source: JwksSource;
  readonly issuers: readonly Issuer[];
  /** What clients must put into `aud` of their own signatures. */
  readonly audiences: readonly string[];
  readonly nodeToken: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tolerance for the clock of a client that signs its requests. */
const SKEW_SECONDS = 30;

export async function openAccess(parts: AccessParts): Promise<Access> {
  const { store, clock, log } = parts;
  const known = openCredentialCache(store, clock);
  const requests = openRequests(known, log);
  const stop = await store.onChange(() => {
    known.forget();
    requests.recheck();
  });
  return {
    watch: requests.watch,
    authenticate: openAuthenticate({ ...parts, known, keys: issuerKeys(parts.source, clock, log) }),
    checkSignatures: openCheckSignatures({ store, clock, audiences: parts.audiences, skewSeconds: SKEW_SECONDS }),
    stop,
  };
}

/** Without credentials only the administrator is known, by the node's token. */
export function nodeTokenAlone(
  nodeToken: string,
  clock: Clock,
  log: Log,
): Pick<Access, 'authenticate' | 'checkSignatures'> {
  const nobody = async () => null;
  const store = {
    recordUse: async () => undefined,
    rememberToken: async () => true,
    forgetTokens: async () => undefined,
  };
  const known = { byId: nobody, byCertificate: nobody, byToken: async () => [], forget: () => undefined };
  const keys = issuerKeys({ load: () => Promise.reject(new Error('no issuer')) }, clock, log);
  return {
    authenticate: openAuthenticate({ store, known, keys, issuers: [], nodeToken, clock, log }),
    checkSignatures: openCheckSignatures({ store, clock, audiences: [], skewSeconds: SKEW_SECONDS }),
  };
}
