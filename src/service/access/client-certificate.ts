import { X509Certificate } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { isSha256, sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';

/** A certificate whose key the client has proved to hold, in the TLS handshake with us or with our proxy. */
export interface ClientCertificate {
  readonly thumbprint: Sha256;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export function readX509(content: string | Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(content);
  } catch {
    return null;
  }
}

export const clientCertificate = (certificate: X509Certificate): ClientCertificate => ({
  thumbprint: sha256(certificate.raw),
  notBefore: certificate.validFromDate,
  notAfter: certificate.validToDate,
});

/** `x5t#S256` (RFC 7515, RFC 8705) is base64url; ours are hexadecimal. Null: not a SHA-256. */
export function thumbprintFrom(x5t: unknown): Sha256 | null {
  if (typeof x5t !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(x5t)) return null;
  const hex = Buffer.from(x5t, 'base64url').toString('hex');
  return isSha256(hex) ? hex : null;
}

export const toX5t = (thumbprint: Sha256): string => Buffer.from(thumbprint, 'hex').toString('base64url');

/** A JWKS whose keys also carry the thumbprint of their certificate. */
export const keysOfCertificates = (certificates: readonly X509Certificate[]): JSONWebKeySet => ({
  keys: certificates.map((certificate) => ({
    ...certificate.publicKey.export({ format: 'jwk' }),
    'x5t#S256': toX5t(sha256(certificate.raw)),
  })) as JSONWebKeySet['keys'],
});
