import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { problem } from '../../kernel/problems.ts';
import { ok, refuse } from '../../kernel/result.ts';
import type { Secrets } from '../../service/access/secrets.ts';

const SEALED = /^s1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** Tells which key it was and nothing of the key. */
const idOf = (key: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from('interpro sealing key\0'), key])).slice(0, 8);

/**
 * AES-256-GCM: `s1.<key id>.<iv>.<text and tag>`. The first key seals, every one opens, so that a key is changed by
 * putting a new one before it. Throws on a key of another size than 32 bytes.
 */
export function sealedWith(keys: readonly Uint8Array[]): Secrets {
  if (keys.some((key) => key.byteLength !== KEY_BYTES)) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
  const ring = new Map(keys.map((key) => [idOf(key), key]));
  const [first] = keys;
  return {
    seal(text, context) {
      if (first === undefined) return refuse(problem('secrets-unavailable'));
      const id = idOf(first);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first, iv);
      cipher.setAAD(additional(id, context));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return ok(`s1.${id}.${iv.toString('base64url')}.${sealed.toString('base64url')}`);
    },
    open(sealed, context) {
      const [, id = '', iv = '', rest = ''] = SEALED.exec(sealed) ?? [];
      const key = ring.get(id);
      const bytes = Buffer.from(rest, 'base64url');
      if (key === undefined || bytes.byteLength < TAG_BYTES) return refuse(problem('secret-unreadable'));
      const end = bytes.byteLength - TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES });
      decipher.setAAD(additional(id, context)).setAuthTag(bytes.subarray(end));
      try {
        return ok(Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]).toString('utf8'));
      } catch {
        return refuse(problem('secret-unreadable'));
      }
    },
  };
}

const additional = (id: string, context: string): Buffer => Buffer.from(`s1.${id}\0${context}`);
