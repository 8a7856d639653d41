import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES } from './sealed.ts';

/**
 * The key of a region on one machine, for who tries things: made once, in the data folder, for its owner alone. A real
 * service names its key (INTERPRO_SECRET_KEY_FILE), so that a copy of the data folder does not hold it.
 */
export async function localKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'secret.key');
  const fresh = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (fresh !== null) {
    const key = randomBytes(KEY_BYTES);
    try {
      await fresh.writeFile(`${key.toString('base64')}\n`);
      await fresh.sync();
    } finally {
      await fresh.close();
    }
    return key;
  }
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64');
  if (key.byteLength !== KEY_BYTES) throw new Error(`${file} does not hold a key of ${KEY_BYTES} bytes in base64`);
  return key;
}
