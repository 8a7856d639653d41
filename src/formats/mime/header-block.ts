import type { Limits } from '../../kernel/limits.ts';
import type { HeaderField, MimePart } from '../../model/mime.ts';

export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  readonly bodyStart: number;
  readonly tooLarge: boolean;
  readonly tooMany: boolean;
  /** The first line that is neither a field nor a continuation, shortened; null where there is none. */
  readonly broken: string | null;
}

const LF = 10;
const CR = 13;
const NAME = /^[!-9;-~]+$/;

/** Reads the fields between `start` and the first empty line. CRLF and LF may be mixed. */
export function readHeaderBlock(bytes: Buffer, start: number, end: number, limits: Limits): HeaderBlock {
  const none = { fields: [], tooLarge: false, tooMany: false, broken: null };
  if (start >= end) return { ...none, bodyStart: end };
  if (bytes[start] === LF) return { ...none, bodyStart: start + 1 };
  if (bytes[start] === CR && bytes[start + 1] === LF) return { ...none, bodyStart: Math.min(start + 2, end) };
  // A window first: the empty line is nearly always near, and mail with LF must not be searched to its end for CRLF.
  const windowEnd = Math.min(end, start + limits.headerBytes + 3);
  const blank = blankLine(bytes, start, windowEnd) ?? (windowEnd < end ? blankLine(bytes, start, end) : null);
  const [headerEnd, bodyStart] = blank ?? [end, end];
  const tooLarge = headerEnd - start > limits.headerBytes;
  const text = bytes.toString('latin1', start, tooLarge ? start + limits.headerBytes : headerEnd);
  return { ...readFields(text, limits.headerCount), bodyStart, tooLarge };
}

function blankLine(bytes: Buffer, start: number, end: number): [headerEnd: number, bodyStart: number] | null {
  const region = bytes.subarray(start, end);
  const crlf = region.indexOf('\n\r\n', 0, 'latin1');
  const lf = (crlf < 0 ? region : region.subarray(0, crlf + 1)).indexOf('\n\n', 0, 'latin1');
  if (lf >= 0) return [start + lf + 1, start + lf + 2];
  return crlf >= 0 ? [start + crlf + 1, start + crlf + 3] : null;
}

function readFields(text: string, most: number): Pick<HeaderBlock, 'fields' | 'tooMany' | 'broken'> {
  const fields: HeaderField[] = [];
  let broken: string | null = null;
  let name: string | null = null;
  let lines: string[] = [];
  const flush = () => {
    if (name !== null) fields.push({ name, value: (lines.length === 1 ? (lines[0] ?? '') : lines.join('')).trim() });
    name = null;
  };
  let from = 0;
  while (from < text.length) {
    const feed = text.indexOf('\n', from);
    const stop = feed < 0 ? text.length : feed;
    const line = text.slice(from, stop > from && text.charCodeAt(stop - 1) === CR ? stop - 1 : stop);
    const first = line.charCodeAt(0);
    from = stop + 1;
    if (first === 32 || first === 9) {
      if (name !== null) lines.push(line);
      continue;
    }
    flush();
    const colon = line.indexOf(':');
    const candidate = colon > 0 ? line.slice(0, colon).trimEnd() : '';
    if (NAME.test(candidate)) {
      if (fields.length >= most) return { fields, tooMany: true, broken };
      name = candidate.toLowerCase();
      lines = [line.slice(colon + 1)];
    } else if (fields.length > 0 || !/^>?From /.test(line)) broken ??= line.slice(0, 40);
  }
  flush();
  return { fields, tooMany: false, broken };
}

/** The first field of that name (lower case), not decoded, or null. */
export function header(part: MimePart, name: string): string | null {
  for (const field of part.headers) if (field.name === name) return field.value;
  return null;
}

/** All fields of that name (lower case), in order, not decoded. */
export function headers(part: MimePart, name: string): readonly string[] {
  return part.headers.filter((field) => field.name === name).map((field) => field.value);
}
