/** How fast two councils exchange messages: `npm run bench:exchange -- --help`. The figures stand in README.md. */
import { cpus } from 'node:os';
import { HELP, type Options, readOptions } from './exchange/options.ts';
import { exchange, manyRecipients } from './exchange/scenarios.ts';
import { setStage } from './exchange/stage.ts';
import { type Measurement, table, writeJson } from './report.ts';

const PACE = 5;
const started = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
};

async function run({ messages, paced, recipients, json, profile }: Options): Promise<void> {
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
    const stage = await setStage(profile, (stop) => {
      end = stop;
    });
    const rows: Measurement[] = [];
    if (messages > 0) rows.push(...(await exchange(stage, messages, null, say)));
    if (paced > 0) rows.push(...(await exchange(stage, paced, PACE, say)));
    if (recipients > 0) rows.push(...(await manyRecipients(stage, recipients, say)));
    const machine = cpus();
    process.stdout.write(
      `\n${machine.length} × ${machine[0]?.model ?? 'processor'}, Node ${process.version}\n\n${table(rows)}\n`,
    );
    if (json !== null) await writeJson(json, rows);
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
  process.stderr.write(`bench:exchange: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
