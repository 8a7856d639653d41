import { type ErrorDetail, XmlBufferInputProvider } from 'libxml2-wasm';
import * as libxml from 'libxml2-wasm/lib/libxml2.mjs';

/**
 * A thin layer over libxml2 for documents from outside. The package's own classes collect every error of a document and
 * number each among its siblings, which takes quadratic time in something a sender controls: six seconds for 40,000 wrong
 * elements, minutes for five megabytes of them. Here at most `MAX_COMPLAINTS` are described and the rest only counted.
 * Memory of WebAssembly is not garbage-collected, so every function frees what it took.
 */
export type DocPointer = number;
export type SchemaPointer = number;
export type DtdPointer = number;

export interface Complaint {
  readonly text: string;
  readonly line: number;
  /** `/Segnatura/Intestazione/Destinazione[2]`, local names; empty when libxml2 names no node. */
  readonly place: string;
  readonly severity: 'warning' | 'error';
}

export interface Root {
  readonly name: string;
  readonly namespace: string;
}

export const MAX_COMPLAINTS = 20;
/** Siblings counted to number one path; where there are more, the number is left out. */
const PLACE_STEPS = 2_000;
const LONGEST_TEXT = 600;

/** A content model and the names of the children are quoted as a whole: the fault may lie at their end. */
const OF_MODEL = / content does not follow the DTD, expecting /;
const LONGEST_MODEL = 4_000;

/** A quoted value can be megabytes long; the sentence around it matters. */
function middleCut(text: string): string {
  const longest = OF_MODEL.test(text.slice(0, LONGEST_TEXT)) ? LONGEST_MODEL : LONGEST_TEXT;
  return text.length > longest ? `${text.slice(0, longest / 2)}…${text.slice(-longest / 2)}` : text;
}

/** Nothing is loaded, no entity is replaced, and lines are counted past 65,535. */
const PARSE_OPTIONS = { noXxe: 1 << 23, noNet: 1 << 11, noCatalog: 1 << 25, bigLines: 1 << 22 };
const OPTIONS = PARSE_OPTIONS.noXxe | PARSE_OPTIONS.noNet | PARSE_OPTIONS.noCatalog | PARSE_OPTIONS.bigLines;
const WARNING: ErrorDetail['level'] = 1;

let complaints: Complaint[] = [];
let errors = 0;

function report(_slot: number, error: number): void {
  const warning = libxml.XmlErrorStruct.level(error) <= WARNING;
  if (!warning) errors += 1;
  if (complaints.length >= MAX_COMPLAINTS) return;
  complaints.push({
    text: middleCut(libxml.XmlErrorStruct.message(error).trim()),
    line: libxml.XmlErrorStruct.line(error),
    place: placeOf(libxml.XmlErrorStruct.node(error)),
    severity: warning ? 'warning' : 'error',
  });
}

/** Exported by the package, but missing in its types. */
const { addFunction } = libxml as unknown as { addFunction(call: typeof report, signature: string): number };
const REPORT = addFunction(report, 'vii');

/** Runs one call into libxml2 with a fresh list of complaints. Calls are synchronous and never nest. */
function collecting<T>(call: () => T): {
  readonly value: T;
  readonly found: readonly Complaint[];
  readonly failed: boolean;
} {
  complaints = [];
  errors = 0;
  const value = call();
  return { value, found: complaints, failed: errors > 0 };
}

/** Parses without loading anything; 0 where the bytes are not well-formed. The caller frees the document. */
export function parseDocument(bytes: Uint8Array, url: string | null = null) {
  return collecting((): DocPointer => {
    const context = libxml.xmlNewParserCtxt();
    try {
      libxml.xmlCtxtSetErrorHandler(context, REPORT, 0);
      return libxml.xmlReadMemory(context, bytes, url, null, OPTIONS);
    } finally {
      libxml.xmlFreeParserCtxt(context);
    }
  });
}

export function freeDocument(document: DocPointer): void {
  if (document !== 0) libxml.xmlFreeDoc(document);
}

export function rootOf(document: DocPointer): Root {
  const node = libxml.xmlDocGetRootElement(document);
  const namespace = libxml.XmlNamedNodeStruct.namespace(node);
  return { name: nameOf(node), namespace: namespace === 0 ? '' : libxml.XmlNsStruct.href(namespace) };
}

/** Whether the document type has declarations of its own. */
export function hasDeclarations(document: DocPointer): boolean {
  const subset = libxml.xmlGetIntSubset(document);
  return subset !== 0 && libxml.XmlTreeCommonStruct.children(subset) !== 0;
}

export function validateWithDtd(document: DocPointer, dtd: DtdPointer) {
  return collecting((): boolean => {
    const context = libxml.xmlNewParserCtxt();
    try {
      libxml.xmlCtxtSetErrorHandler(context, REPORT, 0);
      return libxml.xmlCtxtValidateDtd(context, document, dtd) === 1;
    } finally {
      libxml.xmlFreeParserCtxt(context);
    }
  });
}

export function validateWithSchema(document: DocPointer, schema: SchemaPointer) {
  return collecting((): boolean => {
    const context = libxml.xmlSchemaNewValidCtxt(schema);
    try {
      libxml.xmlSchemaSetValidStructuredErrors(context, REPORT, 0);
      return libxml.xmlSchemaValidateDoc(context, document) === 0;
    } finally {
      libxml.xmlSchemaFreeValidCtxt(context);
    }
  });
}

export function compileDtd(name: string, bytes: Uint8Array): DtdPointer {
  const { value, found } = collecting(() => {
    const context = libxml.xmlNewParserCtxt();
    try {
      libxml.xmlCtxtSetErrorHandler(context, REPORT, 0);
      return libxml.xmlCtxtParseDtd(context, bytes, null, null);
    } finally {
      libxml.xmlFreeParserCtxt(context);
    }
  });
  if (value === 0) throw unusable(name, found);
  return value;
}

/** Holds grammar files only while schemas are compiled, so that a document's schemaLocation finds nothing. */
const shelf = new XmlBufferInputProvider({});
let shelfRegistered = false;
let compilations = 0;

/** Compiles one schema; its imports are resolved among `files`, by name. */
export function compileSchema(name: string, files: ReadonlyMap<string, Uint8Array>): SchemaPointer {
  if (!shelfRegistered) shelfRegistered = libxml.xmlRegisterInputProvider(shelf);
  compilations += 1;
  const folder = `grammar:/${compilations}/`;
  for (const [file, bytes] of files) shelf.addBuffer(folder + file, bytes);
  try {
    return compileFrom(name, folder, files);
  } finally {
    for (const file of files.keys()) shelf.removeBuffer(folder + file);
  }
}

function compileFrom(name: string, folder: string, files: ReadonlyMap<string, Uint8Array>): SchemaPointer {
  const parsed = parseDocument(files.get(name) ?? new Uint8Array(), folder + name);
  if (parsed.value === 0 || parsed.failed) throw unusable(name, parsed.found);
  const { value, found, failed } = collecting(() => {
    const context = libxml.xmlSchemaNewDocParserCtxt(parsed.value);
    try {
      libxml.xmlSchemaSetParserStructuredErrors(context, REPORT, 0);
      return libxml.xmlSchemaParse(context);
    } finally {
      libxml.xmlSchemaFreeParserCtxt(context);
    }
  });
  // To libxml2 a skipped import is only a warning, but half the grammar is missing.
  if (value === 0 || failed || found.length > 0) throw unusable(name, found);
  // The schema points into its document, which therefore is not freed.
  return value;
}

const unusable = (name: string, found: readonly Complaint[]): Error =>
  new Error(`grammar ${name} cannot be compiled: ${found.map(({ line, text }) => `line ${line}: ${text}`).join('; ')}`);

const { XML_ELEMENT_NODE, XML_ATTRIBUTE_NODE } = libxml.XmlNodeType;
const tree = libxml.XmlTreeCommonStruct;
const nameOf = (node: number): string => tree.name_(node);

function placeOf(node: number): string {
  const steps = { left: PLACE_STEPS };
  let place = '';
  for (let at = node; at !== 0; at = tree.parent(at)) {
    const type = tree.type(at);
    if (type === XML_ATTRIBUTE_NODE) place = `/@${nameOf(at)}${place}`;
    else if (type === XML_ELEMENT_NODE) place = `/${nameOf(at)}${numberOf(at, steps)}${place}`;
  }
  return place;
}

/** `[2]` for the second of several siblings of one name; empty for the first. */
function numberOf(node: number, steps: { left: number }): string {
  const name = nameOf(node);
  let number = 1;
  for (let at = tree.prev(node); at !== 0; at = tree.prev(at)) {
    steps.left -= 1;
    if (steps.left < 0) return '';
    if (tree.type(at) === XML_ELEMENT_NODE && nameOf(at) === name) number += 1;
  }
  return number > 1 ? `[${number}]` : '';
}
