import { decodeCharset, isCharset } from '../charset/decode-charset.ts';
import { unpercent } from './percent.ts';

export interface Parameter {
  /** Raw latin1; decoded text where it came in the extended form of RFC 2231. */
  readonly value: string;
  readonly extended: boolean;
}

export interface Parameterised {
  /** What stands before the first `;`, lower case. */
  readonly main: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

interface Section {
  readonly index: number;
  readonly extended: boolean;
  readonly value: string;
}

/** `value; name=token; name="quoted"; name*0*=…` (RFC 2045 §5.1, RFC 2231 §3-4), lenient, one pass. */
export function parseParameterised(field: string): Parameterised {
  const semicolon = field.indexOf(';');
  const main = (semicolon < 0 ? field : field.slice(0, semicolon)).trim().toLowerCase();
  const plain = new Map<string, Parameter>();
  if (semicolon < 0) return { main, parameters: plain };
  const sections = new Map<string, Section[]>();
  for (const [name, value] of pairs(field, semicolon + 1)) {
    const star = name.indexOf('*');
    if (star < 0) {
      if (!plain.has(name)) plain.set(name, { value, extended: false });
      continue;
    }
    const section = readSection(name.slice(star), value);
    const base = name.slice(0, star);
    const known = sections.get(base);
    if (known) known.push(section);
    else sections.set(base, [section]);
  }
  for (const [base, parts] of sections) {
    const value = join(parts);
    if (value !== '' || !plain.has(base)) plain.set(base, { value, extended: true });
  }
  return { main, parameters: plain };
}

/** `*` is one extended value, `*3` a plain and `*3*` an extended continuation. */
function readSection(suffix: string, value: string): Section {
  const extended = suffix.endsWith('*');
  const index = Number.parseInt(suffix.slice(1), 10);
  return { index: Number.isSafeInteger(index) ? index : 0, extended, value };
}

/** Some clients leave out the star of the section that has the charset: then they have left it out of all. */
function join(sections: Section[]): string {
  sections.sort((a, b) => a.index - b.index);
  const isStarred = sections[0]?.extended ?? false;
  const prefix = /^([^']*)'[^']*'(.*)$/s.exec(sections[0]?.value ?? '');
  const declared = prefix !== null && (isStarred || isCharset(prefix[1] ?? '')) ? prefix : null;
  const bytes = sections.map(({ value, extended }, at) => {
    const text = at === 0 && declared !== null ? (declared[2] ?? '') : value;
    return extended || (declared !== null && !isStarred) ? unpercent(text) : Buffer.from(text, 'latin1');
  });
  return decodeCharset(Buffer.concat(bytes), declared?.[1] ?? '');
}

function* pairs(field: string, from: number): Generator<[string, string]> {
  let at = from;
  let equals = -1;
  while (at < field.length) {
    // Searched again only once it lies behind: a field of many `;` must not be searched to its end for each.
    if (equals < at) equals = field.indexOf('=', at);
    const next = field.indexOf(';', at);
    if (equals < 0) return;
    if (next >= 0 && next < equals) {
      at = next + 1;
      continue;
    }
    const name = field.slice(at, equals).trim().toLowerCase();
    const [value, end] = readValue(field, equals + 1, /^(?:file)?name(?:\*|$)/.test(name));
    if (name !== '') yield [name, value];
    at = end;
  }
}

/** The value at `from` and where the next parameter starts. Only names of files are read with the freedoms of real clients. */
function readValue(field: string, from: number, isName: boolean): [string, number] {
  let at = from;
  while (field[at] === ' ' || field[at] === '\t') at++;
  if (field[at] !== '"') {
    const next = field.indexOf(';', at);
    const end = next < 0 ? field.length : next;
    return [field.slice(at, end).trim(), end + 1];
  }
  const start = ++at;
  while (at < field.length && field[at] !== '"') {
    // In a path of Windows a backslash escapes nothing.
    if (field[at] === '\\' && (!isName || /["\\]/.test(field[at + 1] ?? ''))) at++;
    at++;
  }
  const next = field.indexOf(';', at);
  const end = next < 0 ? field.length : next;
  const text = isName ? withInnerQuotes(field, start, at, end) : field.slice(start, at);
  if (!text.includes('\\')) return [text, end + 1];
  return [text.replace(isName ? /\\(["\\])/g : /\\(.)/g, '$1'), end + 1];
}

/**
 * `"Delibera "Piano" 12.pdf"`: what stands between the quotation mark that would close the value and another at the end
 * belongs to the name, unless it looks like a parameter whose `;` was forgotten.
 */
function withInnerQuotes(field: string, start: number, quote: number, end: number): string {
  const behind = field.slice(quote + 1, end).trimEnd();
  return behind.endsWith('"') && !/^\s*[\w*-]+\s*=/.test(behind)
    ? field.slice(start, quote + 1 + behind.length - 1)
    : field.slice(start, quote);
}
