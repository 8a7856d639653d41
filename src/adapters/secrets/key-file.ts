import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KEY_BYTES } from './sealed.ts';
import { secretFile } from './secret-file.ts';

/**
 * The key of a region on one machine, for who tries things: made once, in the data folder, for its owner alone. A real
 * service names its key (INTERPRO_SECRET_KEY_FILE), so that a copy of the data folder does not hold it.
 */
export async function localKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'secret.key');
  const key = Buffer.from(await secretFile(file, () => randomBytes(KEY_BYTES).toString('base64')), 'base64');
  if (key.byteLength !== KEY_BYTES) throw new Error(`${file} does not hold a key of ${KEY_BYTES} bytes in base64`);
  return key;
}
