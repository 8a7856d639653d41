/** Recognition of characters by a program that the administrator names: the scan on its input, UTF-8 text on its output. */
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { LIMITS } from '../../kernel/limits.ts';
import type { Scan } from '../../service/texts/read-document-text.ts';

/** A scan of fifty pages takes about as long. */
const LIMIT_MS = 300_000;
const MOST_BYTES = 4 * LIMITS.textKeptBytes;
/** Ours has secrets. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/** `command`: absolute path; its one argument is the media type. Null: it failed, took too long or wrote too much. */
export type Recognise = (scan: Scan, signal: AbortSignal) => Promise<string | null>;

export function ocrCommand(command: string, limitMs = LIMIT_MS): Recognise {
  return ({ bytes, mediaType }, signal) =>
    new Promise((resolve) => {
      // A group of its own, so that what it starts ends with it.
      const child = spawn(command, [mediaType], {
        env: ENVIRONMENT,
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      });
      const pieces: Buffer[] = [];
      let length = 0;
      const done = (text: string | null) => {
        clearTimeout(late);
        signal.removeEventListener('abort', stop);
        if (text === null) killGroup(child.pid);
        resolve(text);
      };
      const stop = () => done(null);
      const late = setTimeout(stop, limitMs);
      signal.addEventListener('abort', stop);
      child.once('error', stop);
      child.once('close', (code) => done(code === 0 ? Buffer.concat(pieces).toString('utf8') : null));
      child.stdout.on('data', (piece: Buffer) => {
        length += piece.length;
        if (length > MOST_BYTES) stop();
        else pieces.push(piece);
      });
      // It may end before it has read everything.
      child.stdin.on('error', () => undefined);
      child.stdin.end(bytes);
      if (child.pid !== undefined) lower(child.pid);
    });
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
