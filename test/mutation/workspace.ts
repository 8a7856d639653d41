/** A copy of the project, so that changes are never made to the files people work on, and a test runner that stays open. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createVitest, type TestRunResult, type Vitest } from 'vitest/node';
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
  remove(): Promise<void>;
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
  const runner = new Runner(root);
  return {
    root,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write(path, text) {
      writeFileSync(join(root, path), text);
      runner.forget(join(root, path));
    },
    run: (tests, seconds) => runner.run(tests, seconds),
    async remove() {
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Vitest, kept open from run to run with the PostgreSQL that its global setup starts. */
class Runner {
  readonly #root: string;
  #vitest: Promise<Vitest> | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  async #open(): Promise<Vitest> {
    const config = join(this.#root, 'vitest.config.ts');
    const options = { root: this.#root, config, watch: false, isolate: true, reporters: [{}] };
    const vitest = await createVitest('test', options);
    await vitest.standalone();
    return vitest;
  }

  forget(file: string): void {
    void this.#vitest?.then((vitest) => vitest.invalidateFile(file));
  }

  async run(tests: readonly string[], seconds: number): Promise<Verdict> {
    this.#vitest ??= this.#open();
    const vitest = await this.#vitest;
    const specifications = await vitest.globTestSpecifications(tests.map((test) => join(this.#root, test)));
    vitest.state.errorsSet.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), seconds * 1000);
    });
    const ended = await Promise.race([vitest.runTestSpecifications(specifications), late]);
    clearTimeout(timer);
    if (ended === 'late') {
      await this.close();
      return { outcome: 'timeout', by: null };
    }
    return verdictOf(this.#root, ended);
  }

  async close(): Promise<void> {
    const vitest = await this.#vitest;
    this.#vitest = null;
    await vitest?.close();
  }
}

function verdictOf(root: string, { testModules, unhandledErrors }: TestRunResult): Verdict {
  for (const module of testModules) {
    if (module.state() !== 'failed') continue;
    const [test] = [...module.children.allTests('failed')];
    return {
      outcome: 'failed',
      by: { file: relative(root, module.moduleId), title: test?.fullName ?? 'the file itself' },
    };
  }
  if (unhandledErrors.length > 0)
    return { outcome: 'failed', by: { file: '', title: `an error outside any test: ${String(unhandledErrors[0])}` } };
  return { outcome: 'passed', by: null };
}
