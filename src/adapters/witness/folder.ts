import { randomUUID } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RegisterHeads } from '../../domain/register/heads.ts';
import type { AooId } from '../../kernel/ids.ts';
import { errorCode } from '../../kernel/thrown.ts';
import type { WitnessFiles } from '../../service/register/witness.ts';

/**
 * One folder an office, one file a state, named so that the newest is the last by name: two processes that write at once
 * cannot set it back. Each is written to every place, complete and synced before it has its name; the newest of all places
 * counts.
 */
export function folderWitness(places: readonly string[]): WitnessFiles {
  const folderOf = (place: string, aoo: AooId): string => join(place, encodeURIComponent(aoo));
  return {
    async read(aoo) {
      const found = await Promise.all(places.map((place) => newestIn(folderOf(place, aoo))));
      const newest = found.flatMap((one) => one ?? []).sort((a, b) => (nameOf(a) < nameOf(b) ? 1 : -1));
      return newest[0] ?? null;
    },
    async write(aoo, heads) {
      for (const place of places) await writeDown(folderOf(place, aoo), heads);
    },
  };
}

const NAME = /^\d{6}-\d{16}-\d{16}\.json$/;
const padded = (value: number, width: number): string => String(value).padStart(width, '0');
const nameOf = ({ recoveries, audit, events }: RegisterHeads): string =>
  `${padded(recoveries, 6)}-${padded(audit.seq, 16)}-${padded(events, 16)}.json`;

const names = async (folder: string): Promise<readonly string[]> =>
  (
    await readdir(folder).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    })
  )
    .filter((name) => NAME.test(name))
    .sort();

/** A file may be removed between listing and reading, but only once a newer one is there. */
async function newestIn(folder: string): Promise<RegisterHeads | null> {
  for (;;) {
    const last = (await names(folder)).at(-1);
    if (last === undefined) return null;
    try {
      return JSON.parse(await readFile(join(folder, last), 'utf8')) as RegisterHeads;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

async function writeDown(folder: string, heads: RegisterHeads): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  const owner = await stat(made === undefined ? folder : dirname(made));
  if (made !== undefined && process.getuid?.() === 0)
    for (const one of [dirname(folder), folder]) await chown(one, owner.uid, owner.gid);
  const name = nameOf(heads);
  // Two may write the same state at once, and in containers all are process 1.
  const draft = join(folder, `.${randomUUID()}-${name}`);
  const file = await open(draft, 'w', 0o640);
  try {
    await file.writeFile(`${JSON.stringify(heads)}\n`);
    // The command line may run as root: what it writes is the service's, which owns the place.
    if (process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  for (const older of await names(folder)) if (older < name) await rm(join(folder, older), { force: true });
}
