import {
  type CryptoKey,
  createLocalJWKSet,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { JwsAlgorithm } from '../../model/modi.ts';

/** Whose tokens are taken. */
export interface Issuer {
  /** `iss`, exactly. */
  readonly issuer: string;
  /** Where its JWKS is: an address or a file. */
  readonly keys: { readonly url: string } | { readonly file: string };
  /** One of these must be in `aud`. */
  readonly audiences: readonly string[];
  /** `typ`, lower case. */
  readonly types: readonly string[];
  readonly algorithms: readonly JwsAlgorithm[];
  readonly skewSeconds: number;
  /** True: a token may be used until it expires (ID_AUTH_REST_01); false: once (`jti`, ID_AUTH_REST_02). */
  readonly reuse: boolean;
}

/** Reads an issuer's keys. Rejects when they are not to be had or are no JWKS. */
export interface JwksSource {
  load(keys: Issuer['keys']): Promise<JSONWebKeySet>;
}

/** The issuer's keys could not be read, and none are at hand. */
export class KeysUnavailable extends Error {}

export interface IssuerKeys {
  /** Rejects with KeysUnavailable, or with jose's JWKS errors when the issuer has no such key. */
  find(issuer: Issuer, header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
}

/** Keys are read again after this, so that one the issuer has withdrawn ends here too. */
const FRESH_MS = 10 * 60_000;
/** While the issuer cannot be reached, keys known before serve for so long. */
const STALE_MS = 60 * 60_000;
/** An unknown `kid` has the keys read again, but not by every stranger who invents one. */
export const COOL_DOWN_MS = 30_000;

interface Held {
  keys: ReturnType<typeof createLocalJWKSet> | null;
  readAt: number;
  triedAt: number;
  reading: Promise<void> | null;
}

export function issuerKeys(source: JwksSource, clock: Clock, log: Log): IssuerKeys {
  const held = new Map<string, Held>();

  /** Several requests at once read once. */
  const read = (issuer: Issuer, own: Held): Promise<void> => {
    own.reading ??= (async () => {
      own.triedAt = clock.now().getTime();
      try {
        own.keys = createLocalJWKSet(await source.load(issuer.keys));
        own.readAt = own.triedAt;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ issuer: issuer.issuer, reason }, "the issuer's keys cannot be read");
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
      if (own.keys === null) throw new KeysUnavailable(issuer.issuer);
      try {
        return await own.keys(header, token);
      } catch (error) {
        const unknown = (error as { code?: unknown }).code === 'ERR_JWKS_NO_MATCHING_KEY';
        if (!unknown || !mayTry()) throw error;
        await read(issuer, own);
        return own.keys(header, token);
      }
    },
  };
}
