import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './shared.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiled code is shared by all processes that tests start: it halves the processor time of a command. */
const COMPILED = join(tmpdir(), 'interpro-test-compiled');

const environment = (more: Record<string, string>): Record<string, string> => ({
  NODE_COMPILE_CACHE: COMPILED,
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  ...more,
});

/** Runs a TypeScript file of the project in its own process, as a user would. */
export function run(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: environment(env), cwd: repository, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, [join(repository, file), ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** One command after the other: the output and environment of this process are theirs while they run. */
let last: Promise<unknown> = Promise.resolve();

/** Runs an `interpro` command in this process: what a process of its own would print, and end with, in a tenth of its time. */
export function interpro(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const ran = last.then(() => runHere(args, env));
  last = ran.catch(() => undefined);
  return ran;
}

async function runHere(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const { runInterpro } = await import('../../src/entrances/cli/run-interpro.ts');
  const { env: before } = process;
  const printed = { stdout: '', stderr: '' };
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = ((piece: string | Uint8Array, ...more: unknown[]) => {
      printed[name] += typeof piece === 'string' ? piece : Buffer.from(piece).toString();
      const done = more.at(-1);
      if (typeof done === 'function') done();
      return true;
    }) as typeof write;
    return () => {
      process[name].write = write;
    };
  });
  process.env = environment(env);
  try {
    return { code: await runInterpro(args), ...printed };
  } finally {
    process.env = before;
    for (const restore of streams) restore();
  }
}

export interface Started {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves once the output holds the text; rejects with the output if the process ends before. */
  says(text: string | RegExp, seconds?: number): Promise<string>;
  /** Sends the signal and resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export function start(file: string, args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [join(repository, file), ...args], {
    env: environment(env),
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString();
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      resolve(code);
      for (const look of waiting) look();
    }),
  );
  const holds = (what: string | RegExp): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text));
  return {
    child,
    output: () => text,
    says: (what, seconds = 60) =>
      new Promise((resolve, reject) => {
        const done = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(look);
          settle();
        };
        const look = (): void => {
          if (holds(what)) done(() => resolve(text));
          else if (child.exitCode !== null || child.signalCode !== null)
            done(() => reject(new Error(`it ended:\n${text}`)));
        };
        const timer = setTimeout(
          () => done(() => reject(new Error(`not said within ${seconds} s: ${what}\n${text}`))),
          seconds * 1000,
        );
        waiting.add(look);
        look();
      }),
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
