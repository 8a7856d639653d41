/** A copy of the project, so that changes are never made to the files people work on. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { repository } from '../support/shared.ts';

export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'timeout';
  /** The first test file that failed, and its first test that did. */
  readonly by: { readonly file: string; readonly title: string } | null;
}

export interface Workspace {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Runs these test files until the first failure, for at most so many `seconds`. */
  run(tests: readonly string[], seconds: number): Promise<Verdict>;
  remove(): void;
}

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

/** A run of its own each time: a runner that stays open also keeps what it knows of the files before the change. */
async function runTests(root: string, tests: readonly string[], seconds: number): Promise<Verdict> {
  const report = join(root, '..', 'report.json');
  rmSync(report, { force: true });
  const args = ['run', ...tests, '--bail=1', '--maxWorkers=2', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'ignore', detached: true });
  const code = await new Promise<number | null>((resolve) => {
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), seconds * 1000);
    child.once('close', (ended) => {
      clearTimeout(timer);
      resolve(ended);
    });
  });
  if (code === null) return { outcome: 'timeout', by: null };
  if (code === 0) return { outcome: 'passed', by: null };
  return { outcome: 'failed', by: existsSync(report) ? firstFailure(root, report) : null };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function firstFailure(root: string, report: string): Verdict['by'] {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const file = testResults.find(({ status }) => status === 'failed');
  if (file === undefined) return null;
  const test = file.assertionResults.find(({ status }) => status === 'failed');
  return { file: relative(root, file.name), title: test?.fullName ?? 'the file itself' };
}
