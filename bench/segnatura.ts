/** How fast segnature are read, written, sealed and verified: `npm run bench:segnatura -- --help`. Figures: README.md. */
import { cpus, loadavg } from 'node:os';
import { type Measurement, table, writeJson } from './report.ts';
import { memory } from './segnatura/memory.ts';
import { HELP, type Options, readOptions } from './segnatura/options.ts';
import { rates } from './segnatura/rates.ts';

const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

async function run({ json, documents, seconds }: Options): Promise<void> {
  const machine = cpus();
  const [load = 0] = loadavg();
  const rows: Measurement[] = [];
  if (seconds > 0) rows.push(...(await rates(seconds, say)));
  if (documents > 0) rows.push(...(await memory(documents, say)));
  process.stdout.write(
    `\n${machine.length} × ${machine[0]?.model ?? 'processor'}, Node ${process.version}, ` +
      `load before the run ${load.toFixed(1)}\n\n${table(rows)}\n`,
  );
  if (json !== null) await writeJson(json, rows);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`bench:segnatura: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
