import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import type { SignatureScheme } from './names.ts';

/** ETSI TS 119 312: shorter keys are no longer fit for seals. */
const LEAST_MODULUS = 2048;
const CURVES = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
]);
const DIGEST_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** A scheme for node:crypto. The salt of RSA-PSS is as long as the digest (RFC 9231, 2.3.10); ECDSA is raw r||s. */
export function parametersOf(scheme: SignatureScheme) {
  if (scheme.kind === 'ecdsa') return { dsaEncoding: 'ieee-p1363' } as const;
  if (scheme.kind === 'rsa') return { padding: constants.RSA_PKCS1_PADDING } as const;
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: DIGEST_BYTES[scheme.digest] } as const;
}

/** Why this key cannot make such a signature (Italian), or null. */
export function keyFault(key: KeyObject, scheme: SignatureScheme): string | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const fits =
    scheme.kind === 'ecdsa' ? type === 'ec' : type === 'rsa' || (scheme.kind === 'rsa-pss' && type === 'rsa-pss');
  if (!fits) return 'il tipo della chiave non è quello della firma';
  if (type === 'ec') return CURVES.has(details?.namedCurve ?? '') ? null : 'la curva ellittica non è ammessa';
  return (details?.modulusLength ?? 0) < LEAST_MODULUS ? `la chiave RSA ha meno di ${LEAST_MODULUS} bit` : null;
}

export function signatureHolds(scheme: SignatureScheme, key: KeyObject, data: Uint8Array, value: Uint8Array): boolean {
  try {
    const input: VerifyKeyObjectInput = { key, ...parametersOf(scheme) };
    return verify(scheme.digest, data, input, value);
  } catch {
    // Parameters that this key cannot have (a salt longer than its modulus), so it did not sign.
    return false;
  }
}
