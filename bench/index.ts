/** A full-size index imported and looked up: `npm run bench:index -- --help`. The figures stand in README.md. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalPostgres } from '../src/adapters/postgres/local.ts';
import { migrate } from '../src/adapters/postgres/migrate.ts';
import { measureImports } from './index/import.ts';
import { LOOK_UP_OPTIONS, measureLookUps } from './index/look-up.ts';
import { type Measurement, table, writeJson } from './report.ts';

const HELP = `npm run bench:index [-- options]

Imports an index of 23,000 bodies, 40,000 AOOs and 123,000 offices, derived from the real municipalities, beside a plain
copy of the same rows; then looks it up through HTTP, exactly and with mistakes, beside a select by primary key.

  --json FILE    write the figures as JSON as well
  --seed N       of the generated index and questions (default: 1)
  --import-only  leave the look-ups out
  --help
`;

const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

interface Options {
  readonly json: string | null;
  readonly seed: number;
  readonly importOnly: boolean;
}

async function run({ json, seed, importOnly }: Options): Promise<void> {
  const [load = 0] = loadavg();
  const folder = await mkdtemp(join(tmpdir(), 'interpro-bench-'));
  // As root, PostgreSQL's own user must be able to enter.
  await chmod(folder, 0o711);
  const postgres = await startLocalPostgres(join(folder, 'postgres'), { throwAway: true });
  let ending: Promise<void> | null = null;
  const end = (): Promise<void> => {
    ending ??= postgres.stop().then(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    return ending;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    await postgres.createDatabase('bench');
    const database = postgres.url('bench');
    await migrate(database);
    const rows: Measurement[] = [...(await measureImports(database, folder, seed, say))];
    if (!importOnly) rows.push(...(await measureLookUps(database, { ...LOOK_UP_OPTIONS, seed }, say)));
    const machine = cpus();
    process.stdout.write(
      `\n${machine.length} × ${machine[0]?.model ?? 'processor'}, Node ${process.version}, ` +
        `load before the run ${load.toFixed(1)}\n\n${table(rows)}\n`,
    );
    if (json !== null) await writeJson(json, rows);
  } finally {
    await end();
  }
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

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`bench:index: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
