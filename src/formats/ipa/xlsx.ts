/**
 * The first worksheet of an XLSX, with shared or inline strings and the header in its first row. The XML is walked tag by tag
 * and never built. A DOCTYPE or an entity of its own is refused.
 */
import { decodeUtf8 } from './decode.ts';
import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';
import type { Table, TableRecord } from './table.ts';
import { inflated, type ZipPart, zipParts } from './zip.ts';

const broken = (detail: string): IndexFileError => new IndexFileError('index-unreadable', 0, `XLSX: ${detail}`);

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[a-z]{1,8});/g, (whole, name: string) => {
    if (!name.startsWith('#')) {
      const known = NAMED[name];
      if (known === undefined) throw broken(`entità ${whole} non ammessa`);
      return known;
    }
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

interface Token {
  /** `row`, `/row`, `c` …, without prefix; '' for text. */
  readonly tag: string;
  readonly text: string;
  readonly isEmpty: boolean;
}

/** Tags and the text between them. */
async function* tokens(part: ZipPart, limit: number): AsyncGenerator<readonly Token[]> {
  let rest = '';
  for await (const piece of decodeUtf8(inflated(part, limit))) {
    const text = rest + piece;
    const found: Token[] = [];
    let at = 0;
    for (;;) {
      const open = text.indexOf('<', at);
      if (open < 0) break;
      const close = text.indexOf('>', open);
      if (close < 0) break;
      if (open > at) found.push({ tag: '', text: text.slice(at, open), isEmpty: false });
      const inside = text.slice(open + 1, close);
      if (inside.startsWith('!')) throw broken('contiene dichiarazioni (DOCTYPE), non ammesse');
      if (!inside.startsWith('?')) found.push(token(inside));
      at = close + 1;
    }
    rest = text.slice(at);
    if (rest.length > IPA_LIMITS.recordCharacters) throw broken('un segno o un testo è troppo lungo');
    yield found;
  }
  if (rest.trim() !== '') throw new IndexFileError('index-truncated', 0, `XLSX: la parte ${part.name} finisce a metà`);
}

function token(inside: string): Token {
  const isEmpty = inside.endsWith('/');
  const body = isEmpty ? inside.slice(0, -1) : inside;
  const space = body.search(/\s/);
  const name = space < 0 ? body : body.slice(0, space);
  const colon = name.indexOf(':');
  const tag = colon < 0 ? name : (name.startsWith('/') ? '/' : '') + name.slice(colon + 1);
  return { tag, text: space < 0 ? '' : body.slice(space), isEmpty };
}

const attribute = (text: string, name: string): string | null => {
  const at = text.indexOf(` ${name}="`);
  if (at < 0) return null;
  const from = at + name.length + 3;
  return text.slice(from, text.indexOf('"', from));
};

async function sharedStrings(part: ZipPart | undefined): Promise<readonly string[]> {
  const found: string[] = [];
  if (part === undefined) return found;
  let current = '';
  let inText = false;
  let phonetic = false;
  for await (const batch of tokens(part, IPA_LIMITS.sharedStringsBytes)) {
    for (const { tag, text, isEmpty } of batch) {
      if (tag === 'si') current = '';
      else if (tag === 'rPh') phonetic = !isEmpty;
      else if (tag === '/rPh') phonetic = false;
      else if (tag === 't') inText = !isEmpty && !phonetic;
      else if (tag === '/t') inText = false;
      else if (tag === '' && inText) current += unescaped(text);
      if (tag === '/si' || (tag === 'si' && isEmpty)) found.push(current);
    }
  }
  return found;
}

/** `AB12` → 27. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of reference) {
    if (letter < 'A' || letter > 'Z') break;
    column = column * 26 + letter.charCodeAt(0) - 64;
    if (column > IPA_LIMITS.columns) throw broken('ha troppe colonne');
  }
  return column - 1;
}

const isDateColumn = (name: string): boolean => /^dat[ae]?_/i.test(name.trim());

/** Excel counts days from the end of 1899. Its wrong leap year 1900 does not matter for our dates. */
const dayOfSerial = (serial: number): string => new Date((serial - 25_569) * 86_400_000).toISOString().slice(0, 10);

class Rows {
  readonly #strings: readonly string[];
  #cells: string[] = [];
  #row = 0;
  #column = 0;
  #type = '';
  #value = '';
  #inValue = false;
  #open = false;
  ended = false;

  constructor(strings: readonly string[]) {
    this.#strings = strings;
  }

  take(batch: readonly Token[]): TableRecord[] {
    const found: TableRecord[] = [];
    for (const { tag, text, isEmpty } of batch) {
      if (tag === '') {
        if (this.#inValue) this.#value += unescaped(text);
      } else if (tag === 'v' || tag === 't') this.#inValue = !isEmpty;
      else if (tag === '/v' || tag === '/t') this.#inValue = false;
      else if (tag === 'c') this.#cell(text, isEmpty);
      else if (tag === '/c') this.#finish();
      else if (tag === 'row') this.#begin(text, isEmpty);
      else if (tag === '/row') {
        found.push({ line: this.#row, cells: this.#cells });
        this.#open = false;
      } else if (tag === '/sheetData') this.ended = true;
    }
    return found;
  }

  #begin(text: string, isEmpty: boolean): void {
    this.#row = Number(attribute(text, 'r') ?? this.#row + 1);
    this.#cells = [];
    this.#column = -1;
    this.#open = !isEmpty;
  }

  #cell(text: string, isEmpty: boolean): void {
    if (!this.#open) throw broken('una cella sta fuori da una riga');
    const reference = attribute(text, 'r');
    this.#column = reference === null ? this.#column + 1 : columnOf(reference);
    this.#type = attribute(text, 't') ?? 'n';
    this.#value = '';
    if (isEmpty) this.#finish();
  }

  #finish(): void {
    if (this.#column < 0 || this.#column >= IPA_LIMITS.columns) throw broken('ha troppe colonne');
    while (this.#cells.length < this.#column) this.#cells.push('');
    this.#cells[this.#column] = this.#type === 's' ? (this.#strings[Number(this.#value)] ?? '') : this.#value;
  }
}

/** A whole XLSX in memory as a table. */
export async function readXlsx(bytes: Buffer): Promise<Table> {
  const parts = await zipParts(bytes);
  const sheets = [...parts.keys()].filter((name) => /^xl\/worksheets\/[^/]+\.xml$/.test(name));
  const sheet = parts.get(sheets.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? '');
  if (sheet === undefined) throw broken('non contiene un foglio');
  const rows = new Rows(await sharedStrings(parts.get('xl/sharedStrings.xml')));
  const source = tokens(sheet, IPA_LIMITS.partBytes);
  let early: TableRecord[] = [];
  for (let step = await source.next(); step.done !== true; step = await source.next()) {
    early = rows.take(step.value);
    if (early.length > 0) break;
  }
  const [header] = early;
  if (header === undefined) throw new IndexFileError('index-empty', 1);
  const width = header.cells.length;
  const dates = header.cells.map(isDateColumn);
  /** Sheets leave out trailing empty cells, and a date may be a number. */
  const whole = ({ line, cells }: TableRecord): TableRecord => ({
    line,
    cells: Array.from({ length: Math.max(width, cells.length) }, (_, column) => {
      const cell = cells[column] ?? '';
      return dates[column] && /^\d{5}(?:\.\d+)?$/.test(cell) ? dayOfSerial(Math.floor(Number(cell))) : cell;
    }),
  });
  async function* records(): AsyncGenerator<readonly TableRecord[]> {
    yield early.slice(1).map(whole);
    for (let step = await source.next(); step.done !== true; step = await source.next())
      yield rows.take(step.value).map(whole);
    if (!rows.ended) throw new IndexFileError('index-truncated', 0, 'XLSX: il foglio finisce a metà');
  }
  return { header: header.cells, headerLine: header.line, records: records() };
}
