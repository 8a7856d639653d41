/** One process of the service, as an administrator would run it: `node src/main.ts` with its configuration. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess } from './child.ts';
import { OFFICE, OFFICE_ADDRESS } from './mails.ts';
import type { Stage } from './stage.ts';

export interface ServiceProcess {
  /** When it reported ready, in milliseconds since the epoch. */
  readonly readyAt: number;
  /** Peak physical memory in MB (VmHWM). */
  peakMemory(): number;
  /** Processor time so far, seconds. */
  cpuSeconds(): number;
  readonly log: string;
  stop(): Promise<void>;
}

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
/** USER_HZ, the same on every Linux. */
const TICKS = 100;

export async function startService(
  stage: Stage,
  name: string,
  database: string,
  profile: string | null,
): Promise<ServiceProcess> {
  const offices = join(stage.folder, `${name}.json`);
  const log = join(stage.folder, `${name}.log`);
  const { port, user, password } = stage.account(name);
  const passwordFile = join(stage.folder, `${name}.password`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  const content = {
    offices: [
      {
        ...OFFICE,
        address: OFFICE_ADDRESS,
        answersPerHour: 1_000_000,
        mailboxes: [{ address: OFFICE_ADDRESS, host: '127.0.0.1', port, secure: false, user, passwordFile }],
        smtp: { host: '127.0.0.1', port: stage.sink.port, secure: false },
      },
    ],
  };
  await writeFile(offices, JSON.stringify(content), { mode: 0o600 });
  const profiling =
    profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`];
  const child = spawn(process.execPath, [...profiling, MAIN], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database,
      INTERPRO_OFFICES: offices,
      INTERPRO_DATA: join(stage.folder, `${name}-data`),
      INTERPRO_TRUST: stage.trustFolder,
      INTERPRO_HTTP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
    // The bench handles Ctrl-C and stops the service itself.
    detached: true,
  });
  stage.onEnd(() => endProcess(child, 'SIGTERM'));
  await saysReady(child, log);
  const { pid } = child;
  return {
    readyAt: performance.timeOrigin + performance.now(),
    peakMemory: () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    log,
    stop: () => endProcess(child, 'SIGTERM'),
  };
}

function saysReady(child: ChildProcess, log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', () =>
      reject(new Error(`the service did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`)),
    );
    child.stdout?.on('data', (piece: Buffer) => {
      if (piece.toString().includes('/status')) resolve();
    });
  });
}
