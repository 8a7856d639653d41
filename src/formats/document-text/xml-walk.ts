/**
 * Walks XML tag by tag, in pieces; nothing is built. It asks for marks that close and for nothing else: what matters is the
 * text. Entities other than the five and numbers are left out, and no declaration is ever followed.
 */
import { DocumentTextError } from './document-text-error.ts';

export interface XmlHandler {
  /** `name` without prefix. */
  open(name: string, attributes: string, isEmpty: boolean): void;
  close(name: string): void;
  text(text: string): void;
}

/** A tag, a comment or a CDATA section of an honest document is shorter. */
const LONGEST_MARK = 4 * 1024 * 1024;
const LONGEST_ENTITY = 12;

export class XmlWalk {
  readonly #handler: XmlHandler;
  readonly #refusesDoctype: boolean;
  #rest = '';

  /** `refusesDoctype`: office formats have none, so one is an attack. */
  constructor(handler: XmlHandler, refusesDoctype: boolean) {
    this.#handler = handler;
    this.#refusesDoctype = refusesDoctype;
  }

  push(piece: string): void {
    const text = this.#rest + piece;
    let at = 0;
    while (at < text.length) {
      const next = text[at] === '<' ? this.#mark(text, at) : this.#text(text, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > LONGEST_MARK) throw new DocumentTextError('text-damaged');
  }

  /** Throws where a mark is left open. */
  end(): void {
    if (this.#rest.startsWith('<')) throw new DocumentTextError('text-damaged');
    if (this.#rest !== '') this.#handler.text(unescaped(this.#rest));
    this.#rest = '';
  }

  #text(text: string, at: number): number {
    const mark = text.indexOf('<', at);
    let end = mark < 0 ? text.length : mark;
    if (mark < 0) {
      // An entity may go on in the next piece.
      const entity = text.lastIndexOf('&');
      if (entity >= at && entity > text.length - LONGEST_ENTITY && !text.includes(';', entity)) end = entity;
    }
    if (end > at) this.#handler.text(unescaped(text.slice(at, end)));
    return end;
  }

  /** Where the mark ends; `at` where it goes on in the next piece. */
  #mark(text: string, at: number): number {
    if (text.length - at < 9 && text.indexOf('>', at) < 0) return at;
    if (text.startsWith('<!--', at)) return past(text, '-->', at + 4, at);
    if (text.startsWith('<?', at)) return past(text, '?>', at + 2, at);
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at + 9);
      if (end < 0) return at;
      this.#handler.text(text.slice(at + 9, end));
      return end + 3;
    }
    if (text.startsWith('<!', at)) {
      if (this.#refusesDoctype) throw new DocumentTextError('text-damaged');
      return pastDoctype(text, at);
    }
    const end = endOfTag(text, at + 1);
    if (end < 0) return at;
    this.#tag(text.slice(at + 1, end));
    return end + 1;
  }

  #tag(inside: string): void {
    if (inside.startsWith('/')) {
      this.#handler.close(localName(inside.slice(1).trimEnd()));
      return;
    }
    const isEmpty = inside.endsWith('/');
    const body = isEmpty ? inside.slice(0, -1) : inside;
    const space = body.search(/\s/);
    const name = localName(space < 0 ? body : body.slice(0, space));
    this.#handler.open(name, space < 0 ? '' : body.slice(space), isEmpty);
    if (isEmpty) this.#handler.close(name);
  }
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const past = (text: string, end: string, from: number, begin: number): number => {
  const at = text.indexOf(end, from);
  return at < 0 ? begin : at + end.length;
};

/** With its own declarations, which are passed over. */
function pastDoctype(text: string, at: number): number {
  const close = text.indexOf('>', at);
  const inner = text.indexOf('[', at);
  return inner < 0 || (close >= 0 && close < inner) ? past(text, '>', at, at) : past(text, ']>', inner, at);
}

/** A `>` inside quotes ends no tag. */
function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '>') return at;
    if (char !== '"' && char !== "'") continue;
    at = text.indexOf(char, at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([A-Za-z]\w{0,30}));/g, (_, hex, decimal, name: string) => {
    if (name !== undefined) return NAMED.get(name) ?? ' ';
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** The value of an attribute, whatever its prefix; null where it is not there. */
export function xmlAttribute(attributes: string, name: string): string | null {
  const found = new RegExp(`[\\s:]${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return found === null ? null : (found[1] ?? found[2] ?? '');
}
