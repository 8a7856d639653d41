import { randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';

/** `ipk_<id>_<secret>`: the prefix lets scanners find a leaked key, the id tells whose it is. */
const KEY = /^ipk_([0-9a-f]{16})_([0-9a-f]{64})$/;

export const newCredentialId = (): string => randomBytes(8).toString('hex');

/** 256 random bits cannot be guessed, so a plain SHA-256 is enough: NIST SP 800-63B asks for salt and stretching of chosen secrets. */
export function newApiKey(id: string): { readonly key: string; readonly digest: Sha256 } {
  const secret = randomBytes(32).toString('hex');
  return { key: `ipk_${id}_${secret}`, digest: sha256(secret) };
}

export function readApiKey(text: string): { readonly id: string; readonly digest: Sha256 } | null {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, digest: sha256(secret) };
}

/** Comparing digests in constant time reveals neither length nor content of a secret. */
export const sameDigest = (one: Sha256, other: Sha256): boolean =>
  timingSafeEqual(Buffer.from(one), Buffer.from(other));
