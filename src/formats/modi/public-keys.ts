import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import type { JwsAlgorithm, ModiSigner } from '../../model/modi.ts';

/** The public half of a signing key, as it is published (RFC 7517). */
export interface PublishedKey {
  readonly kty: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: JwsAlgorithm;
  readonly n?: string;
  readonly e?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly x5c?: readonly string[];
  readonly 'x5t#S256'?: string;
}

/** A key that has no name anywhere is called what everybody can work out (RFC 7638). */
export const kidOf = ({ key, keyId }: Pick<ModiSigner, 'key' | 'keyId'>): string => keyId ?? thumbprintOf(key);

function thumbprintOf(key: KeyObject): string {
  const { crv, e, kty = '', n, x, y } = createPublicKey(key).export({ format: 'jwk' });
  // The members that make the key, in the order of the alphabet; what a kind of key has not is left out.
  return hash('sha256', JSON.stringify({ crv, e, kty, n, x, y }), 'base64url');
}

/** What a receiver needs to check what we sign, whether it looks for the `kid` or for the certificate of the header. */
export function publishedKey({ key, algorithm, keyId, certificates }: ModiSigner): PublishedKey {
  const { kty = '', n, e, crv, x, y } = createPublicKey(key).export({ format: 'jwk' });
  const [own] = certificates;
  return {
    kty,
    kid: kidOf({ key, keyId }),
    use: 'sig',
    alg: algorithm,
    ...(n !== undefined && { n }),
    ...(e !== undefined && { e }),
    ...(crv !== undefined && { crv }),
    ...(x !== undefined && { x }),
    ...(y !== undefined && { y }),
    ...(own !== undefined && {
      x5c: certificates.map((der) => Buffer.from(der).toString('base64')),
      'x5t#S256': hash('sha256', own, 'base64url'),
    }),
  };
}
