import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { type Authenticate, openAuthenticate } from './authenticate.ts';
import { type CheckSignatures, openCheckSignatures } from './check-signatures.ts';
import type { CredentialStore } from './credential.ts';
import { type Issuer, issuerKeys, type JwksSource } from './issuer-keys.ts';
import { knownCredentials } from './known-credentials.ts';
import { type OpenRequests, openRequests } from './open-requests.ts';

/** Everything that says who calls and whether the request is as it left the caller. */
export interface Access {
  readonly authenticate: Authenticate;
  readonly checkSignatures: CheckSignatures;
  /** Left out: no credential is ever revoked. */
  readonly watch?: OpenRequests['watch'];
  /** Until it resolves, credentials that were changed meanwhile may still be known as they were for some seconds. */
  stop(): Promise<void>;
}

export interface AccessParts {
  readonly store: CredentialStore;
  readonly source: JwksSource;
  readonly issuers: readonly Issuer[];
  /** What a client's own signatures name as `aud`. */
  readonly audiences: readonly string[];
  readonly nodeToken: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Also of the clients' own signatures. */
const SKEW_SECONDS = 30;

export async function openAccess(parts: AccessParts): Promise<Access> {
  const { store, clock, log } = parts;
  const known = knownCredentials(store, clock);
  const requests = openRequests(known, log);
  const stop = await store.onChange(() => {
    known.forget();
    requests.look();
  });
  return {
    watch: requests.watch,
    authenticate: openAuthenticate({ ...parts, known, keys: issuerKeys(parts.source, clock, log) }),
    checkSignatures: openCheckSignatures({ store, clock, audiences: parts.audiences, skewSeconds: SKEW_SECONDS }),
    stop,
  };
}

/** Where there are no credentials: who has the node's token, or calls from this machine where there is none either. */
export function nodeTokenAlone(
  nodeToken: string | null,
  clock: Clock,
  log: Log,
): Pick<Access, 'authenticate' | 'checkSignatures'> {
  const nobody = async () => null;
  const store = { used: async () => undefined, seeToken: async () => true, forgetTokens: async () => undefined };
  const known = { byId: nobody, byCertificate: nobody, byToken: async () => [], forget: () => undefined };
  const keys = issuerKeys({ load: () => Promise.reject(new Error('no issuer')) }, clock, log);
  return {
    authenticate: openAuthenticate({ store, known, keys, issuers: [], nodeToken, clock, log }),
    checkSignatures: openCheckSignatures({ store, clock, audiences: [], skewSeconds: SKEW_SECONDS }),
  };
}
