/** A page as a stream of marks, read roughly as browsers do. Linear in its length; never throws. */

export type HtmlToken =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: 'close'; readonly name: string }
  /** The content of an element in which nothing is a mark: a script, a style sheet. */
  | { readonly type: 'raw'; readonly name: string; readonly text: string };

const RAW = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'plaintext',
]);
/** Real elements have a dozen. */
const MOST_ATTRIBUTES = 50;
const BLANKS = /[\s/]*/y;
const ATTRIBUTE = /([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y;
const NAME = /[a-zA-Z][^\s/>]*/y;

export function* htmlTokens(text: string): Generator<HtmlToken> {
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('<', at);
    if (next < 0) return yield { type: 'text', text: text.slice(at) };
    if (next > at) yield { type: 'text', text: text.slice(at, next) };
    const after = text[next + 1] ?? '';
    if (after === '!' || after === '?') at = afterDeclaration(text, next);
    else if (after === '/' && isLetter(text[next + 2])) {
      const name = nameAt(text, next + 2);
      yield { type: 'close', name };
      at = afterMark(text, next + 2 + name.length);
    } else if (isLetter(after)) {
      const name = nameAt(text, next + 1);
      const { attributes, end } = attributesAt(text, next + 1 + name.length);
      yield { type: 'open', name, attributes };
      at = end;
      if (!RAW.has(name)) continue;
      const stop = endOfRaw(text, name, at);
      yield { type: 'raw', name, text: text.slice(at, stop) };
      at = stop;
    } else {
      yield { type: 'text', text: '<' };
      at = next + 1;
    }
  }
}

const isLetter = (char: string | undefined): boolean => char !== undefined && /[a-zA-Z]/.test(char);

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return (NAME.exec(text)?.[0] ?? '').toLowerCase();
}

function afterDeclaration(text: string, at: number): number {
  if (!text.startsWith('<!--', at)) return afterMark(text, at);
  const end = text.indexOf('-->', at + 4);
  return end < 0 ? text.length : end + 3;
}

function afterMark(text: string, at: number): number {
  const end = text.indexOf('>', at);
  return end < 0 ? text.length : end + 1;
}

function attributesAt(text: string, from: number): { attributes: ReadonlyMap<string, string>; end: number } {
  const attributes = new Map<string, string>();
  let at = from;
  while (at < text.length) {
    BLANKS.lastIndex = at;
    at += BLANKS.exec(text)?.[0].length ?? 0;
    if (text[at] === '>') return { attributes, end: at + 1 };
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    // A lone `=` begins no attribute.
    if (found === null) {
      at += 1;
      continue;
    }
    const [whole, name = '', double, single, bare] = found;
    const key = name.toLowerCase();
    if (attributes.size < MOST_ATTRIBUTES && !attributes.has(key)) attributes.set(key, double ?? single ?? bare ?? '');
    at += whole.length;
  }
  return { attributes, end: text.length };
}

/** Where nothing closes it, the rest of the page belongs to it. */
function endOfRaw(text: string, name: string, from: number): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  close.lastIndex = from;
  return close.exec(text)?.index ?? text.length;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['tab', '\t'],
  ['newline', '\n'],
  ['colon', ':'],
  ['sol', '/'],
  ['lpar', '('],
  ['rpar', ')'],
]);

/** An attribute's value as it is meant: references that may hide an address are resolved. */
export const resolved = (value: string): string =>
  value.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));?/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name !== undefined) return NAMED.get(name.toLowerCase()) ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
    },
  );
