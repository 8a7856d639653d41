import { LIMITS } from '../../kernel/limits.ts';

/**
 * What the bytes alone show, before any parser sees them. A document with declarations of its own (entities, defaults), in
 * an encoding in which markup could hide, or with far too much markup goes no further.
 */
const ENCODING = /^<\?xml\s[^>]{0,200}?\sencoding\s*=\s*["']([^"']{0,40})["']/;
const READABLE = /^(?:utf-?8|(?:us-)?ascii|iso-?_?8859-1?5?|latin-?[19]|l1|(?:windows|cp)-?1252)$/i;

/** Each declaration slows every lookup; a sealed segnatura has some twenty. */
const NAMESPACE_DECLARATIONS = 1_000;

/** Start and end tag of every element, and some comments. The memory of a larger tree would never be given back. */
const TAGS = 2.5 * LIMITS.xmlElements;
/** The shortest element is `<a/>`. */
const WORTH_COUNTING = 4 * LIMITS.xmlElements;

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const [QUOTE, APOSTROPHE, CLOSE, BRACKET] = [0x22, 0x27, 0x3e, 0x5b];

/** Why these bytes must not reach a parser (Italian, part of a sentence), or null. */
export function prologRefusal(input: Uint8Array): string | null {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const first = bytes[start];
  if (first !== 0x3c && (first === undefined || !SPACE.has(first)))
    return 'non è un documento XML in una codifica ammessa';
  if (bytes[start + 1] === 0) return 'codifica dei caratteri non ammessa';
  const encoding = ENCODING.exec(bytes.toString('latin1', start, start + 300))?.[1];
  if (encoding !== undefined && !READABLE.test(encoding)) return `codifica dei caratteri non ammessa: ${encoding}`;
  if (hasInternalSubset(bytes, start)) return 'dichiarazioni interne nel DOCTYPE';
  if (bytes.length > WORTH_COUNTING && exceeds(bytes, '<', TAGS)) return 'troppi elementi';
  if (exceeds(bytes, 'xmlns', NAMESPACE_DECLARATIONS)) return 'troppe dichiarazioni di spazi di nomi';
  return null;
}

function hasInternalSubset(bytes: Buffer, start: number): boolean {
  let at = start;
  for (;;) {
    while (SPACE.has(bytes[at] ?? 0)) at += 1;
    if (startsWith(bytes, at, '<!--')) at = after(bytes, at + 4, '-->');
    else if (startsWith(bytes, at, '<?')) at = after(bytes, at + 2, '?>');
    else return startsWith(bytes, at, '<!DOCTYPE') && bracketBeforeEnd(bytes, at);
  }
}

function bracketBeforeEnd(bytes: Buffer, start: number): boolean {
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === BRACKET) return true;
    if (byte === CLOSE) return false;
    if (byte === QUOTE || byte === APOSTROPHE) {
      at = bytes.indexOf(byte, at + 1);
      if (at < 0) return false;
    }
  }
  return false;
}

const startsWith = (bytes: Buffer, at: number, text: string): boolean =>
  bytes.toString('latin1', at, at + text.length) === text;

const after = (bytes: Buffer, at: number, text: string): number => {
  const found = bytes.indexOf(text, at, 'latin1');
  return found < 0 ? bytes.length : found + text.length;
};

function exceeds(bytes: Buffer, text: string, most: number): boolean {
  let at = -1;
  for (let count = 0; count <= most; count += 1) {
    at = bytes.indexOf(text, at + 1, 'latin1');
    if (at < 0) return false;
  }
  return true;
}
