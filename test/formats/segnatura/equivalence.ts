import type { XmlCData } from 'libxml2-wasm';
import { XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';
import type { Generation } from '../../../src/model/segnatura.ts';
import { PLAIN, writeXml, type XmlTree } from '../../support/xml-writer.ts';

/**
 * Canonical XML of a segnatura without the details that its grammar leaves to the writer, so that equivalent documents
 * give the same text. Parsed by libxml2 and canonicalised by it: no part of our own reader is asked.
 *
 * Dropped or unified: attributes with their default or fixed value, version and language, comments, DOCTYPE, CDATA, prefixes,
 * white space between elements and around values whose type collapses it, the two spellings of a boolean. For 2013 the form
 * of the DTD is brought into that of the schema; for 3.0.0 the seal is left out and both roots count as one.
 */
export function canonicalForm(bytes: Uint8Array, generation: Generation): string {
  // The package does not know processing instructions, which no grammar cares about.
  const plain = Buffer.from(bytes)
    .toString('latin1')
    .replace(/<\?(?!xml\s)[^?]*\?>/g, '');
  using document = XmlDocument.fromBuffer(Buffer.from(plain, 'latin1'));
  const tree = normal(treeOf(document.root), generation);
  if (generation === '2013') inSchemaForm(tree);
  if (generation === '3.0.0') withoutSeal(tree);
  using normalised = XmlDocument.fromBuffer(writeXml(tree, { ...PLAIN, indented: false }));
  // One element per line, so that differences are readable.
  return normalised.canonicalizeToString({ mode: 0, withComments: false }).replaceAll('><', '>\n<');
}

const NAMESPACE_2013 = 'http://www.digitPa.gov.it/protocollo/';
const NAMESPACE_3 = 'http://www.agid.gov.it/protocollo/';
const NAMESPACE_3_MAIL = 'http://www.agid.gov.it/protocollo/pec/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

function treeOf(element: XmlElement): XmlTree {
  const children: (XmlTree | string)[] = [];
  for (let child = element.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlElement) children.push(treeOf(child));
    else if (isText(child)) {
      const last = children.at(-1);
      if (typeof last === 'string') children[children.length - 1] = last + child.content;
      else children.push(child.content);
    }
  }
  const attributes = element.attrs.map(({ name, namespaceUri, value }) => ({ namespace: namespaceUri, name, value }));
  return { namespace: element.namespaceUri, name: element.name, attributes, children };
}

const isText = (node: object): node is XmlText | XmlCData =>
  node instanceof XmlText || node.constructor.name === 'XmlCData';

/** Attributes whose default (or only) value may be left out, by element; `*` is any. */
const CIRCULAR_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  'IndirizzoTelematico tipo': ['smtp'],
  'OraRegistrazione tempo': ['locale'],
  'Destinazione confermaRicezione': ['no'],
  'PerConoscenza confermaRicezione': ['no'],
  'UnitaOrganizzativa tipo': ['permanente'],
  'Documento tipoRiferimento': ['MIME'],
  'TestoDelMessaggio tipoRiferimento': ['MIME'],
  'Impronta algoritmo': ['SHA-1', 'SHA-256'],
  'Impronta codifica': ['base64'],
};
const GUIDELINES_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  'IndirizzoTelematico tipo': ['smtp'],
  'Destinatario confermaRicezione': ['true'],
  'Destinatario perConoscenza': ['false'],
  'Impronta algoritmo': ['SHA-256'],
  'Nazione codice3166': ['ITA'],
};
const ROOT_ATTRIBUTES = new Set(['versione', 'lang', 'xml-lang']);
const BOOLEANS = new Set(['confermaRicezione', 'perConoscenza', 'Riservato', 'UnDetached', 'Detached']);
/** Types of 3.0.0 whose white space the schema collapses. */
const COLLAPSED = new Set([
  ...['DataRegistrazione', 'OraRegistrazione', 'Impronta', 'HostValue', 'PathValue'],
  ...['Riservato', 'UnDetached', 'Detached'],
]);

const asBoolean = (text: string): string => (text === '1' ? 'true' : text === '0' ? 'false' : text);

function normal(tree: XmlTree, generation: Generation, root = true): XmlTree {
  const three = generation === '3.0.0';
  const defaults = three ? GUIDELINES_DEFAULTS : CIRCULAR_DEFAULTS;
  const attributes = tree.attributes
    .map((each) => (three && BOOLEANS.has(each.name) ? { ...each, value: asBoolean(each.value) } : each))
    .filter(
      ({ namespace, name, value }) =>
        namespace !== XSI && !(root && ROOT_ATTRIBUTES.has(name)) && !defaults[`${tree.name} ${name}`]?.includes(value),
    );
  const elements = tree.children.filter((child) => typeof child !== 'string');
  if (elements.length > 0) {
    return { ...tree, attributes, children: elements.map((child) => normal(child, generation, false)) };
  }
  let text = tree.children.join('');
  if (three && COLLAPSED.has(tree.name)) text = text.trim().replace(/\s+/g, ' ');
  if (three && BOOLEANS.has(tree.name)) text = asBoolean(text) || 'true';
  if (three && tree.name === 'Nazione') text ||= 'Italia';
  return { ...tree, attributes, children: text === '' ? [] : [text] };
}

function inSchemaForm(tree: XmlTree): void {
  if (tree.namespace === '') tree.namespace = NAMESPACE_2013;
  for (const child of tree.children) if (typeof child !== 'string') inSchemaForm(child);
  const [first] = tree.children;
  if (tree.name !== 'IndirizzoPostale' || typeof first !== 'object' || first.name !== 'Toponimo') return;
  tree.children = [{ namespace: NAMESPACE_2013, name: 'Indirizzo', attributes: [], children: tree.children }];
}

function withoutSeal(root: XmlTree): void {
  root.children = root.children.filter((child) => typeof child === 'string' || child.name !== 'Signature');
  if (root.namespace === NAMESPACE_3) root.namespace = NAMESPACE_3_MAIL;
}
