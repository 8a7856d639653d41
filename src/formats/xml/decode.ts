import { isAscii, isUtf8 } from 'node:buffer';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';

/**
 * From bytes to text. Two families of encodings are read: UTF-8, and the single-byte ones of western Europe that the
 * 2001 form uses. In real mail the declaration is often wrong: the bytes win, and the difference becomes a problem.
 * Encodings that could smuggle markup past the checks (UTF-7, UTF-16, EBCDIC …) are refused; lawful UTF-16 has become UTF-8
 * before it comes here.
 */
export interface DecodedText {
  readonly text: string;
  /** What the bytes really are. */
  readonly encoding: 'utf-8' | 'windows-1252' | 'iso-8859-15';
  /** True when a parser that believes the declaration would read something else. */
  readonly differs: boolean;
  readonly problems: readonly Problem[];
}

const DECLARED = /^<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]{0,39})["']/;

const UTF8_NAMES = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);
const LATIN1_NAMES = new Set([
  'iso-8859-1',
  'iso8859-1',
  'iso_8859-1',
  'latin1',
  'latin-1',
  'l1',
  'windows-1252',
  'cp1252',
  'cp-1252',
]);
const LATIN9_NAMES = new Set(['iso-8859-15', 'iso8859-15', 'iso_8859-15', 'latin9', 'latin-9']);

/** Windows-1252 between 0x80 and 0x9F; its five holes stay the control characters they are in ISO-8859-1. */
const CP1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

const LATIN9: ReadonlyMap<string, string> = new Map([
  ['\xa4', '\u20ac'],
  ['\xa6', '\u0160'],
  ['\xa8', '\u0161'],
  ['\xb4', '\u017d'],
  ['\xb8', '\u017e'],
  ['\xbc', '\u0152'],
  ['\xbd', '\u0153'],
  ['\xbe', '\u0178'],
]);

const HIGH_CONTROLS = /[\x80-\x9f]/;

export function decodeXml(bytes: Uint8Array): Result<DecodedText> {
  const wide = wideEncoding(bytes);
  if (wide !== null) return refuse(problem('xml-encoding-unsupported', '', wide));
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(marked ? 3 : 0);
  const declared = declaredEncoding(body) ?? 'utf-8';
  if (!UTF8_NAMES.has(declared) && !LATIN1_NAMES.has(declared) && !LATIN9_NAMES.has(declared)) {
    return refuse(problem('xml-encoding-unsupported', '', declared.toUpperCase()));
  }
  if (isAscii(body)) {
    return ok({ text: body.toString('latin1'), encoding: 'utf-8', differs: false, problems: [] });
  }
  const declaresUtf8 = UTF8_NAMES.has(declared) || marked;
  if (isUtf8(body)) {
    // Every byte above 0x7F is part of a well-formed sequence. That practically never happens in real ISO-8859-1 text,
    // so the bytes are believed rather than the declaration.
    const problems = declaresUtf8 ? [] : [disagreement(declared, 'UTF-8')];
    return ok({ text: body.toString('utf8'), encoding: 'utf-8', differs: !declaresUtf8, problems });
  }
  const latin = body.toString('latin1');
  if (LATIN9_NAMES.has(declared)) {
    const text = latin.replace(/[\xa4\xa6\xa8\xb4\xb8\xbc-\xbe]/g, (c) => LATIN9.get(c) ?? c);
    return ok({ text, encoding: 'iso-8859-15', differs: false, problems: [] });
  }
  const high = HIGH_CONTROLS.test(latin);
  const text = high ? latin.replace(/[\x80-\x9f]/g, (c) => CP1252[c.charCodeAt(0) - 0x80] ?? c) : latin;
  const honest = !declaresUtf8 && (!high || declared.includes('1252'));
  const problems = honest ? [] : [disagreement(declared, high ? 'Windows-1252' : 'ISO-8859-1')];
  return ok({ text, encoding: 'windows-1252', differs: !honest, problems });
}

const disagreement = (declared: string, real: string): Problem =>
  problem('xml-encoding', '', `dichiarata ${declared.toUpperCase()}, effettiva ${real}`);

/** The encoding that the XML declaration names, in lower case; null where it names none. */
export const declaredEncoding = (body: Buffer): string | null =>
  DECLARED.exec(body.toString('latin1', 0, 300))?.[1]?.toLowerCase() ?? null;

/** Name of an encoding whose first bytes are not ASCII (XML 1.0, appendix F), or null. */
export function wideEncoding(bytes: Uint8Array): string | null {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  if ((a === 0 && b === 0) || (a === 0xff && b === 0xfe && c === 0 && d === 0)) return 'UTF-32';
  if (a === 0x3c && b === 0 && c === 0 && d === 0) return 'UTF-32';
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'UTF-16';
  if ((a === 0 && b === 0x3c) || (a === 0x3c && b === 0)) return 'UTF-16';
  if (a === 0x4c && b === 0x6f && c === 0xa7 && d === 0x94) return 'EBCDIC';
  if (a === 0x2b && b === 0x2f && c === 0x76) return 'UTF-7';
  return null;
}
