import { below, chance, pick, type Random } from './random.ts';

/** An XML document as plain values, to be built, changed and written. */
export interface XmlTree {
  namespace: string;
  name: string;
  attributes: { namespace: string; name: string; value: string }[];
  children: (XmlTree | string)[];
}

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
export const XSI_NAMESPACE = 'http://www.w3.org/2001/XMLSchema-instance';

export const elementsOf = (tree: XmlTree): XmlTree[] => [
  tree,
  ...tree.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child))),
];

export const copyOf = (tree: XmlTree): XmlTree => ({
  ...tree,
  attributes: tree.attributes.map((attribute) => ({ ...attribute })),
  children: tree.children.map((child) => (typeof child === 'string' ? child : copyOf(child))),
});

/** Prefixes that values such as that of xsi:type may use. */
export const WELL_KNOWN_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['http://www.digitPa.gov.it/protocollo/', 'p'],
  ['http://www.agid.gov.it/protocollo/', 'prot'],
  ['http://www.agid.gov.it/protocollo/pec/', 'pec'],
  ['http://www.agid.gov.it/protocollo/messaggi/', 'msgprot'],
  ['http://www.w3.org/2000/09/xmldsig#', 'ds'],
  [XSI_NAMESPACE, 'xsi'],
]);

export interface Style {
  readonly declaration: 'none' | 'utf-8' | 'iso-8859-1';
  readonly doctype: boolean;
  /** The namespace written without a prefix, or null. */
  readonly defaultNamespace: string | null;
  readonly indented: boolean;
  readonly remarks: boolean;
  readonly cdata: boolean;
  readonly lineEnd: '\n' | '\r\n';
}

export const PLAIN: Style = {
  declaration: 'utf-8',
  doctype: false,
  defaultNamespace: null,
  indented: true,
  remarks: false,
  cdata: false,
  lineEnd: '\n',
};

/** A random style; it changes no verdict of any grammar. */
export function randomStyle(random: Random, tree: XmlTree, doctypes: boolean): Style {
  const namespaces = [...new Set(elementsOf(tree).map(({ namespace }) => namespace))];
  const latin = doctypes && /^[\x00-\xff]*$/.test(JSON.stringify(tree)) && chance(random, 0.3);
  return {
    declaration: latin ? 'iso-8859-1' : pick(random, ['none', 'utf-8']),
    doctype: doctypes && chance(random, 0.5),
    defaultNamespace: !namespaces.includes('') && chance(random, 0.5) ? pick(random, namespaces) : null,
    indented: chance(random, 0.5),
    remarks: chance(random, 0.2),
    cdata: chance(random, 0.2),
    lineEnd: chance(random, 0.2) ? '\r\n' : '\n',
  };
}

export function writeXml(tree: XmlTree, style: Style = PLAIN, random: Random = () => 0.5): Buffer {
  const prefixes = prefixesFor(tree, style.defaultNamespace);
  const lines: string[] = [];
  if (style.declaration !== 'none') lines.push(`<?xml version="1.0" encoding="${style.declaration.toUpperCase()}"?>`);
  if (style.doctype) lines.push(`<!DOCTYPE ${tree.name} SYSTEM "Segnatura.dtd">`);
  if (style.remarks) lines.push('<!-- prova -->');
  const declarations = [...prefixes].map(([namespace, prefix]) => ` xmlns:${prefix}="${escaped(namespace)}"`);
  if (style.defaultNamespace !== null) declarations.push(` xmlns="${escaped(style.defaultNamespace)}"`);
  lines.push(writeElement(tree, { style, prefixes, random }, declarations.join(''), style.lineEnd));
  return Buffer.from(
    `${lines.join(style.lineEnd)}${style.lineEnd}`,
    style.declaration === 'iso-8859-1' ? 'latin1' : 'utf8',
  );
}

interface Writing {
  readonly style: Style;
  readonly prefixes: ReadonlyMap<string, string>;
  readonly random: Random;
}

function writeElement(tree: XmlTree, writing: Writing, declarations: string, margin: string): string {
  const { style, prefixes, random } = writing;
  const prefix = tree.namespace === style.defaultNamespace ? undefined : prefixes.get(tree.namespace);
  const name = prefix === undefined ? tree.name : `${prefix}:${tree.name}`;
  const attributes = tree.attributes.map((attribute) => {
    const own = attribute.namespace === XML_NAMESPACE ? 'xml' : prefixes.get(attribute.namespace);
    return ` ${own === undefined ? '' : `${own}:`}${attribute.name}="${escaped(attribute.value)}"`;
  });
  const start = `<${name}${declarations}${attributes.join('')}`;
  if (tree.children.length === 0) return chance(random, 0.8) ? `${start}/>` : `${start}></${name}>`;
  // White space is added only between elements: elsewhere it would be text.
  const spread = style.indented && tree.children.every((child) => typeof child !== 'string');
  const inner = `${margin}  `;
  const parts = tree.children.map((child) => {
    if (typeof child === 'string')
      return style.cdata && !child.includes(']]>') ? `<![CDATA[${child}]]>` : escaped(child);
    const remark = style.remarks && below(random, 6) === 0 ? pick(random, ['<!-- nota -->', '<?prova si?>']) : '';
    return `${spread ? inner : ''}${remark}${writeElement(child, writing, '', inner)}`;
  });
  return `${start}>${parts.join('')}${spread ? margin : ''}</${name}>`;
}

function prefixesFor(tree: XmlTree, defaultNamespace: string | null): Map<string, string> {
  const elements = elementsOf(tree);
  const onAttributes = elements.flatMap(({ attributes }) => attributes.map(({ namespace }) => namespace));
  const onElements = elements.map(({ namespace }) => namespace).filter((namespace) => namespace !== defaultNamespace);
  const prefixes = new Map<string, string>();
  for (const namespace of [...onElements, ...onAttributes, ...WELL_KNOWN_PREFIXES.keys()]) {
    if (namespace === '' || namespace === XML_NAMESPACE || prefixes.has(namespace)) continue;
    const known = WELL_KNOWN_PREFIXES.get(namespace);
    // Well-known prefixes are declared only if the document uses namespaces.
    if (known !== undefined && !onElements.includes(namespace) && !onAttributes.includes(namespace)) {
      if (!namedInType(elements, known)) continue;
    }
    prefixes.set(namespace, known ?? `n${prefixes.size}`);
  }
  return prefixes;
}

const namedInType = (elements: readonly XmlTree[], prefix: string): boolean =>
  elements.some(({ attributes }) =>
    attributes.some(({ namespace, value }) => namespace === XSI_NAMESPACE && value.startsWith(`${prefix}:`)),
  );

const escaped = (text: string): string =>
  text.replace(/[&<>"\r\n\t]/g, (found) =>
    found === '&' ? '&amp;' : found === '<' ? '&lt;' : `&#${found.charCodeAt(0)};`,
  );
