import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a file holds that only its owner may read; the first time, what `make` gives. Without the line end. */
export async function secretFile(file: string, make: () => string): Promise<string> {
  const known = await readSecret(file);
  if (known !== null) return known;
  await mkdir(dirname(file), { recursive: true });
  // Whole before it has its name: whoever starts at the same moment finds all of it or nothing.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const fresh = await open(draft, 'wx', 0o600);
  try {
    await fresh.writeFile(`${make()}\n`);
    await fresh.sync();
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await fresh.close();
    await rm(draft);
  }
  const made = await readSecret(file);
  if (made === null) throw new Error(`${file} vanished`);
  return made;
}

/** Null: there is none. */
const readSecret = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
