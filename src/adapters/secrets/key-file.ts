import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES } from './sealed.ts';

/**
 * The key of a region on one machine, for who tries things: made once, in the data folder, for its owner alone. A real
 * service names its key (INTERPRO_SECRET_KEY_FILE), so that a copy of the data folder does not hold it.
 */
export async function localKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'secret.key');
  const known = await readKey(file);
  if (known !== null) return known;
  // Whole before it has its name: whoever starts at the same moment finds all of it or nothing.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const fresh = await open(draft, 'wx', 0o600);
  try {
    await fresh.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await fresh.sync();
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await fresh.close();
    await rm(draft);
  }
  const key = await readKey(file);
  if (key === null) throw new Error(`${file} vanished`);
  return key;
}

/** Null: there is none. */
async function readKey(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.byteLength !== KEY_BYTES) throw new Error(`${file} does not hold a key of ${KEY_BYTES} bytes in base64`);
  return key;
}
