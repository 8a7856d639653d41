import type { HeaderPair } from '../mail-text.ts';
import { type MimeNode, messageIn, readMimeTree } from '../mime-tree.ts';
import { ImapSyntaxError } from './read-command.ts';

/** The text in the brackets of `BODY[…]` (RFC 3501, 6.4.5): part numbers, then what is wanted of the part. */
const SECTION =
  /^((?:[1-9]\d{0,3}(?:\.[1-9]\d{0,3}){0,30})?)(?:(?:^|\.)(HEADER|TEXT|MIME|HEADER\.FIELDS(?:\.NOT)? \(([^()]+)\)))?$/i;

/** Finds the bytes of a section; null where the message has no such part. */
export type Section = (message: Buffer) => Buffer | null;

export function readSection(text: string): Section {
  if (text === '') return (message) => message;
  const [found, numbers = '', wanted = '', names = ''] = SECTION.exec(text) ?? [];
  const kind = wanted.toUpperCase();
  if (found === undefined || (kind === 'MIME' && numbers === ''))
    throw new ImapSyntaxError(`No such section: ${text.slice(0, 50)}`);
  const path = numbers === '' ? [] : numbers.split('.').map(Number);
  const fields = new Set(names.replaceAll('"', '').toLowerCase().split(/ +/));
  return (message) => {
    const part = partAt(message, path);
    if (part === null) return null;
    if (kind === '') return message.subarray(part.bodyStart, part.end);
    if (kind === 'MIME') return message.subarray(part.start, part.bodyStart);
    // HEADER and TEXT of a part belong to the message inside it.
    const inner = path.length === 0 ? part : messageIn(message, part);
    if (inner === null) return null;
    if (kind === 'TEXT') return message.subarray(inner.bodyStart, inner.end);
    if (kind === 'HEADER') return message.subarray(inner.start, inner.bodyStart);
    const without = kind.startsWith('HEADER.FIELDS.NOT');
    return headerLines(inner.headers.filter(([name]) => fields.has(name.toLowerCase()) !== without));
  };
}

const headerLines = (headers: readonly HeaderPair[]): Buffer =>
  Buffer.from(`${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1');

/** Where a message is not a multipart, its part 1 is the body (RFC 3501, 6.4.5). */
function partAt(message: Buffer, path: readonly number[]): MimeNode | null {
  let part = readMimeTree(message);
  for (const [depth, number] of path.entries()) {
    const whole: MimeNode | null = depth === 0 ? part : messageIn(message, part);
    const { isMultipart, parts } = whole ?? part;
    const next: MimeNode | null | undefined = isMultipart ? parts[number - 1] : number === 1 ? whole : null;
    if (!next) return null;
    part = next;
  }
  return part;
}
