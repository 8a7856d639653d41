/** Text of RTF (1.9.1): groups, control words, characters by code page and by Unicode. What formats and embeds is left out. */
import { decodeCharset } from '../charset/decode-charset.ts';
import type { TextSink } from './text-sink.ts';

/** Destinations that hold no text of the document. */
const ASIDE = new Set([
  ...['fonttbl', 'colortbl', 'stylesheet', 'listtable', 'listoverridetable', 'rsidtbl', 'generator', 'info', 'pict'],
  ...[
    'object',
    'themedata',
    'colorschememapping',
    'datastore',
    'latentstyles',
    'xmlnstbl',
    'fldinst',
    'filetbl',
    'revtbl',
  ],
]);
const SAID: ReadonlyMap<string, string> = new Map([
  ...['par', 'line', 'sect', 'page', 'row'].map((word) => [word, '\n'] as const),
  ...['tab', 'cell', 'nestcell'].map((word) => [word, '\t'] as const),
  ['emdash', '\u2014'],
  ['endash', '\u2013'],
  ['lquote', '\u2018'],
  ['rquote', '\u2019'],
  ['ldblquote', '\u201c'],
  ['rdblquote', '\u201d'],
  ['bullet', '\u2022'],
]);
const MOST_DEPTH = 1_000;
const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}]+)/gy;

interface Group {
  readonly isAside: boolean;
  readonly unicodeSkip: number;
}

/** Linear in its length; never throws. */
export function addRtfText(bytes: Buffer, sink: TextSink): void {
  const text = bytes.toString('latin1');
  const outer: Group[] = [];
  let group: Group = { isAside: false, unicodeSkip: 1 };
  let charset = 'windows-1252';
  /** Characters that follow a Unicode one, for readers that do not know it. */
  let skip = 0;
  const add = (piece: string): void => {
    if (!group.isAside) sink.add(piece);
  };
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token !== null && !sink.isFull; token = TOKEN.exec(text)) {
    const [, word, number, hex, symbol, brace, plain] = token;
    if (brace === '{') {
      if (outer.length < MOST_DEPTH) outer.push(group);
      skip = 0;
    } else if (brace === '}') {
      group = outer.pop() ?? group;
      skip = 0;
    } else if (plain !== undefined) {
      const seen = plain.replace(/[\r\n]/g, '');
      add(seen.slice(skip));
      skip = Math.max(0, skip - seen.length);
    } else if (hex !== undefined) {
      if (skip > 0) skip -= 1;
      else add(decodeCharset(Buffer.from(hex, 'hex'), charset));
    } else if (symbol !== undefined) {
      if (symbol === '*') group = { ...group, isAside: true };
      else if (symbol === '~') add(' ');
      else if (symbol === '_') add('-');
      else if ('\\{}'.includes(symbol)) add(symbol);
      else if (symbol === '\n' || symbol === '\r') add('\n');
    } else if (word === 'u') {
      add(String.fromCharCode(Number(number ?? 0) & 0xffff));
      skip = group.unicodeSkip;
    } else if (word === 'uc') group = { ...group, unicodeSkip: Math.min(8, Math.max(0, Number(number ?? 1))) };
    else if (word === 'bin') TOKEN.lastIndex += Math.max(0, Number(number ?? 0));
    else if (word === 'ansicpg') charset = `windows-${number}`;
    else if (word === 'mac') charset = 'macintosh';
    else if (word !== undefined && ASIDE.has(word)) group = { ...group, isAside: true };
    else add(SAID.get(word ?? '') ?? '');
  }
  if (sink.isFull) sink.cut();
}
