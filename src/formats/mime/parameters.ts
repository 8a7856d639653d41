import { decodeCharset } from '../charset/decode-charset.ts';

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
  for (const [base, parts] of sections) plain.set(base, { value: join(parts), extended: true });
  return { main, parameters: plain };
}

/** `*` is one extended value, `*3` a plain and `*3*` an extended continuation. */
function readSection(suffix: string, value: string): Section {
  const extended = suffix.endsWith('*');
  const index = Number.parseInt(suffix.slice(1), 10);
  return { index: Number.isSafeInteger(index) ? index : 0, extended, value };
}

function join(sections: Section[]): string {
  sections.sort((a, b) => a.index - b.index);
  const bytes: Buffer[] = [];
  let charset = 'utf-8';
  let first = true;
  for (const section of sections) {
    let text = section.value;
    if (section.extended && first) {
      const [declared = '', , ...rest] = text.split("'");
      if (rest.length > 0) {
        charset = declared || charset;
        text = rest.join("'");
      }
    }
    first = false;
    bytes.push(section.extended ? unpercent(text) : Buffer.from(text, 'latin1'));
  }
  return decodeCharset(Buffer.concat(bytes), charset);
}

const unpercent = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

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
    const [value, end] = readValue(field, equals + 1);
    if (name !== '') yield [name, value];
    at = end;
  }
}

/** The value at `from` and where the next parameter starts. */
function readValue(field: string, from: number): [string, number] {
  let at = from;
  while (field[at] === ' ' || field[at] === '\t') at++;
  if (field[at] !== '"') {
    const next = field.indexOf(';', at);
    const end = next < 0 ? field.length : next;
    return [field.slice(at, end).trim(), end + 1];
  }
  const start = ++at;
  let escaped = false;
  while (at < field.length && field[at] !== '"') {
    if (field[at] === '\\') {
      escaped = true;
      at++;
    }
    at++;
  }
  const text = field.slice(start, at);
  const next = field.indexOf(';', at);
  return [escaped ? text.replace(/\\(.)/g, '$1') : text, next < 0 ? field.length : next + 1];
}
