import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import { cut, endOfName, endOfSpace, isLegalCodePoint } from './characters.ts';
import { type XmlAttribute, XmlElement } from './tree.ts';

/**
 * One strict pass over the text: well-formedness (XML 1.0, Namespaces in XML 1.0), limits and the tree together, so that
 * nothing is built beyond the first excess. Text that parsers could read in two ways is refused. Deliberately not a
 * general parser: a document type may name an external grammar, which is never loaded, but brings no declarations along,
 * so there are no entities besides the five predefined ones and numeric references. `tolerant.ts` may try again what is
 * refused here. Why the scanner is our own: docs/decisions/0010-own-xml-scanner.md.
 */
export interface ScanLimits {
  readonly xmlDepth: number;
  readonly xmlElements: number;
  readonly xmlAttributes: number;
}

export interface Doctype {
  readonly root: string;
  readonly publicId: string | null;
  readonly systemId: string | null;
}

export interface Scanned {
  readonly root: XmlElement;
  readonly doctype: Doctype | null;
  /** A numeric reference named a character that XML does not allow, and was read as U+FFFD. */
  readonly illegalReference: boolean;
}

/** Carries a problem out of the scanner; `scanXml` turns it into a value. */
class XmlError extends Error {
  readonly problem: Problem;
  constructor(found: Problem) {
    super(found.code);
    this.problem = found;
  }
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Prefixes that one element binds, to be unbound where it ends. */
type Bound = readonly string[];
const NONE: Bound = [];

interface RawAttribute {
  readonly qualified: string;
  readonly value: string;
}

/** `text` has normalised line ends and no character that XML forbids. */
export function scanXml(text: string, limits: ScanLimits): Scanned | Problem {
  try {
    return new Scanner(text, limits).document();
  } catch (error) {
    if (error instanceof XmlError) return error.problem;
    throw error;
  }
}

class Scanner {
  readonly #text: string;
  readonly #limits: ScanLimits;
  #at = 0;
  #count = 0;
  #illegalReference = false;
  /** Per prefix the namespaces bound so far, innermost last, so that a lookup is one step at any depth. */
  readonly #bindings = new Map<string, string[]>([
    ['', ['']],
    ['xml', [XML_NAMESPACE]],
  ]);

  constructor(text: string, limits: ScanLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): Scanned {
    this.#declaration();
    let doctype: Doctype | null = null;
    for (;;) {
      this.#misc();
      if (!this.#text.startsWith('<!', this.#at)) break;
      if (doctype !== null || !this.#text.startsWith('<!DOCTYPE', this.#at)) this.#malformed('dichiarazione inattesa');
      doctype = this.#doctype();
    }
    if (this.#text[this.#at] !== '<') this.#malformed("manca l'elemento radice");
    const root = this.#content();
    this.#misc();
    if (this.#at < this.#text.length) this.#malformed("testo dopo l'elemento radice");
    return { root, doctype, illegalReference: this.#illegalReference };
  }

  #refuse(code: ProblemCode, detail = ''): never {
    throw new XmlError(problem(code, '', detail));
  }

  #malformed(what: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    this.#refuse('xml-malformed', `${what}, riga ${line}, colonna ${this.#at - before.lastIndexOf('\n')}`);
  }

  #declaration(): void {
    if (!/^<\?xml[\s?]/.test(this.#text.slice(0, 6))) return;
    const end = this.#text.indexOf('?>');
    const inside = this.#text.slice(5, end);
    const wellFormed =
      /^\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')(?:\s+encoding\s*=\s*(?:"[A-Za-z][\w.:-]*"|'[A-Za-z][\w.:-]*'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$/;
    if (end < 0 || end > 400 || !wellFormed.test(inside)) this.#malformed('dichiarazione XML errata');
    this.#at = end + 2;
  }

  /** Skips comments, processing instructions and white space outside the root. */
  #misc(): void {
    for (;;) {
      this.#at = endOfSpace(this.#text, this.#at);
      if (this.#text.startsWith('<!--', this.#at)) this.#comment();
      else if (this.#text.startsWith('<?', this.#at)) this.#instruction();
      else return;
    }
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.#at + 4);
    if (end < 0 || this.#text[end + 2] !== '>') this.#malformed('commento errato');
    this.#at = end + 3;
  }

  #instruction(): void {
    const nameEnd = endOfName(this.#text, this.#at + 2);
    const target = this.#text.slice(this.#at + 2, nameEnd);
    const end = this.#text.indexOf('?>', nameEnd);
    const spaced = end === nameEnd || endOfSpace(this.#text, nameEnd) > nameEnd;
    if (target === '' || target.includes(':') || target.toLowerCase() === 'xml' || end < 0 || !spaced) {
      this.#malformed('istruzione di elaborazione errata');
    }
    this.#at = end + 2;
  }

  #doctype(): Doctype {
    this.#at += '<!DOCTYPE'.length;
    this.#space();
    const root = this.#name();
    let publicId: string | null = null;
    let systemId: string | null = null;
    this.#at = endOfSpace(this.#text, this.#at);
    if (this.#text.startsWith('PUBLIC', this.#at)) {
      this.#at += 6;
      publicId = this.#literal();
      systemId = this.#literal();
    } else if (this.#text.startsWith('SYSTEM', this.#at)) {
      this.#at += 6;
      systemId = this.#literal();
    }
    this.#at = endOfSpace(this.#text, this.#at);
    if (this.#text[this.#at] === '[') this.#refuse('xml-doctype-internal');
    if (this.#text[this.#at] !== '>') this.#malformed('DOCTYPE errato');
    this.#at += 1;
    return { root, publicId, systemId };
  }

  #literal(): string {
    this.#space();
    const quote = this.#text[this.#at];
    const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) this.#malformed('DOCTYPE errato');
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #space(): void {
    const end = endOfSpace(this.#text, this.#at);
    if (end === this.#at) this.#malformed('manca uno spazio');
    this.#at = end;
  }

  #name(): string {
    const end = endOfName(this.#text, this.#at);
    if (end === this.#at) this.#malformed('nome errato');
    const name = this.#text.slice(this.#at, end);
    this.#at = end;
    return name;
  }

  /** The root and everything in it, without recursion: a level costs a list entry, not a stack frame. */
  #content(): XmlElement {
    const text = this.#text;
    const open: { readonly element: XmlElement; readonly qualified: string; readonly bound: Bound }[] = [];
    for (;;) {
      const top = open.at(-1);
      if (text.startsWith('<!--', this.#at)) this.#comment();
      else if (text.startsWith('<?', this.#at)) this.#instruction();
      else if (text.startsWith('<![CDATA[', this.#at) && top !== undefined) {
        top.element.children.push(this.#cdata());
      } else if (text.startsWith('</', this.#at) && top !== undefined) {
        this.#closing(top.qualified);
        open.pop();
        this.#unbind(top.bound);
        if (open.length === 0) return top.element;
      } else if (text[this.#at] === '<') {
        const started = this.#opening(top?.element ?? null);
        top?.element.children.push(started.element);
        if (!started.empty) {
          if (open.length >= this.#limits.xmlDepth) this.#refuse('xml-too-deep', String(this.#limits.xmlDepth));
          open.push(started);
        } else {
          this.#unbind(started.bound);
          if (top === undefined) return started.element;
        }
      } else {
        const end = text.indexOf('<', this.#at);
        if (end < 0 || top === undefined) this.#malformed('elemento non chiuso');
        const chunk = text.slice(this.#at, end);
        if (chunk.includes(']]>')) this.#malformed('sequenza «]]>» nel testo');
        top.element.children.push(this.#resolve(chunk));
        this.#at = end;
      }
    }
  }

  #cdata(): string {
    const end = this.#text.indexOf(']]>', this.#at + 9);
    if (end < 0) this.#malformed('sezione CDATA non chiusa');
    const chunk = this.#text.slice(this.#at + 9, end);
    this.#at = end + 3;
    return chunk;
  }

  #closing(qualified: string): void {
    const from = this.#at + 2;
    const end = endOfSpace(this.#text, from + qualified.length);
    if (!this.#text.startsWith(qualified, from) || this.#text[end] !== '>') {
      this.#malformed(`l'elemento «${cut(qualified, 60)}» non è chiuso`);
    }
    this.#at = end + 1;
  }

  #opening(parent: XmlElement | null) {
    this.#at += 1;
    const qualified = this.#name();
    const raw: RawAttribute[] = [];
    let bound = NONE;
    let empty = false;
    for (;;) {
      const spaceEnd = endOfSpace(this.#text, this.#at);
      const spaced = spaceEnd > this.#at;
      this.#at = spaceEnd;
      if (this.#text[this.#at] === '>') break;
      if (this.#text.startsWith('/>', this.#at)) {
        empty = true;
        this.#at += 1;
        break;
      }
      if (!spaced) this.#malformed('manca uno spazio fra gli attributi');
      const attribute = this.#attribute();
      if (attribute.qualified === 'xmlns' || attribute.qualified.startsWith('xmlns:')) {
        bound = [...bound, this.#bind(attribute)];
      }
      raw.push(attribute);
      if (raw.length > this.#limits.xmlAttributes) this.#refuse('xml-too-many', String(this.#limits.xmlAttributes));
    }
    this.#at += 1;
    this.#count += 1 + raw.length;
    if (this.#count > this.#limits.xmlElements) this.#refuse('xml-too-many', String(this.#limits.xmlElements));
    const [prefix, name] = this.#split(qualified);
    const namespace = this.#namespace(prefix);
    const attributes = raw.length === 0 ? [] : this.#attributes(raw);
    const element = new XmlElement(name, prefix, namespace, attributes, parent, this.#declared(bound));
    return { element, qualified, bound, empty };
  }

  #attribute(): RawAttribute {
    const qualified = this.#name();
    this.#at = endOfSpace(this.#text, this.#at);
    if (this.#text[this.#at] !== '=') this.#malformed(`l'attributo «${cut(qualified, 60)}» non ha valore`);
    this.#at = endOfSpace(this.#text, this.#at + 1);
    const quote = this.#text[this.#at];
    const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) this.#malformed(`l'attributo «${cut(qualified, 60)}» non è fra virgolette`);
    const chunk = this.#text.slice(this.#at + 1, end);
    if (chunk.includes('<')) this.#malformed('carattere «<» in un attributo');
    const value = this.#resolve(/[\t\n]/.test(chunk) ? chunk.replace(/[\t\n]/g, ' ') : chunk);
    this.#at = end + 1;
    return { qualified, value };
  }

  #bind({ qualified, value }: RawAttribute): string {
    const prefix = qualified === 'xmlns' ? '' : qualified.slice(6);
    const reserved =
      prefix === 'xmlns' || value === XMLNS_NAMESPACE || (prefix === 'xml') !== (value === XML_NAMESPACE);
    if (reserved || (prefix !== '' && value === '')) this.#malformed('spazio dei nomi errato');
    const bindings = this.#bindings.get(prefix);
    if (bindings === undefined) this.#bindings.set(prefix, [value]);
    else bindings.push(value);
    return prefix;
  }

  #declared(bound: Bound): ReadonlyMap<string, string> | undefined {
    if (bound.length === 0) return undefined;
    return new Map(bound.map((prefix) => [prefix, this.#bindings.get(prefix)?.at(-1) ?? '']));
  }

  #unbind(bound: Bound): void {
    for (const prefix of bound) this.#bindings.get(prefix)?.pop();
  }

  #split(qualified: string): readonly [string, string] {
    const colon = qualified.indexOf(':');
    if (colon < 0) return ['', qualified];
    const local = qualified.slice(colon + 1);
    if (colon === 0 || local.includes(':') || endOfName(local, 0) !== local.length || local === '') {
      this.#malformed(`nome errato: «${cut(qualified, 60)}»`);
    }
    return [qualified.slice(0, colon), local];
  }

  #namespace(prefix: string): string {
    const namespace = this.#bindings.get(prefix)?.at(-1);
    if (namespace === undefined) this.#malformed(`prefisso «${cut(prefix, 60)}» non dichiarato`);
    return namespace;
  }

  #attributes(raw: readonly RawAttribute[]): XmlAttribute[] {
    const seen = new Set<string>();
    const attributes: XmlAttribute[] = [];
    for (const { qualified, value } of raw) {
      const [prefix, name] = this.#split(qualified);
      const declares = qualified === 'xmlns' || prefix === 'xmlns';
      const namespace = declares ? XMLNS_NAMESPACE : prefix === '' ? '' : this.#namespace(prefix);
      // A name has no space, so the two halves stay apart. The same expanded name twice is an error too.
      const key = `${name} ${namespace}`;
      if (seen.has(key)) this.#malformed(`attributo «${cut(qualified, 60)}» ripetuto`);
      seen.add(key);
      if (!declares) attributes.push({ name, prefix, namespace, value });
    }
    return attributes;
  }

  /** Resolves references. All but the five predefined entities and characters by number are refused by name. */
  #resolve(chunk: string): string {
    let from = chunk.indexOf('&');
    if (from < 0) return chunk;
    let out = chunk.slice(0, from);
    while (from >= 0) {
      const end = chunk.indexOf(';', from);
      if (end < 0) this.#malformed('carattere «&» isolato');
      out += this.#reference(chunk.slice(from + 1, end));
      const next = chunk.indexOf('&', end + 1);
      out += chunk.slice(end + 1, next < 0 ? chunk.length : next);
      from = next;
    }
    return out;
  }

  #reference(inside: string): string {
    const predefined = PREDEFINED.get(inside);
    if (predefined !== undefined) return predefined;
    if (inside.startsWith('#')) {
      const digits = /^#(?:x([0-9a-fA-F]{1,40})|([0-9]{1,40}))$/.exec(inside);
      if (digits === null) this.#malformed('riferimento a carattere errato');
      const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
      if (isLegalCodePoint(code)) return String.fromCodePoint(code);
      this.#illegalReference = true;
      return '\ufffd';
    }
    if (inside === '' || endOfName(inside, 0) !== inside.length) this.#malformed('carattere «&» isolato');
    this.#refuse('xml-entity', `&${cut(inside, 60)};`);
  }
}
