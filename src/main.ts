/**
 * The process. `npm start`: the production service where it is configured, else a region on this machine to look at.
 * `npm run demo`: such a region in a throw-away folder, one exchange, and the end.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, readEnv, toConfig } from './config/config.ts';
import { startRegion } from './region/region.ts';
import { runSampleExchange } from './region/sample-exchange.ts';
import { compose, type Service } from './wiring/service.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    const stop = (signal: string): void => {
      process.once(signal, () => process.exit(130));
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(signal));
  });
}

const urlOf = ({ address: { host, port } }: Service): string => `http://${host}:${port}`;

async function production(config: Config, databaseUrl: string): Promise<void> {
  const stopped = untilStopped();
  const service = await compose({ ...config, databaseUrl });
  say(`InterPro works for ${config.offices.length} office(s); status: ${urlOf(service)}/status`);
  say(`${await stopped}: stopping`);
  await service.stop();
}

async function local(config: Config): Promise<void> {
  const stopped = untilStopped();
  say(`InterPro, a region on this machine (nothing is configured; data in ${config.dataFolder}):`);
  const step = (what: string): void => say(`  ${what}`);
  const region = await startRegion(config.dataFolder, config, step);
  try {
    if (region.isNew) {
      say('First start, a sample exchange:');
      await Promise.race([runSampleExchange(region, step), stopped]);
    }
    say(
      `Join: docs/join-in-a-day.md and ${urlOf(region.service)}/docs; a key: npm run -s interpro -- credential create --aoo ${region.offices[0].aoo} --name Prova --scope messages:send`,
    );
    say('Look: npm run -s interpro -- list exchanges     Stop: Ctrl-C');
    await stopped;
    say('Stopping.');
  } finally {
    await region.stop();
  }
}

async function demo(config: Config): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interpro-demo-'));
  // As root, PostgreSQL's own user must be able to enter.
  await chmod(folder, 0o711);
  const start = performance.now();
  const step = (what: string): void => say(`${((performance.now() - start) / 1000).toFixed(2).padStart(6)} s  ${what}`);
  try {
    const free = { ...config, http: { ...config.http, port: 0 } };
    const region = await startRegion(folder, free, step, true);
    try {
      await runSampleExchange(region, step);
    } finally {
      await region.stop();
    }
    step('everything stopped, the folder removed');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const config = toConfig(readEnv());
  if (process.argv[2] === 'demo') await demo(config);
  else if (config.databaseUrl !== null) await production(config, config.databaseUrl);
  else await local(config);
} catch (error) {
  complain(
    error instanceof ConfigError
      ? error.message
      : `InterPro cannot go on: ${error instanceof Error ? error.message : String(error)}`,
  );
  // What was started before the fault must not keep the process: whoever supervises it has to see that it ended.
  process.exit(1);
}
