/**
 * Stamps each PDF in a process of its own, one after the other. A thread would not do: what a packed PDF unpacks to lies outside
 * a thread's own heap, where only the memory of the whole service bounds it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Stamped, StampPdf } from '../../service/previews/courtesy-copy.ts';

export interface StampingLimits {
  /** A person waits for it; with the start of the process. */
  readonly ms: number;
  /** Resident memory of the process. */
  readonly bytes: number;
  /** Beyond the one that is made: each waits for those before it. */
  readonly waiting: number;
}

export interface Stamping {
  readonly stamp: StampPdf;
  stop(): void;
}

const STANDARD_LIMITS: StampingLimits = { ms: 30_000, bytes: 768 * 1024 * 1024, waiting: 8 };
const CHILD = new URL('./stamping-child.ts', import.meta.url);
const HEAP_MB = 384;
const LOOK_EACH_MS = 50;
const PAGE_BYTES = 4_096;

const REFUSED = {
  long: { ok: false, code: 'copy-too-long' },
  unreadable: { ok: false, code: 'copy-unreadable' },
  busy: { ok: false, code: 'copy-busy' },
} as const satisfies Record<string, Stamped>;

export function stampingProcess(limits: StampingLimits = STANDARD_LIMITS, child = CHILD): Stamping {
  let last: Promise<unknown> = Promise.resolve();
  let asked = 0;
  let running: ChildProcess | null = null;
  let isStopped = false;
  const one = async (...[pdf, lines]: Parameters<StampPdf>): Promise<Stamped> => {
    if (isStopped) return REFUSED.busy;
    running = start(child);
    const stamped = await answerOf(running, { pdf, lines }, limits);
    running = null;
    return stamped;
  };
  return {
    async stamp(pdf, lines) {
      if (asked > limits.waiting) return REFUSED.busy;
      asked += 1;
      // A process that cannot be started is no end of those after it.
      const mine = last.then(() => one(pdf, lines)).catch(() => REFUSED.busy);
      last = mine;
      return mine.finally(() => {
        asked -= 1;
      });
    },
    stop() {
      isStopped = true;
      running?.kill('SIGKILL');
    },
  };
}

/** Without our environment, which has secrets; it reads the code and talks to nobody but us. */
const start = (child: URL): ChildProcess =>
  fork(child, [], {
    execArgv: ['--permission', '--allow-fs-read=*', `--max-old-space-size=${HEAP_MB}`],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

function answerOf(child: ChildProcess, question: object, { ms, bytes }: StampingLimits): Promise<Stamped> {
  return new Promise((resolve) => {
    const done = (stamped: Stamped) => {
      clearTimeout(late);
      clearInterval(look);
      child.kill('SIGKILL');
      resolve(stamped);
    };
    const late = setTimeout(() => done(REFUSED.long), ms);
    const look = setInterval(() => {
      if (residentBytes(child.pid) > bytes) done(REFUSED.long);
    }, LOOK_EACH_MS);
    child.once('message', (message) => done(asBuffer(message as Stamped)));
    child.once('error', () => done(REFUSED.unreadable));
    // Its heap was too small for the document, or the system took it away.
    child.once('exit', (_code, signal) => done(signal === null ? REFUSED.unreadable : REFUSED.long));
    child.send(question, () => undefined);
  });
}

/** Of a process of this machine; 0 where the system does not say, and then time and heap alone bound it. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

const asBuffer = (stamped: Stamped): Stamped =>
  stamped.ok
    ? { ok: true, pdf: Buffer.from(stamped.pdf.buffer, stamped.pdf.byteOffset, stamped.pdf.byteLength) }
    : stamped;
