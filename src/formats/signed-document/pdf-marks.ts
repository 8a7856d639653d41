export type PdfRange = readonly [number, number, number, number];

/**
 * Where a PDF says that it is signed (ISO 32000-1 §12.8.1). `/ByteRange` also stands in texts, in files embedded in the PDF,
 * in forms that nobody has signed, and in usage rights, which unlock functions of a reader and approve nothing. A signature
 * is a dictionary of the file itself, outside streams, strings and comments, with a `/ByteRange` and `/Contents` that are
 * not blank. Only where objects begin and end is understood; a file that is damaged goes on after the next `endobj`.
 */
export interface PdfSignature {
  /** The numbers of `/ByteRange`, as they stand; null where they are not four numbers. */
  readonly range: PdfRange | null;
  /** Gives a reader's functions to whoever fills in the form (`/UR3`, §12.8.2.3); no signature of the document. */
  readonly usageRights: boolean;
}

const MARK = '/ByteRange';
const RANGE = /^\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]/;
/** What a signature dictionary leaves open until it is signed: nothing, or zeros. */
const BLANK = /^[0\s]*$/;
const DEEPEST = 64;
/** Dictionaries and the keys that matter: a file of 48 MB has some hundred thousand. A key costs more than a dictionary. */
const MOST_COSTS = 2_000_000;
const KEY = 8;

/** Every mark with four numbers, wherever it stands. One that fits the file is a signature of this file. */
export function* rangesIn(bytes: Buffer): Generator<PdfRange> {
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + MARK.length)) {
    const range = rangeAt(bytes, at + MARK.length);
    if (range !== null) yield range;
  }
}

function rangeAt(bytes: Buffer, at: number): PdfRange | null {
  const found = RANGE.exec(bytes.toString('latin1', at, at + 200));
  if (found === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = found.slice(1).map(Number);
  return [a, b, c, d];
}

/** The signature dictionaries of the file, in their order; null where reading it would take longer than for any real file. */
export function pdfSignaturesIn(bytes: Buffer): readonly PdfSignature[] | null {
  const scan = new Scan(bytes);
  if (!scan.run()) return null;
  const unlocks = new Set(scan.references.usage);
  // The value of a field is a signature that somebody made, whatever else is said of it.
  return scan.found.map(({ range, object, usage }) => ({
    range,
    usageRights: (usage || unlocks.has(object)) && !scan.references.fields.has(object),
  }));
}

interface Dictionary {
  ranged: boolean;
  range: PdfRange | null;
  signed: boolean;
  usage: boolean;
  /** `>>` that ends a stream's dictionary is followed by its bytes: so many, if it says so itself. */
  length: string;
}

class Scan {
  readonly found: { readonly range: PdfRange | null; readonly object: string; readonly usage: boolean }[] = [];
  /** Objects named by `/UR` or `/UR3`, and by `/V`, the value of a form's field. */
  readonly references = { usage: new Set<string>(), fields: new Set<string>() };
  readonly #bytes: Buffer;
  #at = 0;
  #open: Dictionary[] = [];
  #last: Dictionary | null = null;
  #object = '';
  /** Up to here parentheses open nothing, because one that opened here was not closed. */
  #plainUntil = 0;
  /** Words that do not occur any more; nothing is searched for twice in vain. */
  readonly #gone = new Set<string>();
  #searched = 0;
  #costs = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  run(): boolean {
    while (this.#at < this.#bytes.length && this.#costs <= MOST_COSTS) this.#step();
    // Cut off inside a dictionary.
    while (this.#open.length > 0) this.#close();
    return this.#costs <= MOST_COSTS;
  }

  #step(): void {
    const bytes = this.#bytes;
    const octet = bytes[this.#at];
    if (octet === PERCENT) this.#at = lineEnd(bytes, this.#at);
    else if (octet === LEFT_PARENTHESIS) this.#passString();
    else if (octet === LESS && bytes[this.#at + 1] === LESS) this.#opens();
    else if (octet === GREATER && bytes[this.#at + 1] === GREATER) {
      this.#at += 2;
      this.#close();
    } else if (octet === SLASH) this.#name();
    else if (octet === LETTER_S && isAt(bytes, this.#at, 'stream')) this.#passStream();
    else if (octet === LETTER_O && isAt(bytes, this.#at, 'obj')) this.#begins();
    else if (octet === LETTER_E && isAt(bytes, this.#at, 'endstream')) this.#at += 9;
    else if (octet === LETTER_E && isAt(bytes, this.#at, 'endobj')) {
      this.#at += 6;
      while (this.#open.length > 0) this.#close();
    } else this.#at += 1;
  }

  /** A string that does not end in its object is damage: its parenthesis is passed over, so that it hides nothing. */
  #passString(): void {
    const end = this.#at < this.#plainUntil ? null : stringEnd(this.#bytes, this.#at);
    if (end === null) this.#at += 1;
    else if (end.closed) this.#at = end.at;
    else {
      this.#plainUntil = end.at;
      this.#at += 1;
    }
  }

  #opens(): void {
    this.#at += 2;
    this.#costs += 1;
    // Deeper than any real file: the outermost are forgotten.
    if (this.#open.length >= DEEPEST) this.#open.shift();
    this.#open.push({ ranged: false, range: null, signed: false, usage: false, length: '' });
  }

  #close(): void {
    const done = this.#open.pop();
    if (done === undefined) return;
    this.#last = done;
    if (done.ranged && done.signed) this.found.push({ range: done.range, object: this.#object, usage: done.usage });
    // The transform stands in a dictionary below the signature's.
    const outer = this.#open.at(-1);
    if (outer !== undefined && done.usage) outer.usage = true;
  }

  #begins(): void {
    this.#costs += 1;
    const before = this.#bytes.toString('latin1', Math.max(0, this.#at - 24), this.#at);
    const number = /(\d{1,10})\s+(\d{1,5})\s+$/.exec(before);
    if (number !== null) {
      this.#object = `${number[1]} ${number[2]}`;
      this.#open = [];
    }
    this.#at += 3;
  }

  /** A key and, where it matters here, its value. */
  #name(): void {
    const end = nameEnd(this.#bytes, this.#at + 1);
    const own = this.#open.at(-1);
    if (own === undefined) {
      this.#at = end;
      return;
    }
    const name = keyAt(this.#bytes, this.#at, end);
    this.#at = end;
    if (name === null) return;
    this.#costs += KEY;
    const rest = (): string => this.#bytes.toString('latin1', end, end + 64);
    if (name === MARK) {
      own.ranged = true;
      own.range = rangeAt(this.#bytes, end);
    } else if (name === '/Contents') own.signed = this.#holdsSignature(end);
    else if (name === '/TransformMethod') own.usage ||= /^\s*\/UR3?\b/.test(rest());
    else if (name === '/Length') own.length = rest();
    else {
      const object = /^\s*(\d{1,10})\s+(\d{1,5})\s+R\b/.exec(rest());
      if (object !== null) this.references[name === '/V' ? 'fields' : 'usage'].add(`${object[1]} ${object[2]}`);
    }
  }

  /** `/Contents` of a page is a reference; that of a signature is a string, which is passed over here. */
  #holdsSignature(from: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    while (isSpace(bytes[at])) at += 1;
    if (bytes[at] === LEFT_PARENTHESIS) {
      this.#at = at;
      this.#passString();
      return this.#at > at + 2;
    }
    if (bytes[at] !== LESS || bytes[at + 1] === LESS) return false;
    const close = bytes.indexOf('>', at);
    const end = close < 0 ? bytes.length : close;
    this.#at = close < 0 ? end : end + 1;
    for (let from = at + 1; from < end; from += 4096)
      if (!BLANK.test(bytes.toString('latin1', from, Math.min(end, from + 4096)))) return true;
    return false;
  }

  /** Past a stream: where its length says, if it ends there, else at the next sign of an end. */
  #passStream(): void {
    const bytes = this.#bytes;
    const after = this.#at + 6;
    const length = this.#last?.length ?? '';
    this.#last = null;
    this.#at = after;
    if (bytes[after] !== CR && bytes[after] !== LF) return;
    const start = bytes[after] === CR && bytes[after + 1] === LF ? after + 2 : after + 1;
    for (const each of this.#lengths(length, start)) {
      const tail = /^\s{0,4}endstream/.exec(bytes.toString('latin1', start + each, start + each + 16));
      if (tail === null) continue;
      this.#at = start + each + tail[0].length;
      return;
    }
    const stream = this.#next('endstream', start, bytes.length);
    const object = this.#next('endobj', start, stream ?? bytes.length);
    this.#at = object ?? stream ?? start;
  }

  /** A number, or what the object holds that is named. A file in the stream may have an object of that name too. */
  *#lengths(text: string, from: number): Generator<number> {
    const found = /^\s*(\d{1,10})(?:\s+(\d{1,5})\s+R\b)?/.exec(text);
    if (found === null) return;
    if (found[2] === undefined) {
      yield Number(found[1]);
      return;
    }
    const head = `\n${found[1]} ${found[2]} obj`;
    for (let at = from; this.#searched <= 4 * this.#bytes.length; at += head.length) {
      const next = this.#bytes.indexOf(head, at);
      this.#searched += (next < 0 ? this.#bytes.length : next) - at + head.length;
      if (next < 0) return;
      at = next;
      const value = /^\s*(\d{1,10})\b/.exec(this.#bytes.toString('latin1', at + head.length, at + head.length + 32));
      if (value !== null) yield Number(value[1]);
    }
  }

  #next(word: string, from: number, to: number): number | null {
    if (this.#gone.has(word)) return null;
    const found = this.#bytes.subarray(0, to).indexOf(word, from);
    if (found < 0 && to === this.#bytes.length) this.#gone.add(word);
    return found < 0 ? null : found;
  }
}

const [LF, CR, PERCENT, LEFT_PARENTHESIS, RIGHT_PARENTHESIS, SLASH, LESS, GREATER, BACKSLASH] = [
  0x0a, 0x0d, 0x25, 0x28, 0x29, 0x2f, 0x3c, 0x3e, 0x5c,
];
const [LETTER_E, LETTER_O, LETTER_S] = [0x65, 0x6f, 0x73];
const KEYS: readonly string[] = [MARK, '/Contents', '/TransformMethod', '/Length', '/V', '/UR', '/UR3'];

/** Compared where it stands: a file has millions of names, and few of these. */
function keyAt(bytes: Buffer, from: number, to: number): string | null {
  for (const key of KEYS) if (to - from === key.length && isAt(bytes, from, key)) return key;
  return null;
}

function isAt(bytes: Buffer, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word.charCodeAt(index)) return false;
  return true;
}

/** White space and delimiters (ISO 32000-1 §7.2.2). */
const isSpace = (octet: number | undefined): boolean =>
  octet === 0x20 || octet === LF || octet === CR || octet === 0x09 || octet === 0x0c || octet === 0;
const DELIMITERS = new Set(Buffer.from('()<>[]{}/%'));

function nameEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !isSpace(bytes[at]) && !DELIMITERS.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function lineEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  return at;
}

/** Behind the parenthesis that closes a string, or where its object ends before that. */
function stringEnd(bytes: Buffer, from: number): { readonly at: number; readonly closed: boolean } {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const octet = bytes[at];
    if (octet === BACKSLASH) at += 1;
    else if (octet === LEFT_PARENTHESIS) depth += 1;
    else if (octet === RIGHT_PARENTHESIS && --depth === 0) return { at: at + 1, closed: true };
    else if (octet === LETTER_E && isAt(bytes, at, 'endobj')) return { at, closed: false };
  }
  return { at: bytes.length, closed: false };
}
