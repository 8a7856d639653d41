/** A copy of the project, so that changes are never made to the files people work on. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from '../support/shared.ts';

export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'timeout';
  /** The first test that failed, by file and title. */
  readonly by: string | null;
}

export interface Workspace {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Runs these test files until the first failure, for at most so many `seconds`. */
  run(tests: readonly string[], seconds: number): Promise<Verdict>;
  remove(): void;
}

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** How long a run that was told to stop may take to stop its servers. */
const GRACE_MS = 40_000;

export function copyOfProject(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-mutation-'));
  const root = join(folder, 'project');
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  });
  for (const path of list.split('\0')) {
    if (path === '' || !statSync(join(repository, path), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(repository, path), join(root, path));
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  // Tests look for their real inputs beside the project.
  symlinkSync(join(dirname(repository), 'shared'), join(folder, 'shared'));
  return {
    root,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => writeFileSync(join(root, path), text),
    run: (tests, seconds) => runTests(root, tests, seconds),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function runTests(root: string, tests: readonly string[], seconds: number): Promise<Verdict> {
  const file = join(root, '..', 'report.json');
  rmSync(file, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['run', '--bail=1', '--reporter=json', `--outputFile.json=${file}`, ...tests];
  const child = spawn(process.execPath, [vitest, ...options], { cwd: root, stdio: 'ignore' });
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  }, seconds * 1000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  if (hangs) return { outcome: 'timeout', by: null };
  return code === 0 ? { outcome: 'passed', by: null } : { outcome: 'failed', by: firstFailure(root, file) };
}

function firstFailure(root: string, file: string): string {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const failed = report.testResults.find(({ status }) => status === 'failed');
    const title = failed?.assertionResults.find(({ status }) => status === 'failed')?.fullName ?? 'the file itself';
    return failed === undefined ? 'an error outside any test' : `${failed.name.slice(root.length + 1)}: ${title}`;
  } catch {
    return 'no report was written';
  }
}
