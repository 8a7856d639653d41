import { createHash, hash } from 'node:crypto';
import type { Sha256 } from './ids.ts';

export const sha256 = (bytes: Uint8Array | string): Sha256 => hash('sha256', bytes, 'hex') as Sha256;

/** Digest of several pieces in order, as if they were one. */
export function sha256Of(pieces: Iterable<Uint8Array | string>): Sha256 {
  const digest = createHash('sha256');
  for (const piece of pieces) digest.update(piece);
  return digest.digest('hex') as Sha256;
}

export const isSha256 = (text: string): text is Sha256 => /^[0-9a-f]{64}$/.test(text);

/** A digest of bytes that come in pieces. */
export function openDigest(): { update(piece: Uint8Array): void; end(): Sha256 } {
  const digest = createHash('sha256');
  return { update: (piece) => void digest.update(piece), end: () => digest.digest('hex') as Sha256 };
}
