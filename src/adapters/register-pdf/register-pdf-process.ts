/**
 * Writes each register in a process of its own: thousands of rows are laid out, and nobody who registers waits for them. What
 * they unpack to is bounded by that process, not by the service.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RegisterPdfError, type WriteRegisterPdf } from '../../service/daily-register/ports.ts';

const CHILD = new URL('./register-pdf-child.ts', import.meta.url);
/** For a day of tens of thousands of registrations. */
const HEAP_MB = 256;
const LONGEST_MS = 10 * 60_000;
const MOST_SAID = 2_000;

/** `longestMs`: after it, the process is ended and nothing is kept. */
export const registerPdfProcess =
  (longestMs = LONGEST_MS, child = CHILD): WriteRegisterPdf =>
  async (frame, xmlSha256, lines, keep) => {
    const running = start(child);
    const late = setTimeout(() => running.kill('SIGKILL'), longestMs);
    try {
      const whole = wholeOf(running);
      const fed = pipeline(Readable.from(asJson({ frame, xmlSha256 }, lines)), running.stdin);
      const [kept, told] = await Promise.allSettled([keep(whole), fed]);
      // Where the rows cannot be read, the process ends for want of them: the reason is theirs.
      if (told.status === 'rejected' && !isClosedPipe(told.reason)) throw told.reason;
      if (kept.status === 'rejected') throw kept.reason;
      return kept.value;
    } finally {
      clearTimeout(late);
      running.kill('SIGKILL');
    }
  };

type Running = ChildProcessByStdio<Writable, Readable, Readable>;

/** Without our environment, which has secrets; it reads the code and the fonts, and may write and start nothing. */
const start = (child: URL): Running =>
  spawn(process.execPath, ['--permission', '--allow-fs-read=*', `--max-old-space-size=${HEAP_MB}`, child.pathname], {
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });

async function* asJson(request: object, lines: AsyncIterable<object>): AsyncGenerator<string> {
  yield `${JSON.stringify(request)}\n`;
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

const isClosedPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');

/** What the process writes; it ends well only when the process did. */
function wholeOf(running: Running): Readable {
  const whole = new PassThrough();
  let said = '';
  running.stderr.on('data', (piece: Buffer) => {
    if (said.length < MOST_SAID) said += piece.toString('latin1').slice(0, MOST_SAID);
  });
  running.stdout.pipe(whole, { end: false });
  running.once('error', (error) => whole.destroy(error));
  running.once('close', (code, signal) => {
    if (code === 0) whole.end();
    else whole.destroy(new RegisterPdfError(`the register could not be written as PDF (${signal ?? code}): ${said}`));
  });
  return whole;
}
