import { type Problem, problem } from '../../kernel/problems.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import type { BodyDecoder } from './body-decoder.ts';
import { UuDecoder } from './uuencode.ts';

/** Encoded bytes decoded at a time: enough for native speed, few enough for the young generation of the heap (measured). */
const WINDOW = 1 << 16;
/** About as much in whole lines of base64, which nearly always have 76 characters and CRLF. */
const LINES = 78 * 840;

export type ReportProblem = (problem: Problem) => void;

/**
 * The body without its transfer encoding. Unencoded bodies are views into the mail, not copies. A broken encoding yields
 * what can still be decoded, and is reported once.
 */
export function decodeBody(tree: MimeTree, part: MimePart, report?: ReportProblem): Buffer {
  if (!isEncoded(part.encoding)) {
    noteUnknown(part, report);
    return tree.bytes.subarray(part.bodyStart, part.end);
  }
  const pieces = [...decodedChunks(tree, part, report)];
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** As `decodeBody`, in pieces, so that the whole of a large decoded attachment is never in memory. */
export function* decodedChunks(tree: MimeTree, part: MimePart, report?: ReportProblem): Generator<Buffer> {
  if (!isEncoded(part.encoding)) noteUnknown(part, report);
  const decoder = openDecoder(part.encoding);
  for (let at = part.bodyStart; at < part.end; ) {
    const end = Math.min(at + decoder.window, part.end);
    const { used, pieces } = decoder.step(tree.bytes.subarray(at, end), end === part.end);
    yield* pieces;
    at += used;
  }
  yield* decoder.end();
  if (decoder.wrong) note(part, report, part.encoding);
}

export function openDecoder(encoding: string): BodyDecoder {
  if (encoding === 'base64') return new Base64Decoder();
  if (UUENCODE.has(encoding)) return new UuDecoder();
  return encoding === 'quoted-printable' ? new QuotedDecoder() : PLAIN;
}

const PLAIN: BodyDecoder = {
  window: WINDOW,
  step: (window) => ({ used: window.length, pieces: [window] }),
  end: () => [],
  fresh: true,
  wrong: false,
};

/** No standard, but written by old mail software. */
const UUENCODE = new Set(['x-uuencode', 'uuencode', 'x-uue', 'uue']);

export const isEncoded = (encoding: string): boolean =>
  encoding === 'base64' || encoding === 'quoted-printable' || UUENCODE.has(encoding);

const note = (part: MimePart, report: ReportProblem | undefined, what: string) =>
  report?.(problem('mime-encoding-broken', part.path, what));

function noteUnknown(part: MimePart, report: ReportProblem | undefined): void {
  if (part.encoding !== '7bit' && part.encoding !== '8bit' && part.encoding !== 'binary')
    report?.(problem('mime-encoding-unknown', part.path, part.encoding.slice(0, 40)));
}

/**
 * RFC 2045 §6.8: characters outside the alphabet are skipped. Data after padding is decoded as a run of its own. A run that
 * is not padded to whole groups of four lacks characters: what follows the gap is shifted, or the end is cut off.
 */
class Base64Decoder implements BodyDecoder {
  readonly window = LINES;
  wrong = false;
  #carry = '';
  #padding = 0;
  /** Characters of the run, padding included. */
  #length = 0;

  get fresh(): boolean {
    return this.#carry === '';
  }

  step(window: Buffer): { used: number; pieces: readonly Buffer[] } {
    const text = window.toString('latin1');
    if (this.#carry === '' && this.#padding === 0) {
      const bytes = flawless(text.replaceAll('\r\n', ''));
      if (bytes !== null) {
        this.#padding = /=*\s*$/.exec(text.slice(-100))?.[0].trim().length ?? 0;
        return { used: window.length, pieces: [bytes] };
      }
    }
    return { used: window.length, pieces: this.#runs(text) };
  }

  #runs(text: string): Buffer[] {
    const clean = text.replace(/[\r\n\t ]+/g, '');
    const foreign = /[^A-Za-z0-9+/=]/.test(clean);
    this.wrong ||= foreign;
    const pieces: Buffer[] = [];
    for (const [run] of (foreign ? clean.replace(/[^A-Za-z0-9+/=]+/g, '') : clean).matchAll(/[^=]+|=+/g)) {
      if (run.startsWith('=')) {
        pieces.push(...this.#endOfRun());
        this.#padding += run.length;
        this.#length += run.length;
        continue;
      }
      if (this.#padding > 0) {
        this.wrong = true;
        this.#padding = 0;
        this.#length = 0;
      }
      this.#length += run.length;
      const whole = this.#carry + run;
      const cut = whole.length - (whole.length % 4);
      this.#carry = whole.slice(cut);
      if (cut > 0) pieces.push(Buffer.from(whole.slice(0, cut), 'base64'));
    }
    return pieces;
  }

  end(): readonly Buffer[] {
    const rest = this.#endOfRun();
    if (this.#length % 4 !== 0 || this.#padding > 2) this.wrong = true;
    return rest;
  }

  #endOfRun(): Buffer[] {
    const rest = this.#carry;
    this.#carry = '';
    return rest.length > 1 ? [Buffer.from(rest, 'base64')] : [];
  }
}

/**
 * The bytes of whole groups of the alphabet, padded at most at the end; null for anything else. The native decoder skips
 * foreign characters and stops at padding, so the length of its result shows both. It would accept `-` and `_`.
 */
function flawless(text: string): Buffer | null {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : null;
}

const EQUALS = 61;
const LF = 10;

/** RFC 2045 §6.7. Windows end after a line or before an `=`, so that no escape is cut. */
class QuotedDecoder implements BodyDecoder {
  readonly window = WINDOW;
  readonly fresh = true;
  wrong = false;

  step(window: Buffer, last: boolean): { used: number; pieces: readonly Buffer[] } {
    let used = window.length;
    if (!last) {
      const near = Math.max(1, used - 2);
      const feed = window.lastIndexOf(LF);
      const mark = window.subarray(near).indexOf(EQUALS);
      if (feed > 0) used = feed + 1;
      else if (mark >= 0) used = near + mark;
    }
    const { bytes, wrong } = unquote(window.subarray(0, used));
    this.wrong ||= wrong;
    return { used, pieces: bytes.length > 0 ? [bytes] : [] };
  }

  end(): readonly Buffer[] {
    return [];
  }
}

function unquote(body: Buffer): { bytes: Buffer; wrong: boolean } {
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  let wrong = false;
  let at = 0;
  while (at < body.length) {
    const mark = body.indexOf(EQUALS, at);
    const stop = mark < 0 ? body.length : mark;
    length += body.copy(out, length, at, stop);
    if (mark < 0) break;
    const high = digit(body[mark + 1]);
    const low = digit(body[mark + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at = mark + 3;
      continue;
    }
    let end = mark + 1;
    while (body[end] === 32 || body[end] === 9) end++;
    if (body[end] === 13) end++;
    if (body[end] === LF || end >= body.length) at = end + 1;
    else {
      out[length++] = EQUALS;
      at = mark + 1;
      wrong = true;
    }
  }
  return { bytes: out.subarray(0, length), wrong };
}

function digit(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
