/** Child processes of the bench; they end with it, however it ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Child {
  readonly process: ChildProcess;
  /** Sends a question, if any, and resolves to the next message; rejects when the process ends instead. */
  ask(question?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export function startChild(name: string, execArgv: readonly string[] = []): Child {
  const child = fork(new URL(name, import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...execArgv],
  });
  return {
    process: child,
    ask(question) {
      return new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`${name} ended (${code})`));
        child.once('exit', ended);
        child.once('message', (message) => {
          child.off('exit', ended);
          resolve(message);
        });
        // Without a callback, a closed channel would raise an unhandled error event.
        if (question !== undefined) child.send(question as object, (error) => error && reject(error));
      });
    },
    stop: () => endProcess(child, 'SIGTERM'),
  };
}

/** Asks the process to end, and kills it after ten seconds. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const patience = new AbortController();
  const insist = sleep(10_000, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await gone;
  patience.abort();
  await insist;
}
