/** What `npm start` does where nothing is configured, and `npm run demo`. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Region, startRegion } from './region.ts';
import { firstEntryGrants } from './sample-day/people.ts';
import { runSampleExchange } from './sample-exchange.ts';
import { shownCommand } from './shown-command.ts';

type Say = (line: string) => void;

/** A region that keeps its data, until `stopped` resolves. */
export async function runRegion(config: Config, say: Say, stopped: Promise<string>): Promise<void> {
  say(`InterPro, a region on this machine (nothing is configured; data in ${config.dataFolder}):`);
  const report = (what: string): void => say(`  ${what}`);
  const week = config.sample !== 'exchange';
  const region = await startRegion(config.dataFolder, config, report, { week });
  try {
    if (region.isNew && !week) {
      say('First start, a sample exchange:');
      await Promise.race([runSampleExchange(region, report), stopped]);
    }
    const { host, port } = region.service.address;
    say(await deskLine(`http://${host}:${port}`, region));
    const command = (what: string): string => shownCommand(config.dataFolder, what);
    const key = command(`credential create --aoo ${region.offices[0].aoo} --name Prova --scope messages:send`);
    say(`Join: docs/join-in-a-day.md and http://${host}:${port}/docs; a key: ${key}`);
    say(`Look: ${command('list exchanges')}     Stop: Ctrl-C`);
    await stopped;
    say('Stopping.');
  } finally {
    await region.stop();
  }
}

/** Where people enter. Nobody has a password yet at the first start: a link lets the first one in, once. */
async function deskLine(origin: string, { service, offices }: Region): Promise<string> {
  if (await service.people.hasAdministrator()) return `Desk: ${origin}/`;
  const token = await service.people.issueEntry(firstEntryGrants(offices.slice(0, 2).map(({ aoo }) => aoo)));
  return `Desk: ${origin}/  first entry: ${origin}/entra/${token}`;
}

/** A region in a folder of its own, one exchange, and everything removed again. */
export async function runDemo(config: Config, say: Say): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interpro-demo-'));
  // Started as root, PostgreSQL runs as another user, who must be able to enter.
  await chmod(folder, 0o711);
  const start = performance.now();
  const report = (what: string): void =>
    say(`${((performance.now() - start) / 1000).toFixed(2).padStart(6)} s  ${what}`);
  try {
    const anyPort = { ...config, http: { ...config.http, port: 0, isPortChosen: false } };
    const region = await startRegion(folder, anyPort, report, { throwAway: true });
    try {
      await runSampleExchange(region, report);
    } finally {
      await region.stop();
    }
    report('everything stopped, the folder removed');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
