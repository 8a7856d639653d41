import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { LIMITS } from '../../kernel/limits.ts';
import type { Problem, ProblemCode } from '../../kernel/problems.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { hasMore, looksCrowded } from './crowding.ts';
import { decodeAnyXml } from './decode-any.ts';
import { readXml, type XmlDocument, type XmlLimits } from './parse.ts';
import { escapeBareMarks, repairText, resolveReferences } from './repair-text.ts';
import { type XmlAttribute, XmlElement, type XmlNode } from './tree.ts';

/**
 * What only the tolerant reader could read. A caller says so to whoever relies on it, and never verifies a seal over it:
 * what was signed is not what was read.
 */
export interface RepairedXml {
  readonly root: XmlElement;
  readonly repaired: true;
  /** Why the strict reader refuses. */
  readonly refusal: Problem;
}

export interface TolerantLimits extends XmlLimits {
  readonly tolerantXmlBytes: number;
}

/** Refusals that repair cannot lift: the document asks for too much, whoever reads it. */
const FINAL: ReadonlySet<ProblemCode> = new Set(['xml-too-large', 'xml-too-deep', 'xml-too-many']);

/**
 * Strict first, tolerant only where the strict reader refuses; then the answer is marked as repaired. Tolerated are slips
 * that leave the structure in no doubt: text around the root, a bare `&` or `<`, names of HTML characters, an undeclared
 * prefix, a DOCTYPE without declarations, an unusual charset. Tags that do not pair, a repeated attribute and a second
 * root of the same name stay refused, with the strict reader's problem. No entity is ever expanded.
 */
export function readXmlTolerantly(
  bytes: Uint8Array,
  limits: TolerantLimits = LIMITS,
): Result<XmlDocument | RepairedXml> {
  const strict = readXml(bytes, limits);
  if (strict.ok || FINAL.has(strict.problem.code) || bytes.byteLength > limits.tolerantXmlBytes) return strict;
  const root = repaired(bytes, limits);
  return root === null ? strict : ok({ root, repaired: true, refusal: strict.problem });
}

function repaired(bytes: Uint8Array, limits: TolerantLimits): XmlElement | null {
  const decoded = decodeAnyXml(bytes);
  if (decoded === null || hasMore(decoded, '&', limits.xmlElements)) return null;
  const text = repairText(decoded);
  // Escaping makes five characters of one: a text of nothing else is no text to save.
  if (text === null || text.length > 2 * limits.tolerantXmlBytes) return null;
  if (looksCrowded(text, limits.xmlElements)) return null;
  // As it is first: a `<` in an attribute looks bare too, and this parser takes it.
  return built(text, limits) ?? built(escapeBareMarks(text), limits);
}

function built(text: string, limits: TolerantLimits): XmlElement | null {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    maxNestedTags: limits.xmlDepth,
    jPath: false,
  });
  let nodes: readonly OrderedNode[];
  try {
    // The parser stops at the depth; the validator says whether tags pair, which the parser does not ask.
    nodes = parser.parse(text) as readonly OrderedNode[];
    if (XMLValidator.validate(text) !== true) return null;
  } catch {
    return null;
  }
  const [root, ...others] = nodes;
  if (root === undefined || others.length > 0 || TEXT in root) return null;
  return new TreeBuilder(limits).element(root, null, PREDECLARED);
}

/** A node of the parser's ordered output: `#text` or one element name, and perhaps attributes. */
type OrderedNode = Readonly<Record<string, unknown>>;
const TEXT = '#text';
const ATTRIBUTES = ':@';

type Namespaces = ReadonlyMap<string, string>;
const PREDECLARED: Namespaces = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);
/** Each costs every element that declares more; a sealed segnatura has some twenty. */
const MOST_DECLARATIONS = 1_000;

class TreeBuilder {
  readonly #limits: TolerantLimits;
  #count = 0;
  #declarations = 0;

  constructor(limits: TolerantLimits) {
    this.#limits = limits;
  }

  /** Null beyond a limit. The parser has bounded the depth of the recursion. */
  element(node: OrderedNode, parent: XmlElement | null, outer: Namespaces): XmlElement | null {
    const qualified = Object.keys(node).find((key) => key !== ATTRIBUTES) ?? '';
    const raw = Object.entries((node[ATTRIBUTES] ?? {}) as Readonly<Record<string, string>>);
    this.#count += 1 + raw.length;
    if (raw.length > this.#limits.xmlAttributes || this.#count > this.#limits.xmlElements) return null;
    const declared = raw.filter(([key]) => isDeclaration(key));
    this.#declarations += declared.length;
    if (this.#declarations > MOST_DECLARATIONS) return null;
    const namespaces = withDeclared(declared, outer);
    const [prefix, name] = split(qualified);
    const attributes = raw.flatMap(([key, value]) => attribute(key, value, namespaces));
    const element = new XmlElement(name, prefix, namespaces.get(prefix) ?? '', attributes, parent);
    for (const child of (node[qualified] ?? []) as readonly OrderedNode[]) {
      const read: XmlNode | null =
        TEXT in child ? resolveReferences(String(child[TEXT])) : this.element(child, element, namespaces);
      if (read === null) return null;
      element.children.push(read);
    }
    return element;
  }
}

const isDeclaration = (qualified: string): boolean => qualified === 'xmlns' || qualified.startsWith('xmlns:');

function withDeclared(declared: readonly (readonly [string, string])[], outer: Namespaces): Namespaces {
  if (declared.length === 0) return outer;
  return new Map([...outer, ...declared.map(([key, value]) => [key.slice(6), resolveReferences(value)] as const)]);
}

const split = (qualified: string): readonly [prefix: string, name: string] => {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
};

function attribute(qualified: string, value: string, namespaces: Namespaces): readonly XmlAttribute[] {
  if (isDeclaration(qualified)) return [];
  const [prefix, name] = split(qualified);
  const namespace = prefix === '' ? '' : (namespaces.get(prefix) ?? '');
  return [{ name, prefix, namespace, value: resolveReferences(value.replace(/[\t\n]/g, ' ')) }];
}
