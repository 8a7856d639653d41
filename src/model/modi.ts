import type { KeyObject } from 'node:crypto';

/** Asymmetric algorithms of JWS (RFC 7518, RFC 8037); a shared secret or a missing signature is never accepted. */
export const JWS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number];

/** The key and certificates that sign our requests. */
export interface ModiSigner {
  readonly key: KeyObject;
  readonly algorithm: JwsAlgorithm;
  /** `kid`: the key as it is registered with the other side or on PDND (INTEGRITY_REST_02); null: its thumbprint. */
  readonly keyId: string | null;
  /** DER, the signer's own first (`x5c`, INTEGRITY_REST_01); empty: none is sent along. */
  readonly certificates: readonly Uint8Array[];
}
