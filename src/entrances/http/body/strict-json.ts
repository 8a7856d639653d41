import { PROBLEMS, type ProblemCode } from '../../../kernel/problems.ts';

export interface JsonLimits {
  /** Levels of nested objects and arrays. */
  readonly depth: number;
  /** Texts, numbers, objects, arrays and literals, all together. */
  readonly values: number;
}

/** Why a text is refused, and where: a JSON pointer (RFC 6901). */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly pointer: string;

  constructor(code: ProblemCode, detail: string, pointer: string) {
    super(`${PROBLEMS[code].sentence} ${pointer}`);
    this.code = code;
    this.detail = detail;
    this.pointer = pointer;
  }
}

/**
 * JSON (RFC 8259) without anything that two readers may understand differently: repeated names, names that reach into
 * prototypes, NUL, lone surrogates, numbers beyond a double, bytes that are not UTF-8. A byte order mark before it is skipped,
 * as RFC 8259 §8.1 allows. Linear, in one pass. Throws
 * JsonError. Why this is not a library: docs/decisions/0022-strict-json.md.
 */
export function readStrictJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new JsonError('body-encoding', '', '');
  }
  return new JsonReader(text, limits).read();
}

/** Characters that stand for themselves in a text. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

class JsonReader {
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
    if (this.#at < this.#text.length) this.#failSyntax();
    return value;
  }

  #value(): unknown {
    this.#skip(SPACE);
    this.#values += 1;
    if (this.#values > this.#limits.values) this.#fail('body-too-many-values', String(this.#limits.values));
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
    if (this.#skipEnd('}')) return found;
    do {
      this.#skip(SPACE);
      if (this.#text[this.#at] !== '"') this.#failSyntax();
      const name = this.#string();
      this.#path.push(name);
      if (name === '__proto__') this.#fail('body-forbidden-key', name);
      if (Object.hasOwn(found, name)) this.#fail('body-duplicate-key', name.slice(0, 100));
      this.#expect(':');
      const value = this.#value();
      if (name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))
        this.#fail('body-forbidden-key', 'constructor.prototype');
      found[name] = value;
      this.#path.pop();
    } while (this.#hasMore('}'));
    return found;
  }

  #array(): unknown {
    const found: unknown[] = [];
    this.#enter();
    if (this.#skipEnd(']')) return found;
    do {
      this.#path.push(found.length);
      found.push(this.#value());
      this.#path.pop();
    } while (this.#hasMore(']'));
    return found;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    this.#skip(PLAIN);
    let escaped = false;
    while (this.#text[this.#at] === '\\') {
      escaped = true;
      if (!this.#skip(ESCAPE)) this.#failSyntax();
      this.#skip(PLAIN);
    }
    if (this.#text[this.#at] === '\u0000') this.#fail('body-forbidden-text');
    if (this.#text[this.#at] !== '"') this.#failSyntax();
    this.#at += 1;
    if (!escaped) return this.#text.slice(start + 1, this.#at - 1);
    const value: string = JSON.parse(this.#text.slice(start, this.#at));
    if (value.includes('\u0000') || !value.isWellFormed()) this.#fail('body-forbidden-text');
    return value;
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) this.#failSyntax();
    this.#at += word.length;
    return value;
  }

  #number(): unknown {
    const start = this.#at;
    if (!this.#skip(NUMBER)) this.#failSyntax();
    const value = Number(this.#text.slice(start, this.#at));
    if (!Number.isFinite(value)) this.#fail('body-not-json', 'un numero è troppo grande');
    return value;
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) this.#fail('body-too-deep', String(this.#limits.depth));
  }

  #skipEnd(end: string): boolean {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== end) return false;
    this.#at += 1;
    this.#depth -= 1;
    return true;
  }

  /** After a member: true for a comma, false at the end. */
  #hasMore(end: string): boolean {
    if (this.#skipEnd(end)) return false;
    this.#expect(',');
    return true;
  }

  #expect(sign: string): void {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== sign) this.#failSyntax();
    this.#at += 1;
  }

  #skip(what: RegExp): boolean {
    what.lastIndex = this.#at;
    const found = what.test(this.#text);
    if (found) this.#at = what.lastIndex;
    return found;
  }

  #failSyntax(): never {
    const where = this.#at < this.#text.length ? `carattere ${this.#at + 1}` : 'finisce troppo presto';
    return this.#fail('body-not-json', where);
  }

  #fail(code: ProblemCode, detail = ''): never {
    throw new JsonError(code, detail, toPointer(this.#path));
  }
}

/** RFC 6901; long names are cut. */
export const toPointer = (path: readonly (string | number)[]): string =>
  path.map((name) => `/${String(name).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
