/**
 * Reads the text of each document in a process of its own, one document at a time. A thread would not do: the bytes of a PDF
 * and what they unpack to lie outside a thread's own heap, where only the memory of the whole service bounds them. A process
 * reads some documents and ends; after a document that went wrong it ends at once, so that nothing of it meets the next one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TextReason } from '../../model/document-text.ts';
import type { TextAnswer, TextQuestion } from '../../service/texts/read-document-text.ts';
import { CHILD_READY, type TextChildQuestion } from './child-questions.ts';

export interface TextLimits {
  /** Of one document. */
  readonly ms: number;
  /** Resident memory of the process. */
  readonly bytes: number;
  /** After so many documents a new process begins. */
  readonly documents: number;
  /** Without work for so long, it ends. */
  readonly idleMs: number;
}

export interface TextProcess {
  /** Never rejects: what goes wrong is the answer. */
  read(bytes: Buffer, question: TextQuestion, wantsScan: boolean): Promise<TextAnswer>;
  /** The one that runs now; for tests. */
  readonly pid: number | null;
  stop(): void;
}

const STANDARD_LIMITS: TextLimits = { ms: 30_000, bytes: 1024 * 1024 * 1024, documents: 50, idleMs: 60_000 };
const CHILD = new URL('./text-child.ts', import.meta.url);
const HEAP_MB = 512;
const START_MS = 60_000;
const LOOK_EACH_MS = 100;
const PAGE_BYTES = 4_096;

export function textProcess(limits: TextLimits = STANDARD_LIMITS, url = CHILD): TextProcess {
  let last: Promise<unknown> = Promise.resolve();
  let child: ChildProcess | null = null;
  let read = 0;
  let idle: NodeJS.Timeout | undefined;
  let isStopped = false;
  const end = (): void => {
    child?.kill('SIGKILL');
    child = null;
    read = 0;
  };
  const one = async (asked: TextChildQuestion): Promise<TextAnswer> => {
    if (isStopped) return broken('text-interrupted');
    clearTimeout(idle);
    const running = child?.connected ? child : null;
    const reader = running ?? start(url);
    child = reader;
    // It may be stopped between its word that it is ready and the question.
    if (running === null && (!(await isReady(reader)) || isStopped)) {
      end();
      return broken('text-interrupted');
    }
    const answer = await answerOf(reader, asked, limits);
    read += 1;
    if (answer.state === 'failed' || read >= limits.documents) end();
    idle = setTimeout(end, limits.idleMs).unref();
    return answer;
  };
  return {
    read(bytes, question, wantsScan) {
      const mine = last.then(() => one({ bytes, question, wantsScan })).catch(() => broken('text-interrupted'));
      last = mine;
      return mine;
    },
    get pid() {
      return child?.pid ?? null;
    },
    stop() {
      isStopped = true;
      clearTimeout(idle);
      end();
    },
  };
}

const broken = (reason: TextReason): TextAnswer => ({
  state: 'failed',
  reason,
  extractor: 'none',
  pages: null,
  text: '',
  scan: null,
});

/** Without our environment, which has secrets; it reads the code and talks to nobody but us. One core is all it takes. */
const start = (url: URL): ChildProcess =>
  fork(url, [], {
    execArgv: [
      '--permission',
      '--allow-fs-read=*',
      `--max-old-space-size=${HEAP_MB}`,
      '--single-threaded-gc',
      '--v8-pool-size=0',
    ],
    env: { UV_THREADPOOL_SIZE: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), START_MS);
    const settle = (ready: boolean) => {
      clearTimeout(late);
      resolve(ready);
    };
    child.once('message', (message) => settle(message === CHILD_READY));
    child.once('error', () => settle(false));
    child.once('exit', () => settle(false));
  });
}

function answerOf(child: ChildProcess, asked: TextChildQuestion, { ms, bytes }: TextLimits): Promise<TextAnswer> {
  return new Promise((resolve) => {
    const done = (answer: TextAnswer) => {
      clearTimeout(late);
      clearInterval(look);
      child.removeAllListeners();
      // An error of one that is done with has nobody to tell.
      child.on('error', () => undefined);
      resolve(answer);
    };
    const late = setTimeout(() => done(broken('text-too-long')), ms);
    const look = setInterval(() => {
      if (residentBytes(child.pid) > bytes) done(broken('text-expands'));
    }, LOOK_EACH_MS);
    child.once('message', (message) => done(received(message as TextAnswer)));
    child.once('error', () => done(broken('text-interrupted')));
    // Its heap was too small for the document, or the system took it away.
    child.once('exit', () => done(broken('text-interrupted')));
    child.send(asked, () => undefined);
  });
}

const received = (answer: TextAnswer): TextAnswer =>
  answer.scan === null ? answer : { ...answer, scan: { ...answer.scan, bytes: Buffer.from(answer.scan.bytes) } };

/** Of a process of this machine; 0 where the system does not say, and then time and heap alone bound it. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
