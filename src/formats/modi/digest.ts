import { hash } from 'node:crypto';

/** The `Digest` header of a body (RFC 3230 as INTEGRITY_REST_01 uses it), over the bytes on the wire. */
export const digestHeader = (body: Uint8Array | string): string => `SHA-256=${hash('sha256', body, 'base64')}`;

/** The SHA-256 that a `Digest` header names, in standard base64; null where it names none or more than one. */
export function digestIn(header: string): string | null {
  if (header.length > 1_000) return null;
  const found = header
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one.slice(0, 8).toUpperCase() === 'SHA-256=')
    .map((one) => one.slice(8));
  const [only] = found;
  return found.length === 1 && only !== undefined && /^[A-Za-z0-9+/]{43}=$/.test(only) ? only : null;
}
