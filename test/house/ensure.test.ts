import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository } from '../support/shared.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LOCK = {
  packages: {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
    'node_modules/tool': { version: '1.0.0', integrity: 'sha512-t', dev: true },
  },
};
const INSTALLED = {
  packages: {
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/tool': { version: '1.0.0', integrity: 'sha512-t', dev: true },
  },
};

/** The script is real; `npm` is a stub that counts its calls, because the real one would need a registry. */
describe('scripts/ensure.js', () => {
  let folder = '';
  const path = (...parts: string[]) => join(folder, ...parts);
  const record = () => path('node_modules', '.package-lock.json');

  function npmIs(version: string, ci: string): void {
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit 0; fi\necho "$@" >> '${path('calls')}'\n${ci}\n`;
    writeFileSync(path('bin', 'npm'), script, { mode: 0o755 });
  }
  const installs = () =>
    `sleep 0.5; mkdir -p node_modules; cp '${path('installed.json')}' node_modules/.package-lock.json; echo noise`;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interpro-ensure-'));
    mkdirSync(path('scripts'));
    mkdirSync(path('bin'));
    copyFileSync(join(repository, 'scripts', 'ensure.js'), path('scripts', 'ensure.js'));
    writeFileSync(path('package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(path('package-lock.json'), JSON.stringify(LOCK));
    writeFileSync(path('installed.json'), JSON.stringify(INSTALLED));
    npmIs('11.19.1', installs());
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function ensure(env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path('scripts', 'ensure.js')], {
        cwd: tmpdir(),
        env: { PATH: `${path('bin')}${delimiter}/usr/bin${delimiter}/bin`, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }
  const calls = () => (existsSync(path('calls')) ? readFileSync(path('calls'), 'utf8').trim().split('\n') : []);
  function installed(packages: object): void {
    mkdirSync(path('node_modules'), { recursive: true });
    writeFileSync(record(), JSON.stringify({ packages }));
  }

  it('installs once, says so on stderr only, and is silent from then on', async () => {
    const first = await ensure();
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toMatch(/^Installing the packages[^\n]*\nPackages installed in \d+ s\.\n$/);
    expect(await ensure()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^ci /);
    expect(existsSync(path('.install-lock'))).toBe(false);
  });

  it.each([
    ['an older version', { ...INSTALLED.packages, 'node_modules/a': { version: '0.9.0', integrity: 'sha512-a' } }],
    ['other bytes', { ...INSTALLED.packages, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    ['a package too few', { 'node_modules/a': INSTALLED.packages['node_modules/a'] }],
    ['a package too many', { ...INSTALLED.packages, 'node_modules/b': { version: '1.0.0' } }],
  ])('installs again over %s', async (_what, packages) => {
    installed(packages);
    expect((await ensure()).code).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('does without the tools of development in production', async () => {
    installed({ 'node_modules/a': INSTALLED.packages['node_modules/a'] });
    expect(await ensure({ NODE_ENV: 'production' })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('installs once when two copies start together', async () => {
    const ended = await Promise.all([ensure(), ensure(), ensure()]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(calls()).toHaveLength(1);
    expect(ended.filter(({ stderr }) => stderr.includes('waiting for it')).length).toBeGreaterThan(0);
  });

  it('takes over from an install that died', async () => {
    mkdirSync(path('.install-lock'));
    const long = new Date(Date.now() - 60_000);
    utimesSync(path('.install-lock'), long, long);
    expect((await ensure()).code).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('takes the npm that ships with Node 20 and 22', async () => {
    npmIs('10.8.2', installs());
    expect((await ensure()).code).toBe(0);
  });

  it('names an npm that is too old, and what brings a newer one', async () => {
    npmIs('9.9.4', installs());
    const ended = await ensure();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('npm 10 or later is needed, this is npm 9.9.4');
    expect(calls()).toEqual([]);
  });

  it('shows what npm said when it fails, and what it means', async () => {
    npmIs('11.19.1', 'echo "npm error code ENOTFOUND" >&2; exit 1');
    const ended = await ensure();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('npm error code ENOTFOUND');
    expect(ended.stderr).toContain('the first start needs the network');
    expect(existsSync(path('.install-lock'))).toBe(false);
  });

  it('does not believe an npm that installed something else', async () => {
    npmIs('11.19.1', 'exit 0');
    expect((await ensure()).code).toBe(1);
  });
});
