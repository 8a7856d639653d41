/** How fast certified mail becomes registrations: `npm run bench:intake -- --help`. The figures stand in README.md. */
import { cpus } from 'node:os';
import { HELP, type Options, readOptions } from './intake/options.ts';
import { drain, quiet } from './intake/scenarios.ts';
import { setStage } from './intake/stage.ts';
import { type Measurement, table, writeJson } from './report.ts';

const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

async function run(options: Options): Promise<void> {
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
    const users = [...[...options.sizes.keys()].map((size) => `drain${size}`), 'quiet'];
    const stage = await setStage(users, (stop) => {
      end = stop;
    });
    const rows: Measurement[] = [];
    for (const [size, messages] of options.sizes) {
      rows.push(...(await drain(stage, size, messages, options.profile, say)));
    }
    if (options.idle + options.large > 0) {
      rows.push(...(await quiet(stage, options.idle, options.large, options.profile, say)));
    }
    const machine = cpus();
    process.stdout.write(
      `\n${machine.length} × ${machine[0]?.model ?? 'processor'}, Node ${process.version}\n\n${table(rows)}\n`,
    );
    if (options.json !== null) await writeJson(options.json, rows);
  } catch (error) {
    // What is stopped under way fails, and says nothing by that.
    if (!interrupted) throw error;
  } finally {
    await end();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`bench:intake: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
