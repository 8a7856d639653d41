/**
 * CSV and TSV (quotes of RFC 4180, LF or CRLF), streamed. Plain lines are split; only lines with quotes are walked. A quote
 * that is never closed, or a last line that ends before its last field, means that the file was cut.
 */

import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';
import type { Table, TableRecord } from './table.ts';

interface Walked {
  readonly cells: string[];
  /** Where the next record begins. */
  readonly next: number;
}

/** A record with quotes that begins on `line`; null where the text ends first. */
function walk(text: string, from: number, delimiter: string, atEnd: boolean, line: number): Walked | null {
  const cells: string[] = [];
  let at = from;
  for (;;) {
    let cell = '';
    if (text[at] === '"') {
      // Line ends inside a cell become LF, whichever the file uses.
      let start = at + 1;
      for (;;) {
        const quote = text.indexOf('"', start);
        if (quote < 0 || (quote === text.length - 1 && !atEnd)) return null;
        cell += text.slice(start, quote).replaceAll('\r\n', '\n');
        if (text[quote + 1] !== '"') {
          at = quote + 1;
          // A stray quote has opened somewhere before. Going on would silently lose what it swallowed.
          if (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r')
            throw new IndexFileError(
              'index-unreadable',
              line,
              'le virgolette di questa riga non si chiudono dove finisce il campo',
            );
          break;
        }
        cell += '"';
        start = quote + 2;
      }
    }
    const newline = text.indexOf('\n', at);
    if (newline < 0 && !atEnd) return null;
    const lineEnd = newline < 0 ? text.length : newline;
    const found = text.indexOf(delimiter, at);
    const end = found >= 0 && found < lineEnd ? found : lineEnd;
    cell += text.slice(at, end);
    if (end === lineEnd) {
      cells.push(cell.endsWith('\r') ? cell.slice(0, -1) : cell);
      return { cells, next: lineEnd + 1 };
    }
    cells.push(cell);
    at = end + 1;
  }
}

const linesIn = (text: string, from: number, to: number): number => {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
};

/** The delimiter, of three in use, that the header has most of. */
function delimiterOf(header: string): string {
  const counts = ['\t', ',', ';'].map((sign) => ({ sign, count: header.split(sign).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).sign;
}

class Splitter {
  #rest = '';
  #line = 1;
  #delimiter = '';
  #width = 0;

  /** Complete records of the text so far. */
  take(piece: string, atEnd: boolean): TableRecord[] {
    const text = this.#rest + piece;
    const records: TableRecord[] = [];
    let at = 0;
    let quote = text.indexOf('"');
    while (at < text.length) {
      const newline = text.indexOf('\n', at);
      const lineEnd = newline < 0 ? text.length : newline;
      if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
      if (newline < 0 && !atEnd) break;
      if (this.#delimiter === '') this.#delimiter = delimiterOf(text.slice(at, lineEnd));
      let cells: readonly string[];
      let next: number;
      if (quote >= 0 && quote < lineEnd) {
        const walked = walk(text, at, this.#delimiter, atEnd, this.#line);
        if (walked === null) {
          if (atEnd)
            throw new IndexFileError(
              'index-truncated',
              this.#line,
              'le virgolette aperte in questa riga non si chiudono',
            );
          break;
        }
        ({ cells, next } = walked);
      } else {
        const end = lineEnd > at && text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
        cells = text.slice(at, end).split(this.#delimiter);
        next = lineEnd + 1;
      }
      this.#check(cells, next > text.length);
      if (cells.length > 1 || cells[0] !== '') records.push({ line: this.#line, cells });
      this.#line += linesIn(text, at, Math.min(next, text.length));
      at = next;
    }
    this.#rest = at >= text.length ? '' : text.slice(at);
    if (this.#rest.length > IPA_LIMITS.recordCharacters)
      throw new IndexFileError(
        'index-unreadable',
        this.#line,
        'una riga è troppo lunga, o le sue virgolette non si chiudono',
      );
    return records;
  }

  /** The first record sets the width. A last line with fewer fields and without its line end was cut. */
  #check(cells: readonly string[], withoutEnd: boolean): void {
    if (this.#width === 0) this.#width = cells.length;
    if (withoutEnd && cells.length < this.#width && !(cells.length === 1 && cells[0] === ''))
      throw new IndexFileError('index-truncated', this.#line, "all'ultima riga mancano dei campi");
  }
}

export async function readDelimited(text: AsyncIterator<string>, first: string): Promise<Table> {
  const splitter = new Splitter();
  let pending = splitter.take(first, false);
  let ended = false;
  while (pending.length === 0 && !ended) {
    const { value, done } = await text.next();
    ended = done === true;
    pending = splitter.take(ended ? '' : value, ended);
  }
  const [header] = pending;
  if (header === undefined) throw new IndexFileError('index-empty', 1);
  async function* records(): AsyncGenerator<readonly TableRecord[]> {
    if (pending.length > 1) yield pending.slice(1);
    if (ended) return;
    for (let step = await text.next(); step.done !== true; step = await text.next())
      yield splitter.take(step.value, false);
    yield splitter.take('', true);
  }
  return { header: header.cells, headerLine: header.line, records: records() };
}
