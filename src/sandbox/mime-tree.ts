import { type HeaderPair, latin1 } from './mail-text.ts';
import { headerValue, readHeaders } from './submission.ts';

/** A message or one of its parts, as offsets into the message: nothing is copied or decoded. */
export interface MimeNode {
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly headers: readonly HeaderPair[];
  /** In small letters; `text/plain` where none is given (RFC 2045, 5.2). */
  readonly type: string;
  /** Of a multipart with a boundary; empty for all else. */
  readonly parts: readonly MimeNode[];
  readonly isMultipart: boolean;
  /** How many multiparts and messages stand around it. */
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

/** The message inside a part of type message/rfc822; null where there is none, or where too much stands around it. */
export const messageIn = (message: Buffer, { type, bodyStart, end, depth }: MimeNode): MimeNode | null =>
  type === 'message/rfc822' && depth < MAX_DEPTH ? readMimeTree(message, bodyStart, end, depth + 1) : null;

/** The parts that hold no further parts, in the order of the message. */
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

/** Where each delimiter line begins (its leading line break included) and where the line after it begins. */
function boundaryLines(message: Buffer, boundary: string, start: number, end: number) {
  const marks: { readonly before: number; readonly after: number; readonly last: boolean }[] = [];
  const delimiter = latin1(`--${boundary}`);
  // Not beyond the part: otherwise many small parts would each scan the whole message.
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

/** The parameters of a Content-Type or Content-Disposition as they are written, names in small letters. */
export const fieldParameters = (field: string): readonly (readonly [name: string, value: string])[] =>
  [...field.matchAll(PARAMETER)].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']);

/** Also where it is written in the form of RFC 2231 in one piece (`name*`). */
export const fieldParameter = (field: string, name: string): string | null =>
  fieldParameters(field).find(([key]) => key === name || key === `${name}*`)?.[1] ?? null;
