/** What every bench does around its work: options, progress, an orderly end, the table and the file. */
import { cpus, loadavg } from 'node:os';
import { type Measurement, table, writeJson } from './report.ts';

export type Say = (line: string) => void;

interface Bench<Options> {
  readonly name: string;
  readonly help: string;
  /** Null when only help was asked for. Throws on unknown options. */
  readOptions(args: readonly string[]): Options | null;
  /** `onEnd` takes a function that stops everything started; it runs however the bench ends. */
  work(options: Options, say: Say, onEnd: (end: () => Promise<void>) => void): Promise<readonly Measurement[]>;
}

const started = performance.now();
const say: Say = (line) => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

export async function runBench<Options extends { readonly json: string | null }>(bench: Bench<Options>): Promise<void> {
  try {
    const options = bench.readOptions(process.argv.slice(2));
    if (options === null) process.stdout.write(bench.help);
    else await measure(bench, options);
  } catch (error) {
    process.stderr.write(`bench:${bench.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function measure<Options extends { readonly json: string | null }>(
  { work }: Bench<Options>,
  options: Options,
): Promise<void> {
  const [load = 0] = loadavg();
  let end: () => Promise<void> = async () => undefined;
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(`${signal}: stopping everything`);
      interrupted = true;
      process.once(signal, () => process.exit(130));
      end().finally(() => process.exit(130));
    });
  }
  try {
    const rows = await work(options, say, (way) => {
      end = way;
    });
    const machine = cpus();
    process.stdout.write(
      `\n${machine.length} × ${machine[0]?.model ?? 'processor'}, Node ${process.version}, ` +
        `load before the run ${load.toFixed(1)}\n\n${table(rows)}\n`,
    );
    if (options.json !== null) await writeJson(options.json, rows);
  } catch (error) {
    // Work that is stopped midway fails; that failure means nothing.
    if (!interrupted) throw error;
  } finally {
    await end();
  }
}
