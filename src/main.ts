/**
 * The process. `npm start`: the production service where it is configured, else a region on this machine to look at.
 * `npm run demo`: such a region in a throw-away folder, one exchange, and the end.
 */
import { adminTokenFile, type Config, ConfigError, readEnv, toConfig } from './config/config.ts';
import { loadOptionalPart } from './kernel/optional-part.ts';
import { type Service, startService } from './wiring/service.ts';

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

/**
 * Calls back at every SIGHUP. One that comes before somebody listens is not lost: it counts once. A terminal sends the same
 * when its window is closed: there it ends the process, as ever.
 */
function onHangUp(): { listen(reload: () => void): void } {
  let reload: (() => void) | null = null;
  let early = false;
  if (process.stdout.isTTY !== true)
    process.on('SIGHUP', () => {
      if (reload === null) early = true;
      else reload();
    });
  return {
    listen(listener) {
      reload = listener;
      if (early) listener();
    },
  };
}

async function production(config: Config, databaseUrl: string): Promise<void> {
  const stopped = untilStopped();
  const hangUps = onHangUp();
  const service = await startService({ ...config, databaseUrl }, { reread: () => toConfig(readEnv()) });
  hangUps.listen(() => void service.reload());
  const { host, port } = service.address;
  say(`InterPro works for ${config.offices.length} office(s); status: http://${host}:${port}/status`);
  say(await deskLine(config, service));
  if (config.http.token === null) say(`Token of the administrator: ${adminTokenFile(config.dataFolder)}`);
  say(`${await stopped}: stopping`);
  await service.stop();
}

/** Where people enter. While nobody administers the node, a link that lets the first one in, once and within 24 hours. */
async function deskLine({ api, access }: Config, { address, people }: Service): Promise<string> {
  const local = `${access?.tls == null ? 'http' : 'https'}://${address.host}:${address.port}`;
  const origin = api?.publicUrl ?? local;
  if (await people.hasAdministrator()) return `Desk: ${origin}/`;
  return `Desk: ${origin}/  first entry: ${origin}/entra/${await people.issueEntry()}`;
}

/** Loaded on demand: production runs without the region, the sandbox and their packages. */
const loadRegion = () => loadOptionalPart('The region on one machine', () => import('./region/run-region.ts'));

try {
  const config = toConfig(readEnv());
  if (process.argv[2] === 'demo') await (await loadRegion()).runDemo(config, say);
  else if (config.databaseUrl !== null) await production(config, config.databaseUrl);
  else await (await loadRegion()).runRegion(config, say, untilStopped());
} catch (error) {
  complain(
    error instanceof ConfigError
      ? error.message
      : `InterPro cannot go on: ${error instanceof Error ? error.message : String(error)}`,
  );
  // What was started before the error must not keep the process: its supervisor has to see that it ended.
  process.exit(1);
}
