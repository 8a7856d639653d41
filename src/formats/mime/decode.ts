import { type Problem, problem } from '../../kernel/problems.ts';
import type { MimePart, MimeTree } from './types.ts';

/** A piece of encoded body decoded at a time: large enough for native speed, small enough to be forgotten young (measured). */
const WINDOW = 1 << 16;
/** About as much, in whole lines of base64 as everybody writes them: 76 characters and CRLF. */
const LINES = 78 * 840;

export type ReportProblem = (problem: Problem) => void;

/**
 * The body without its transfer encoding. Unencoded bodies are views into the mail, not copies. What a broken encoding
 * still yields is returned, and `report` hears of it once.
 */
export function decodeBody(tree: MimeTree, part: MimePart, report?: ReportProblem): Buffer {
  if (!isEncoded(part.encoding)) {
    noteUnknown(part, report);
    return tree.bytes.subarray(part.bodyStart, part.end);
  }
  const pieces = [...decodedChunks(tree, part, report)];
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** As `decodeBody`, a little at a time, so that a large attachment is never held decoded as a whole. */
export function* decodedChunks(tree: MimeTree, part: MimePart, report?: ReportProblem): Generator<Buffer> {
  const body = tree.bytes.subarray(part.bodyStart, part.end);
  if (part.encoding === 'base64') yield* base64Chunks(body, () => note(part, report, 'base64'));
  else if (part.encoding === 'quoted-printable')
    yield* quotedChunks(body, () => note(part, report, 'quoted-printable'));
  else {
    noteUnknown(part, report);
    for (let at = 0; at < body.length; at += WINDOW) yield body.subarray(at, at + WINDOW);
  }
}

const isEncoded = (encoding: string): boolean => encoding === 'base64' || encoding === 'quoted-printable';

const note = (part: MimePart, report: ReportProblem | undefined, what: string) =>
  report?.(problem('mime-encoding-broken', part.path, what));

function noteUnknown(part: MimePart, report: ReportProblem | undefined): void {
  if (part.encoding !== '7bit' && part.encoding !== '8bit' && part.encoding !== 'binary')
    report?.(problem('mime-encoding-unknown', part.path, part.encoding.slice(0, 40)));
}

/** RFC 2045 §6.8: characters outside the alphabet are skipped; data after a padding is decoded as a further run. */
function* base64Chunks(body: Buffer, broken: () => void): Generator<Buffer> {
  let carry = '';
  let padded = false;
  let wrong = false;
  for (let at = 0; at < body.length; at += LINES) {
    const text = body.toString('latin1', at, Math.min(at + LINES, body.length));
    if (carry === '' && !padded) {
      const bytes = flawless(text.replaceAll('\r\n', ''));
      if (bytes !== null) {
        padded = text.trimEnd().endsWith('=');
        yield bytes;
        continue;
      }
    }
    const clean = text.replace(/[\r\n\t ]+/g, '');
    const foreign = /[^A-Za-z0-9+/=]/.test(clean);
    wrong ||= foreign;
    const runs = (foreign ? clean.replace(/[^A-Za-z0-9+/=]+/g, '') : clean).split(/=+/);
    for (const [index, run] of runs.entries()) {
      if (run !== '' && padded) wrong = true;
      const whole = carry + run;
      const last = index === runs.length - 1;
      const cut = last ? whole.length - (whole.length % 4) : whole.length;
      carry = whole.slice(cut);
      if (!last) {
        padded = true;
        wrong ||= whole.length % 4 === 1;
      }
      if (cut > 0) yield Buffer.from(whole.slice(0, cut), 'base64');
    }
  }
  if (carry.length === 1) wrong = true;
  if (carry.length > 1) yield Buffer.from(carry, 'base64');
  if (wrong) broken();
}

/**
 * The bytes of whole groups of the alphabet, padded at most at the end; null for anything else. The native decoder
 * passes over what is foreign and stops at a padding, so that its length tells; it takes `-` and `_` for the alphabet.
 */
function flawless(text: string): Buffer | null {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : null;
}

const EQUALS = 61;
const LF = 10;

/** RFC 2045 §6.7, by windows that end after a line or before an `=`, so that no escape is cut. */
function* quotedChunks(body: Buffer, broken: () => void): Generator<Buffer> {
  let wrong = false;
  for (let at = 0; at < body.length; ) {
    let end = Math.min(at + WINDOW, body.length);
    if (end < body.length) {
      const feed = body.subarray(at, end).lastIndexOf(LF);
      const mark = body.subarray(Math.max(at + 1, end - 2), end).indexOf(EQUALS);
      if (feed > 0) end = at + feed + 1;
      else if (mark >= 0) end = Math.max(at + 1, end - 2) + mark;
    }
    const piece = unquote(body.subarray(at, end));
    wrong ||= piece.wrong;
    if (piece.bytes.length > 0) yield piece.bytes;
    at = end;
  }
  if (wrong) broken();
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
