/** Imports a full-size index for the first time, then unchanged, then with one row in a hundred changed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../intake/child.ts';
import { type Measurement, measurement } from '../report.ts';
import { asCsv, changedIndex, type GeneratedIndex, generateIndex, readTowns } from './generate.ts';
import type { ImportDone, ImportTask } from './import-child.ts';

type Say = (line: string) => void;

async function write(folder: string, index: GeneratedIndex): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const [name, text] of Object.entries(asCsv(index))) {
    const file = join(folder, `${name}.csv`);
    await writeFile(file, text);
    files.push(file);
  }
  return files;
}

/** `database` is migrated and empty; afterwards it holds the first day's index and the second day's changes. */
export async function measureImports(
  database: string,
  folder: string,
  seed: number,
  say: Say,
): Promise<readonly Measurement[]> {
  const first = generateIndex(await readTowns(), seed);
  const files = await write(join(folder, 'day-0'), first);
  const changed = await write(join(folder, 'day-1'), changedIndex(first, seed + 1));
  say(`generated: ${first.bodies.length} bodies, ${first.aoos.length} AOOs, ${first.offices.length} offices`);
  const run = async (
    what: ImportTask['what'],
    names: readonly string[],
    child = startChild('../index/import-child.ts'),
  ): Promise<ImportDone> => {
    try {
      const task: ImportTask = { what, database, files: names };
      const done = (await child.ask(task)) as ImportDone;
      say(
        `${what}: ${done.rows} rows, ${done.changes} changes, ${done.seconds.toFixed(1)} s, ${done.megabytes.toFixed(0)} MB`,
      );
      return done;
    } finally {
      await child.stop();
    }
  };
  // The machine's speed drifts, so the baseline is taken before and after.
  const before = await run('baseline', files);
  const full = await run('import', files);
  const after = await run('baseline', files);
  const baseline = (before.seconds + after.seconds) / 2;
  const unchanged = await run('import', files);
  const daily = await run('import', changed);
  if (unchanged.changes > 0) throw new Error(`the same files changed ${unchanged.changes} rows`);
  return [
    measurement('index: full import, 186,000 rows', full.seconds, 's', { baseline, atMost: 15 }),
    measurement('index: full import, times the baseline', full.seconds / baseline, '×', { atMost: 5 }),
    measurement('index: import of an unchanged index', unchanged.seconds, 's', { baseline, atMost: 6 }),
    measurement('index: import with 1 % changed', daily.seconds, 's', { baseline, atMost: 6 }),
    measurement(
      'index: memory of the importing process',
      Math.max(full.megabytes, unchanged.megabytes, daily.megabytes),
      'MB',
      { atMost: 300 },
    ),
  ];
}
