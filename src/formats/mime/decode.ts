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
  /** Characters of a group that is not whole yet, as bits. */
  #bits = 0;
  #held = 0;
  #padding = 0;
  /** Characters of the run, padding included. */
  #length = 0;

  get fresh(): boolean {
    return this.#held === 0;
  }

  step(window: Buffer): { used: number; pieces: readonly Buffer[] } {
    if (this.#held === 0 && this.#padding === 0) {
      const text = window.toString('latin1');
      const bytes = flawless(text.replaceAll('\r\n', ''));
      if (bytes !== null) {
        this.#padding = /=*\s*$/.exec(text.slice(-100))?.[0].trim().length ?? 0;
        return { used: window.length, pieces: [bytes] };
      }
    }
    const bytes = this.#characters(window);
    return { used: window.length, pieces: bytes.length > 0 ? [bytes] : [] };
  }

  /** Character by character: a hostile body has padding everywhere, and its runs would be millions of pieces. */
  #characters(window: Buffer): Buffer {
    const out = Buffer.allocUnsafe(window.length);
    let length = 0;
    for (const octet of window) {
      const value = ALPHABET[octet] ?? FOREIGN;
      if (value < 64) {
        if (this.#padding > 0) {
          this.wrong = true;
          this.#padding = 0;
          this.#length = 0;
        }
        this.#length += 1;
        this.#bits = (this.#bits << 6) | value;
        this.#held += 1;
        if (this.#held < 4) continue;
        out[length] = this.#bits >> 16;
        out[length + 1] = this.#bits >> 8;
        out[length + 2] = this.#bits;
        length += 3;
        this.#bits = 0;
        this.#held = 0;
      } else if (value === PADDING) {
        length = this.#endOfRun(out, length);
        this.#padding += 1;
        this.#length += 1;
      } else if (value === FOREIGN) this.wrong = true;
    }
    return out.subarray(0, length);
  }

  end(): readonly Buffer[] {
    const out = Buffer.alloc(2);
    const length = this.#endOfRun(out, 0);
    if (this.#length % 4 !== 0 || this.#padding > 2) this.wrong = true;
    return length > 0 ? [out.subarray(0, length)] : [];
  }

  /** The whole bytes of a group that was cut off. */
  #endOfRun(out: Buffer, from: number): number {
    const bytes = Math.max(0, this.#held - 1);
    const bits = this.#bits << (6 * (4 - this.#held));
    for (let at = 0; at < bytes; at++) out[from + at] = bits >> (16 - 8 * at);
    this.#bits = 0;
    this.#held = 0;
    return from + bytes;
  }
}

const [PADDING, BLANK, FOREIGN] = [64, 65, 66];
/** What each octet is in base64: its value, padding, white space, or nothing. */
const ALPHABET = new Uint8Array(256).fill(FOREIGN);
for (const [value, octet] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=').entries())
  ALPHABET[octet] = value;
for (const octet of Buffer.from('\r\n\t ')) ALPHABET[octet] = BLANK;

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
    const octet = body[at] ?? 0;
    if (octet !== EQUALS) {
      out[length++] = octet;
      at += 1;
      continue;
    }
    const high = digit(body[at + 1]);
    const low = digit(body[at + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at += 3;
      continue;
    }
    let end = at + 1;
    while (body[end] === 32 || body[end] === 9) end++;
    if (body[end] === 13) end++;
    if (body[end] === LF || end >= body.length) at = end + 1;
    else {
      out[length++] = EQUALS;
      at += 1;
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
