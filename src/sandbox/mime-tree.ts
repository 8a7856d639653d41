import { type HeaderPair, latin1 } from './mail-text.ts';
import { headerValue, readHeaders } from './submission.ts';

/** A message or one of its parts, as offsets into the message: nothing is copied or decoded. */
export interface MimeNode {
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly headers: readonly HeaderPair[];
  /** In small letters; `text/plain` by default (RFC 2045, 5.2). */
  readonly type: string;
  /** Empty where it is not a multipart. */
  readonly parts: readonly MimeNode[];
  readonly isMultipart: boolean;
  /** How many multiparts and messages enclose it. */
  readonly depth: number;
}

const MAX_DEPTH = 20;

export function readMimeTree(message: Buffer, start = 0, end = message.length, depth = 0): MimeNode {
  const { headers, bodyStart } = readHeaders(message, start, end);
  const field = headerValue(headers, 'content-type');
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(field)?.[1]?.toLowerCase() ?? 'text/plain';
  const boundary = type.startsWith('multipart/') ? fieldParameter(field, 'boundary') : null;
  const own = { start, bodyStart, end, headers, type, depth };
  if (boundary === null || depth >= MAX_DEPTH) return { ...own, parts: [], isMultipart: false };
  const parts: MimeNode[] = [];
  const marks = boundaryLines(message, boundary, bodyStart, end);
  for (const [index, mark] of marks.entries()) {
    const next = marks[index + 1];
    if (mark.last || !next) break;
    parts.push(readMimeTree(message, mark.after, Math.max(mark.after, next.before), depth + 1));
  }
  return { ...own, parts, isMultipart: true };
}

/** The message inside a part of type message/rfc822; null for other types, and where the nesting is too deep. */
export const messageIn = (message: Buffer, { type, bodyStart, end, depth }: MimeNode): MimeNode | null =>
  type === 'message/rfc822' && depth < MAX_DEPTH ? readMimeTree(message, bodyStart, end, depth + 1) : null;

/** The parts without parts of their own, in the order of the message. */
export const leavesOf = (part: MimeNode): readonly MimeNode[] =>
  part.isMultipart ? part.parts.flatMap(leavesOf) : [part];

/** The body of a part without its transfer encoding. */
export function decodedContent(message: Buffer, leaf: MimeNode): Buffer {
  const body = message.subarray(leaf.bodyStart, leaf.end);
  switch (headerValue(leaf.headers, 'content-transfer-encoding').trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return latin1(
        body
          .toString('latin1')
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      );
    default:
      return body;
  }
}

/** The delimiter lines: where each begins, including the line break before it, and where the next line begins. */
function boundaryLines(message: Buffer, boundary: string, start: number, end: number) {
  const marks: { readonly before: number; readonly after: number; readonly last: boolean }[] = [];
  const delimiter = latin1(`--${boundary}`);
  // Only within the part: otherwise each of many small parts would scan the whole message.
  const region = message.subarray(0, end);
  for (let at = region.indexOf(delimiter, start); at >= 0; at = region.indexOf(delimiter, at + 1)) {
    if (at !== start && message[at - 1] !== 10) continue;
    const line = region.indexOf('\r\n', at, 'latin1');
    const after = line < 0 ? end : line + 2;
    const tail = message
      .toString('latin1', at + delimiter.length, Math.min(line < 0 ? end : line, at + delimiter.length + 200))
      .trimEnd();
    if (tail !== '' && tail !== '--') continue;
    marks.push({ before: at - 2, after, last: tail === '--' });
  }
  return marks;
}

const PARAMETER = /;\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))/g;

/** The parameters of a Content-Type or Content-Disposition as written, with names in small letters. */
export const fieldParameters = (field: string): readonly (readonly [name: string, value: string])[] =>
  [...field.matchAll(PARAMETER)].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']);

/** One parameter, also in the form of RFC 2231 (`name*`), but not in several pieces. */
export const fieldParameter = (field: string, name: string): string | null =>
  fieldParameters(field).find(([key]) => key === name || key === `${name}*`)?.[1] ?? null;
