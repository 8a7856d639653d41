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

/** The key's id, or its thumbprint (RFC 7638), which everybody can compute. */
export const kidOf = ({ key, keyId }: Pick<ModiSigner, 'key' | 'keyId'>): string => keyId ?? thumbprintOf(key);

function thumbprintOf(key: KeyObject): string {
  const { crv, e, kty = '', n, x, y } = createPublicKey(key).export({ format: 'jwk' });
  // The required members in alphabetical order; JSON leaves out those that this kind of key does not have.
  return hash('sha256', JSON.stringify({ crv, e, kty, n, x, y }), 'base64url');
}

/** What a receiver needs to check our signatures, whether it looks up the `kid` or the certificate of the header. */
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
