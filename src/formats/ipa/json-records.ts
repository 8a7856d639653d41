/**
 * JSON dumps, streamed: an array of objects, or `{ fields, records }` of the data store with records as arrays or objects,
 * also inside `result` as its search answers. Only one record at a time is held and parsed.
 */

import { IndexFileError } from './index-file-error.ts';
import { IPA_LIMITS } from './limits.ts';
import type { Table, TableRecord } from './table.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
/** `result.records` is the deepest place of the list of records. */
const DEEPEST_LIST = 2;

interface Found {
  readonly line: number;
  readonly value: unknown;
}

/** Walks the characters once and hands out each record, and the list of fields, as soon as it is complete. */
class Scanner {
  fields: readonly string[] | null = null;
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #stringFrom = 0;
  /** The last string outside records, which names what comes next. */
  #name = '';
  /** Depth of the list of records while inside it, else 0. */
  #list = 0;
  #listSeen = false;
  /** Where the value being collected begins in `#text`; -1 where there is none. */
  #from = -1;
  #fromLine = 1;
  #collects: 'record' | 'fields' = 'record';
  #text = '';

  take(piece: string): Found[] {
    const found: Found[] = [];
    const kept = this.#inString && this.#from < 0 ? this.#stringFrom : this.#from;
    const carried = kept < 0 ? '' : this.#text.slice(kept);
    this.#stringFrom = Math.max(0, this.#stringFrom - Math.max(0, kept));
    if (this.#from >= 0) this.#from = 0;
    if (carried.length > IPA_LIMITS.recordCharacters)
      throw new IndexFileError('index-unreadable', this.#fromLine, 'una riga è troppo lunga');
    this.#text = carried + piece;
    for (let at = carried.length; at < this.#text.length; at += 1) {
      const sign = this.#text.charCodeAt(at);
      if (sign === NEWLINE) this.#line += 1;
      if (this.#inString) this.#string(sign, at);
      else if (sign === QUOTE) {
        this.#inString = true;
        this.#stringFrom = at + 1;
      } else if (OPEN.has(sign)) this.#open(sign, at);
      else if (CLOSE.has(sign)) this.#close(at, found);
    }
    return found;
  }

  end(): void {
    if (this.#depth > 0 || this.#inString)
      throw new IndexFileError('index-truncated', this.#line, 'il JSON non è completo');
    if (!this.#listSeen) throw new IndexFileError('index-header', 1, 'nel JSON non ci sono righe («records»)');
  }

  #string(sign: number, at: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (sign === BACKSLASH) this.#escaped = true;
    else if (sign === QUOTE) {
      this.#inString = false;
      if (this.#from < 0) this.#name = this.#text.slice(this.#stringFrom, Math.min(at, this.#stringFrom + 64));
    }
  }

  #open(sign: number, at: number): void {
    this.#depth += 1;
    if (this.#from >= 0) return;
    const isList = sign === 0x5b;
    if (this.#list > 0 ? this.#depth === this.#list + 1 : isList && this.#name === 'fields') {
      this.#collects = this.#list > 0 ? 'record' : 'fields';
      this.#from = at;
      this.#fromLine = this.#line;
      this.#collectDepth = this.#depth;
    } else if (
      isList &&
      !this.#listSeen &&
      this.#depth <= DEEPEST_LIST + 1 &&
      (this.#depth === 1 || this.#name === 'records')
    ) {
      this.#list = this.#depth;
      this.#listSeen = true;
    }
    this.#name = '';
  }

  #collectDepth = 0;

  #close(at: number, found: Found[]): void {
    this.#depth -= 1;
    if (this.#depth < 0)
      throw new IndexFileError(
        'index-unreadable',
        this.#line,
        'nel JSON una parentesi si chiude senza essere stata aperta',
      );
    if (this.#from >= 0) {
      if (this.#depth >= this.#collectDepth) return;
      const value = parsed(this.#text.slice(this.#from, at + 1), this.#fromLine);
      this.#from = -1;
      if (this.#collects === 'record') found.push({ line: this.#fromLine, value });
      else if (this.fields === null) this.fields = fieldNames(value);
    } else if (this.#depth < this.#list) this.#list = 0;
  }
}

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IndexFileError('index-unreadable', line, 'il JSON di questa riga non è valido');
  }
}

const fieldNames = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map((field) => (typeof field === 'object' && field !== null ? String(field.id) : String(field)))
    : [];

const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

function toRecord({ line, value }: Found, header: readonly string[]): TableRecord {
  if (Array.isArray(value)) return { line, cells: value.map(cellText) };
  const named = value as Record<string, unknown>;
  return { line, cells: header.map((name) => cellText(Object.hasOwn(named, name) ? named[name] : null)) };
}

export async function readJsonRecords(text: AsyncIterator<string>, first: string): Promise<Table> {
  const scanner = new Scanner();
  let found = scanner.take(first);
  let ended = false;
  while (found.length === 0 && !ended) {
    const step = await text.next();
    ended = step.done === true;
    if (step.done !== true) found = scanner.take(step.value);
  }
  if (ended) scanner.end();
  const [sample] = found;
  if (sample === undefined) throw new IndexFileError('index-empty', 1);
  const header = scanner.fields ?? (Array.isArray(sample.value) ? [] : Object.keys(sample.value as object));
  const early = found;
  async function* records(): AsyncGenerator<readonly TableRecord[]> {
    yield early.map((one) => toRecord(one, header));
    if (ended) return;
    for (let step = await text.next(); step.done !== true; step = await text.next())
      yield scanner.take(step.value).map((one) => toRecord(one, header));
    scanner.end();
  }
  return { header, headerLine: sample.line, records: records() };
}
