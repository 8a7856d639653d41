import { PROBLEMS, type ProblemCode } from '../../../kernel/problems.ts';

export interface JsonLimits {
  /** Objects and arrays within each other. */
  readonly depth: number;
  /** Everything that has a value: texts, numbers, objects, arrays. */
  readonly values: number;
}

/** Why a text is not taken as JSON, and where: a JSON pointer (RFC 6901). */
export class JsonRefusal extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly pointer: string;

  constructor(code: ProblemCode, detail: string, pointer: string) {
    super(`${PROBLEMS[code].sentence} ${pointer}`);
    this.name = 'JsonRefusal';
    this.code = code;
    this.detail = detail;
    this.pointer = pointer;
  }
}

/**
 * JSON (RFC 8259) without what two readers may understand differently: the same name twice, names that reach into
 * prototypes, NUL, halves of characters, numbers beyond a double, bytes that are no UTF-8. One pass, no going back.
 * Throws JsonRefusal.
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonRefusal('body-encoding', '', '');
  }
  return new Reader(text, limits).read();
}

/** Up to the next quotation mark, backslash or control character: what a text may hold as it is. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #path: (string | number)[] = [];
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  read(): unknown {
    const value = this.#value();
    this.#skip(SPACE);
    if (this.#at < this.#text.length) this.#broken();
    return value;
  }

  #value(): unknown {
    this.#skip(SPACE);
    this.#values += 1;
    if (this.#values > this.#limits.values) this.#refuse('body-too-many-values', String(this.#limits.values));
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): unknown {
    const found: Record<string, unknown> = {};
    this.#enter();
    if (this.#closes('}')) return found;
    do {
      this.#skip(SPACE);
      if (this.#text[this.#at] !== '"') this.#broken();
      const name = this.#string();
      this.#path.push(name);
      if (name === '__proto__') this.#refuse('body-forbidden-key', name);
      if (Object.hasOwn(found, name)) this.#refuse('body-duplicate-key', name.slice(0, 100));
      this.#expect(':');
      const value = this.#value();
      if (name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))
        this.#refuse('body-forbidden-key', 'constructor.prototype');
      found[name] = value;
      this.#path.pop();
    } while (this.#goesOn('}'));
    return found;
  }

  #array(): unknown {
    const found: unknown[] = [];
    this.#enter();
    if (this.#closes(']')) return found;
    do {
      this.#path.push(found.length);
      found.push(this.#value());
      this.#path.pop();
    } while (this.#goesOn(']'));
    return found;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    this.#skip(PLAIN);
    let escaped = false;
    while (this.#text[this.#at] === '\\') {
      escaped = true;
      if (!this.#skip(ESCAPE)) this.#broken();
      this.#skip(PLAIN);
    }
    if (this.#text[this.#at] === '\u0000') this.#refuse('body-forbidden-text');
    if (this.#text[this.#at] !== '"') this.#broken();
    this.#at += 1;
    if (!escaped) return this.#text.slice(start + 1, this.#at - 1);
    const value: string = JSON.parse(this.#text.slice(start, this.#at));
    if (value.includes('\u0000') || !value.isWellFormed()) this.#refuse('body-forbidden-text');
    return value;
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) this.#broken();
    this.#at += word.length;
    return value;
  }

  #number(): unknown {
    const start = this.#at;
    if (!this.#skip(NUMBER)) this.#broken();
    const value = Number(this.#text.slice(start, this.#at));
    if (!Number.isFinite(value)) this.#refuse('body-not-json', 'un numero è troppo grande');
    return value;
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) this.#refuse('body-too-deep', String(this.#limits.depth));
  }

  #closes(end: string): boolean {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== end) return false;
    this.#at += 1;
    this.#depth -= 1;
    return true;
  }

  /** After a member: a comma and more, or the end. */
  #goesOn(end: string): boolean {
    if (this.#closes(end)) return false;
    this.#expect(',');
    return true;
  }

  #expect(sign: string): void {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== sign) this.#broken();
    this.#at += 1;
  }

  #skip(what: RegExp): boolean {
    what.lastIndex = this.#at;
    const found = what.test(this.#text);
    if (found) this.#at = what.lastIndex;
    return found;
  }

  #broken(): never {
    const where = this.#at < this.#text.length ? `carattere ${this.#at + 1}` : 'finisce troppo presto';
    return this.#refuse('body-not-json', where);
  }

  #refuse(code: ProblemCode, detail = ''): never {
    throw new JsonRefusal(code, detail, toPointer(this.#path));
  }
}

/** RFC 6901; names that are too long to be told are cut. */
export const toPointer = (path: readonly (string | number)[]): string =>
  path.map((name) => `/${String(name).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
