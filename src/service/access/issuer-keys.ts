import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import type { JwsAlgorithm } from '../../model/modi.ts';

/** Whose tokens are accepted. */
export interface Issuer {
  /** `iss`, exactly. */
  readonly issuer: string;
  readonly keys: { readonly url: string } | { readonly file: string };
  /** `aud` must contain one of these. */
  readonly audiences: readonly string[];
  /** `typ`, lower case. */
  readonly types: readonly string[];
  readonly algorithms: readonly JwsAlgorithm[];
  readonly skewSeconds: number;
  /** True: a token may be used until it expires (ID_AUTH_REST_01); false: once (`jti`, ID_AUTH_REST_02). */
  readonly reuse: boolean;
}

/** Reads an issuer's JWKS. Rejects when it cannot be read or is not a JWKS. */
export interface JwksSource {
  load(keys: Issuer['keys']): Promise<JSONWebKeySet>;
}

/** The issuer's keys cannot be read, and none are cached. */
export class IssuerKeysError extends Error {
  override readonly name = 'IssuerKeysError';
}

export interface IssuerKeys {
  /** Rejects with IssuerKeysError, or with jose's JWKS errors when the issuer has no such key. */
  find(issuer: Issuer, header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
}

/** Keys are read again after this, so that one the issuer withdrew stops working here too. */
const FRESH_MS = 10 * 60_000;
/** While the issuer cannot be reached, cached keys serve for this long. */
const STALE_MS = 60 * 60_000;
/** An unknown `kid` makes us read the keys again, but not for every stranger who invents one. */
export const COOL_DOWN_MS = 30_000;

interface Held {
  keys: ReturnType<typeof createLocalJWKSet> | null;
  readAt: number;
  triedAt: number;
  reading: Promise<void> | null;
}

export function issuerKeys(source: JwksSource, clock: Clock, log: Log): IssuerKeys {
  const held = new Map<string, Held>();

  /** Concurrent requests share one read. */
  const read = (issuer: Issuer, own: Held): Promise<void> => {
    own.reading ??= (async () => {
      own.triedAt = clock.now().getTime();
      try {
        own.keys = createLocalJWKSet(await source.load(issuer.keys));
        own.readAt = own.triedAt;
      } catch (error) {
        log.warn({ issuer: issuer.issuer, reason: errorMessage(error) }, "the issuer's keys cannot be read");
      } finally {
        own.reading = null;
      }
    })();
    return own.reading;
  };

  return {
    async find(issuer, header, token) {
      const own = held.get(issuer.issuer) ?? {
        keys: null,
        readAt: 0,
        triedAt: Number.NEGATIVE_INFINITY,
        reading: null,
      };
      held.set(issuer.issuer, own);
      const mayTry = () => own.reading !== null || clock.now().getTime() - own.triedAt >= COOL_DOWN_MS;
      const age = () => clock.now().getTime() - own.readAt;
      if ((own.keys === null || age() > FRESH_MS) && mayTry()) await read(issuer, own);
      if (own.keys !== null && age() > STALE_MS) own.keys = null;
      if (own.keys === null) throw new IssuerKeysError(issuer.issuer);
      try {
        return await own.keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayTry()) throw error;
        await read(issuer, own);
        return own.keys(header, token);
      }
    },
  };
}
