import { firstIllegal } from './characters.ts';

/** A tree to be written. Names are our own; texts and values may come from outside. */
export interface XmlOutput {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: readonly (XmlOutput | string)[];
}

type Attributes = Readonly<Record<string, string | null | undefined>>;
type Child = XmlOutput | string | null | undefined | readonly (XmlOutput | null)[];

/** An element; attributes and children that are null are left out. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): XmlOutput {
  const kept: (readonly [string, string])[] = [];
  for (const [key, value] of Object.entries(attributes)) if (value != null) kept.push([key, value]);
  const content: (XmlOutput | string)[] = [];
  for (const child of children) {
    if (child == null) continue;
    if (typeof child === 'string' || 'name' in child) content.push(child);
    else for (const each of child) if (each !== null) content.push(each);
  }
  return { name, attributes: kept, children: content };
}

export interface Illegal {
  /** Path of the element or attribute. */
  readonly at: string;
  /** `U+0007`. */
  readonly character: string;
}

/** The first character that no XML document may contain, or null. */
export function findIllegal(output: XmlOutput, path = ''): Illegal | null {
  const at = `${path}/${output.name}`;
  for (const [name, value] of output.attributes) {
    const found = illegalIn(value, `${at}/@${name}`);
    if (found !== null) return found;
  }
  for (const child of output.children) {
    const found = typeof child === 'string' ? illegalIn(child, at) : findIllegal(child, at);
    if (found !== null) return found;
  }
  return null;
}

function illegalIn(text: string, at: string): Illegal | null {
  const index = firstIllegal(text);
  if (index < 0) return null;
  return { at, character: `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}` };
}

export interface Prolog {
  readonly encoding: 'UTF-8' | 'ISO-8859-1';
  /** System identifier of the external grammar, or null for none. */
  readonly doctype: string | null;
}

/** The document's bytes. Nothing is checked here; call `findIllegal` first. */
export function writeXml(root: XmlOutput, { encoding, doctype }: Prolog): Buffer {
  const opening = `<?xml version="1.0" encoding="${encoding}"?>\n`;
  const grammar = doctype === null ? '' : `<!DOCTYPE ${root.name} SYSTEM "${doctype}">\n`;
  const text = `${opening}${grammar}${written(root, '\n')}\n`;
  if (encoding === 'UTF-8') return Buffer.from(text, 'utf8');
  // Characters that the encoding lacks are written by number, and so are its control characters, which many readers take
  // for Windows-1252.
  const fitting = text.replace(/[\u0080-\u009f]|[^\u0000-\u00ff]/gu, (c) => `&#${c.codePointAt(0)};`);
  return Buffer.from(fitting, 'latin1');
}

/** One element alone, for documents that are written piece by piece; `indent`: of its place. Illegal characters stay. */
export const writeElement = (root: XmlOutput, indent: string): string => `${indent}${written(root, `\n${indent}`)}\n`;

function written({ name, attributes, children }: XmlOutput, lineBreak: string): string {
  let out = `<${name}`;
  for (const [key, value] of attributes) out += ` ${key}="${escapeValue(value)}"`;
  if (children.length === 0) return `${out}/>`;
  out += '>';
  // Lines break only between elements, so that no text gains white space.
  const structural = children.every((child) => typeof child !== 'string');
  for (const child of children) {
    if (typeof child === 'string') out += escapeText(child);
    else out += structural ? `${lineBreak}  ${written(child, `${lineBreak}  `)}` : written(child, lineBreak);
  }
  return `${out}${structural ? lineBreak : ''}</${name}>`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
const referenced = (c: string): string => REFERENCES[c] ?? c;
const escapeText = (text: string): string => (/[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, referenced) : text);
const escapeValue = (text: string): string =>
  /[&<>"\t\n\r]/.test(text) ? text.replace(/[&<>"\t\n\r]/g, referenced) : text;
