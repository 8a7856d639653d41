// Runs before every npm script: `npm ci`, when node_modules is missing or is not what package-lock.json asks for.
// Plain JavaScript for Node 20 and later: the project's own Node comes only with that install.
// It writes to stderr alone; stdout belongs to the command that follows.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
/** Shipped with Node 20 and 22. */
const OLDEST_NPM = 10;
/** From this version on Node runs TypeScript files as they are; with an older one, the install brings a Node of its own. */
const OWN_NODE = 26;
/** An installer touches its lock every second; one that has not for so long is dead. */
const STALE_LOCK_MS = 15_000;
const LONGEST_WAIT_MS = 15 * 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const lockFolder = join(root, '.install-lock');

const say = (line) => process.stderr.write(`${line}\n`);

/** What stands in the way, in words for whoever started the command. */
class SetupError extends Error {}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** npm writes a record of what it installed, as its last step: an install cut short has none. */
function upToDate() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  if (!wanted)
    throw new SetupError('package-lock.json is missing or unreadable: the copy of the project is incomplete.');
  if (!installed) return false;
  const withoutDev = process.env.NODE_ENV === 'production' || (process.env.npm_config_omit ?? '').includes('dev');
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || (entry.dev && withoutDev)) continue;
    const found = installed[place];
    // Optional packages may be missing: binaries for other platforms, or what `--omit=optional` left out.
    if (!found && entry.optional) continue;
    if (!found || found.version !== entry.version || found.integrity !== entry.integrity) return false;
  }
  for (const place of Object.keys(installed)) if (!(place in wanted)) return false;
  // The record names the package `node` even where its install script did not run and brought no binary.
  return existsSync(join(modules, 'node', 'bin', 'node')) || Number.parseInt(process.versions.node, 10) >= OWN_NODE;
}

/**
 * The environment for the machine's own npm and Node: those under node_modules are about to be replaced. Settings of
 * `npm run` that would silence the install, or send it elsewhere, are left out.
 */
function npmEnvironment() {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (
      /^npm_(lifecycle|package|command|execpath|node_execpath|config_(loglevel|global|local_prefix|workspace))/i.test(
        name,
      )
    )
      continue;
    env[name] = value;
  }
  const inside = (folder) => folder.endsWith(`node_modules${sep}.bin`) || folder.includes('node-gyp-bin');
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  env[pathName] = (env[pathName] ?? '')
    .split(delimiter)
    .filter((folder) => !inside(folder))
    .join(delimiter);
  return env;
}

function npm(args) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn('npm', args, {
      cwd: root,
      env: npmEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    // When this process ends, its lock is released: the install must not go on without it.
    const abandon = () => child.kill();
    process.once('exit', abandon);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: error.code === 'ENOENT' ? 127 : 1, output: error.message }));
    child.on('close', (code) => {
      process.off('exit', abandon);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Resolves when the lock is ours; true where nobody else held it before. */
async function takeLock() {
  const started = Date.now();
  let waited = false;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      return !waited;
    } catch (error) {
      if (error.code !== 'EEXIST')
        throw new SetupError(
          `Cannot write to ${root} (${error.code}): it belongs to another user, and its packages are missing or old.`,
        );
    }
    if (!waited) say('Another copy is installing the packages; waiting for it …');
    waited = true;
    let age = 0;
    try {
      age = Date.now() - statSync(lockFolder).mtimeMs;
    } catch {
      continue;
    }
    if (age > STALE_LOCK_MS) rmSync(lockFolder, { recursive: true, force: true });
    if (Date.now() - started > LONGEST_WAIT_MS)
      throw new SetupError(`Gave up waiting for another install; if none runs, remove ${lockFolder}.`);
    await sleep(250);
  }
}

function hint(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|ENOTCACHED|network/.test(output)) {
    return 'The package registry does not answer: the first start needs the network (afterwards it is not needed).';
  }
  if (/EACCES|EPERM|EROFS/.test(output)) return `This user may not write to ${root}.`;
  if (/ENOSPC/.test(output)) return 'The disk is full.';
  return 'The packages could not be installed.';
}

async function install() {
  const version = await npm(['--version']);
  if (version.code === 127)
    throw new SetupError(
      `npm was not found: Node.js ${OLDEST_NODE} or later with npm ${OLDEST_NPM} or later is needed.`,
    );
  const text = version.output.trim().split('\n').at(-1) ?? '';
  if (!(Number.parseInt(text, 10) >= OLDEST_NPM)) {
    throw new SetupError(
      `npm ${OLDEST_NPM} or later is needed, this is npm ${text}: \`npm install --global npm@${OLDEST_NPM}\` brings it.`,
    );
  }
  const started = Date.now();
  say('Installing the packages (npm ci), once; this takes about a minute …');
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0 || !upToDate()) {
    say(output.trim());
    throw new SetupError(`${hint(output)} (npm ci ended with ${code})`);
  }
  say(`Packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function main() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new SetupError(`Node.js ${OLDEST_NODE} or later is needed, this is ${process.versions.node}.`);
  }
  if (upToDate()) return;
  await takeLock();
  const heartbeat = setInterval(() => {
    try {
      utimesSync(lockFolder, new Date(), new Date());
    } catch {
      // Somebody removed the lock by hand; the install goes on.
    }
  }, 1_000);
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  process.on('exit', release);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
  try {
    if (!upToDate()) await install();
  } finally {
    clearInterval(heartbeat);
  }
}

main().catch((error) => {
  say(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
  process.exitCode = 1;
});
