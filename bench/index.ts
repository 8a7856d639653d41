/** Imports a full-size index and looks things up in it: `npm run bench:index -- --help`. The figures stand in README.md. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '../src/adapters/postgres/database/migrate.ts';
import { startLocalPostgres } from '../src/region/local-postgres.ts';
import { measureImports } from './index/import.ts';
import { LOOK_UP_OPTIONS, measureLookUps } from './index/look-up.ts';
import { runBench } from './run.ts';

const HELP = `npm run bench:index [-- options]

Imports an index of 23,000 bodies, 40,000 AOOs and 123,000 offices, derived from the real municipalities, beside a plain
copy of the same rows; then looks it up through HTTP, exactly and with mistakes, beside a select by primary key.

  --json FILE    write the figures as JSON as well
  --seed N       of the generated index and questions (default: 1)
  --import-only  leave the look-ups out
  --help
`;

interface Options {
  readonly json: string | null;
  readonly seed: number;
  readonly importOnly: boolean;
}

function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'import-only': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed is "${values.seed}": use a whole number`);
  return { json: values.json ?? null, seed: Number(values.seed), importOnly: values['import-only'] };
}

await runBench({
  name: 'index',
  help: HELP,
  readOptions,
  async work({ seed, importOnly }, say, onEnd) {
    const folder = await mkdtemp(join(tmpdir(), 'interpro-bench-'));
    // When run as root, PostgreSQL runs under its own user, which needs access here.
    await chmod(folder, 0o711);
    const postgres = await startLocalPostgres(join(folder, 'postgres'), { throwAway: true });
    let ending: Promise<void> | null = null;
    onEnd(() => {
      ending ??= postgres
        .stop()
        .then(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
      return ending;
    });
    await postgres.createDatabase('bench');
    const database = postgres.url('bench');
    await migrate(database);
    const rows = [...(await measureImports(database, folder, seed, say))];
    if (!importOnly) rows.push(...(await measureLookUps(database, { ...LOOK_UP_OPTIONS, seed }, say)));
    return rows;
  },
});
