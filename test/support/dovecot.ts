import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliverByLmtp } from './lmtp.ts';

const BINARY = '/usr/sbin/dovecot';
const LMTP_PLUGIN = '/usr/lib/dovecot/lmtp';

export interface DovecotUser {
  readonly name: string;
  readonly password: string;
}

/** A real Dovecot on loopback with its own folder; `stop()` removes everything. */
export interface Dovecot {
  readonly host: '127.0.0.1';
  /** Holds one maildir per user, `mail/<user>`. */
  readonly folder: string;
  readonly imapPort: number;
  readonly lmtpPort: number;
  /** Delivers by LMTP, as a mail server would: the bytes get a Return-Path, a Delivered-To and a Received. */
  deliver(user: string, bytes: Buffer): Promise<void>;
  /** Writes files straight into the maildir, in order and byte for byte: for benchmarks and tests of exact bytes. */
  deliverMany(user: string, mails: Iterable<Buffer>): Promise<number>;
  /** Makes all known UIDs invalid, as a restore from a backup does. */
  changeUidValidity(user: string): Promise<void>;
  /** Sets the UID of the next mail: real servers leave gaps, sometimes of millions. */
  raiseNextUid(user: string, next: number): Promise<void>;
  /** Stops the server and keeps its ports and mail for `restart`. */
  halt(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  log(): Promise<string>;
}

function runs(file: string, args: readonly string[]): string | null {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

/** The reason why Dovecot cannot be started here, or null. */
export function dovecotMissing(): string | null {
  if (runs(BINARY, ['--version']) === null) return `${BINARY} is not installed (Debian: dovecot-imapd dovecot-lmtpd)`;
  if (runs('test', ['-x', LMTP_PLUGIN]) === null) return `${LMTP_PLUGIN} is not installed (Debian: dovecot-lmtpd)`;
  return null;
}

/** For `describe.skipIf(...)`: warns on a developer's machine, throws in CI, which must have the server. */
export function skipWithoutDovecot(): boolean {
  const reason = dovecotMissing();
  if (reason === null) return false;
  if (process.env['CI']) throw new Error(`Dovecot is required in CI: ${reason}`);
  console.warn(`\n*** SKIPPED: tests against Dovecot. ${reason} ***\n`);
  return true;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

interface Place {
  readonly folder: string;
  readonly imapPort: number;
  readonly lmtpPort: number;
}

/** Who owns the mail. Dovecot refuses to read mail as root, so root hands it to Dovecot's own user. */
function owner(): { user: string; group: string; uid: number; gid: number; login: string } {
  const me = userInfo();
  const id = (flag: string, name: string) => (runs('id', [flag, name]) ?? '').trim();
  if (me.uid !== 0) {
    return { user: me.username, group: id('-gn', me.username), uid: me.uid, gid: me.gid, login: me.username };
  }
  return {
    user: 'dovecot',
    group: id('-gn', 'dovecot'),
    uid: Number(id('-u', 'dovecot')),
    gid: Number(id('-g', 'dovecot')),
    login: 'dovenull',
  };
}

function config(place: Place, version: string): string {
  const { folder, imapPort, lmtpPort } = place;
  const { user, group, login, uid, gid } = owner();
  const newer = !version.startsWith('2.3');
  const number = /^[\d.]+/.exec(version)?.[0] ?? '2.4.0';
  const head = newer ? [`dovecot_config_version = ${number}`, `dovecot_storage_version = ${number}`] : [];
  const auth = newer
    ? [
        'auth_allow_cleartext = yes',
        'mail_driver = maildir',
        `mail_path = ${folder}/mail/%{user}`,
        `mail_home = ${folder}/home/%{user}`,
        `passdb passwd-file {\n  passwd_file_path = ${folder}/users\n  default_password_scheme = PLAIN\n}`,
        `userdb static {\n  fields {\n    uid = ${uid}\n    gid = ${gid}\n    home = ${folder}/home/%{user}\n  }\n}`,
      ]
    : [
        'disable_plaintext_auth = no',
        `mail_location = maildir:${folder}/mail/%u`,
        `passdb {\n  driver = passwd-file\n  args = scheme=PLAIN ${folder}/users\n}`,
        `userdb {\n  driver = static\n  args = uid=${uid} gid=${gid} home=${folder}/home/%u\n}`,
      ];
  return `${[
    ...head,
    `base_dir = ${folder}/run`,
    `state_dir = ${folder}/state`,
    `log_path = ${folder}/dovecot.log`,
    'protocols = imap lmtp',
    'listen = 127.0.0.1',
    'ssl = no',
    `default_internal_user = ${user}`,
    `default_internal_group = ${group}`,
    `default_login_user = ${login}`,
    'first_valid_uid = 1',
    'first_valid_gid = 1',
    `mail_uid = ${uid}`,
    `mail_gid = ${gid}`,
    'mail_fsync = never',
    'auth_failure_delay = 0',
    'mail_max_userip_connections = 100',
    ...auth,
    `service imap-login {\n  chroot =\n  inet_listener imap {\n    port = ${imapPort}\n  }\n  inet_listener imaps {\n    port = 0\n  }\n}`,
    `service lmtp {\n  inet_listener lmtp {\n    port = ${lmtpPort}\n  }\n}`,
    // Dovecot would delay every login from 127.0.0.1 after one wrong password.
    'service anvil {\n  chroot =\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}',
  ].join('\n')}\n`;
}

async function ready(place: Place, child: ChildProcess): Promise<void> {
  const logFile = join(place.folder, 'dovecot.log');
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null) break;
    const answers = await Promise.all([place.imapPort, place.lmtpPort].map((port) => greets(port)));
    if (answers.every(Boolean)) return;
    await sleep(25);
  }
  throw new Error(`Dovecot did not start: ${await readFile(logFile, 'utf8').catch(() => 'no log')}`);
}

async function greets(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', () => end(true));
  });
}

async function start(place: Place): Promise<ChildProcess> {
  const child = spawn(BINARY, ['-F', '-c', join(place.folder, 'dovecot.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Sessions outlive the master process by seconds; with a process group of their own they can be ended with it.
    detached: true,
  });
  let complaint = '';
  child.stderr?.on('data', (piece: Buffer) => {
    complaint += piece.toString();
  });
  try {
    await ready(place, child);
  } catch (error) {
    signalGroup(child, 'SIGKILL');
    throw new Error(`${error instanceof Error ? error.message : String(error)} ${complaint}`);
  }
  return child;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Asks the master process to stop, then ends what is left of its group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(killer);
  }
  signalGroup(child, 'SIGKILL');
}

/** Starts a Dovecot with these users, each with an empty INBOX. Works as root and as an ordinary user. */
export async function startDovecot(options: { readonly users: readonly DovecotUser[] }): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'interpro-dovecot-'));
  const [imapPort = 0, lmtpPort = 0] = await freePorts(2);
  const place = { folder, imapPort, lmtpPort };
  const { uid, gid } = owner();
  await chown(folder, uid, gid);
  for (const name of ['run', 'state', 'mail', 'home']) {
    await mkdir(join(folder, name), { mode: 0o755 });
    if (name === 'mail' || name === 'home') await chown(join(folder, name), uid, gid);
  }
  await writeFile(
    join(folder, 'users'),
    options.users
      .map(({ name, password }) => `${name}:{PLAIN}${password}:${uid}:${gid}::${folder}/home/${name}\n`)
      .join(''),
  );
  const version = runs(BINARY, ['--version']) ?? '2.3';
  await writeFile(join(folder, 'dovecot.conf'), config(place, version.trim()));

  let child = await start(place);
  let written = 0;
  const inbox = (user: string) => join(folder, 'mail', user);
  const own = async (path: string) => {
    if (process.getuid?.() === 0) await chown(path, uid, gid);
  };
  const halt = () => end(child);
  const restart = async () => {
    await halt();
    child = await start(place);
  };
  /** Without an index, Dovecot trusts its list of UIDs, so changing the list changes the UIDs. */
  const rewriteList = async (user: string, change: (text: string) => string) => {
    await halt();
    const list = join(inbox(user), 'dovecot-uidlist');
    const text = await readFile(list, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`nothing to change in ${text.slice(0, 200)}`);
    for (const name of ['dovecot.index', 'dovecot.index.log', 'dovecot.index.log.2', 'dovecot.index.cache']) {
      await rm(join(inbox(user), name), { force: true });
    }
    await writeFile(list, changed);
    child = await start(place);
  };
  return {
    host: '127.0.0.1',
    folder,
    imapPort,
    lmtpPort,
    deliver: (user, bytes) => deliverByLmtp(lmtpPort, user, bytes),
    async deliverMany(user, mails) {
      for (const name of ['', 'tmp', 'cur', 'new']) {
        if ((await mkdir(join(inbox(user), name), { recursive: true })) !== undefined)
          await own(join(inbox(user), name));
      }
      let count = 0;
      const seconds = Math.floor(Date.now() / 1000);
      for (const mail of mails) {
        written += 1;
        count += 1;
        // Dovecot takes new files of the same second in the order of their names.
        const file = join(inbox(user), 'new', `${seconds}.M${String(written).padStart(9, '0')}.interpro`);
        await writeFile(file, mail);
        await own(file);
      }
      return count;
    },
    changeUidValidity: (user) =>
      rewriteList(user, (text) => text.replace(/ V(\d+)/, (_, old: string) => ` V${Number(old) + 1000}`)),
    raiseNextUid: (user, next) => rewriteList(user, (text) => text.replace(/ N\d+/, ` N${next}`)),
    halt,
    restart,
    async stop() {
      await halt();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
    log: () => readFile(join(folder, 'dovecot.log'), 'utf8').catch(() => ''),
  };
}
