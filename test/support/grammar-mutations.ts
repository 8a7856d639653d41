import type { Generator } from './grammar-generator.ts';
import { ANY_TEXT, clark, type ElementDeclaration, type SimpleType } from './grammar-model.ts';
import { edgeValue } from './grammar-values.ts';
import { below, chance, pick, type Random } from './random.ts';
import { copyOf, elementsOf, WELL_KNOWN_PREFIXES, XML_NAMESPACE, type XmlTree, XSI_NAMESPACE } from './xml-writer.ts';

/**
 * Changes that may or may not make a document invalid: a validator decides. The root keeps its name, because a schema also
 * accepts roots that are no message.
 */
export interface Mutated {
  readonly tree: XmlTree;
  readonly changes: readonly string[];
}

interface Workshop {
  readonly tree: XmlTree;
  readonly nodes: readonly XmlTree[];
  readonly random: Random;
  readonly generator: Generator;
  /** Declarations by element name; local elements may share a name. */
  readonly declarations: ReadonlyMap<string, readonly ElementDeclaration[]>;
}

/** Returns whether anything was changed. */
type Change = (workshop: Workshop) => boolean;

const declarationsOf = new WeakMap<Generator, ReadonlyMap<string, readonly ElementDeclaration[]>>();

export function mutate(original: XmlTree, generator: Generator, random: Random): Mutated {
  const tree = copyOf(original);
  const changes: string[] = [];
  const wanted = chance(random, 0.75) ? 1 : 2;
  for (let tries = 0; changes.length < wanted && tries < 60; tries += 1) {
    const name = pick(random, NAMES);
    const change = CHANGES[name];
    const declarations = declarationsOf.get(generator) ?? byName(generator);
    declarationsOf.set(generator, declarations);
    if (change?.({ tree, nodes: elementsOf(tree), random, generator, declarations })) changes.push(name);
  }
  return { tree, changes };
}

function byName({ heights }: Generator): Map<string, ElementDeclaration[]> {
  const all = new Map<string, ElementDeclaration[]>();
  for (const declaration of heights.elements()) {
    const name = clark(declaration.namespace, declaration.name);
    all.set(name, [...(all.get(name) ?? []), declaration]);
  }
  return all;
}

const elementsIn = (node: XmlTree): XmlTree[] =>
  node.children.filter((child): child is XmlTree => typeof child !== 'string');
const parents = ({ nodes }: Workshop): XmlTree[] => nodes.filter((node) => elementsIn(node).length > 0);
const declared = ({ declarations }: Workshop, node: XmlTree): ElementDeclaration | undefined =>
  declarations.get(clark(node.namespace, node.name))?.[0];

/** A parent and the position of one of its child elements; null if the root has no children. */
function place(workshop: Workshop): { readonly parent: XmlTree; readonly at: number; readonly child: XmlTree } | null {
  const candidates = parents(workshop);
  if (candidates.length === 0) return null;
  const parent = pick(workshop.random, candidates);
  const child = pick(workshop.random, elementsIn(parent));
  return { parent, at: parent.children.indexOf(child), child };
}

const CHANGES: Readonly<Record<string, Change>> = {
  'element removed': (workshop) => {
    const found = place(workshop);
    found?.parent.children.splice(found.at, 1);
    return found !== null;
  },
  'element doubled': (workshop) => {
    const found = place(workshop);
    found?.parent.children.splice(found.at, 0, copyOf(found.child));
    return found !== null;
  },
  'element moved among its siblings': (workshop) => {
    const found = place(workshop);
    if (found === null || found.parent.children.length < 2) return false;
    found.parent.children.splice(found.at, 1);
    found.parent.children.splice(below(workshop.random, found.parent.children.length + 1), 0, found.child);
    return true;
  },
  'element copied elsewhere': (workshop) => {
    const found = place(workshop);
    if (found === null) return false;
    const target = pick(workshop.random, workshop.nodes);
    target.children.splice(below(workshop.random, target.children.length + 1), 0, copyOf(found.child));
    return true;
  },
  'element renamed': (workshop) => {
    const found = place(workshop);
    if (found === null) return false;
    const { name } = pick(workshop.random, workshop.generator.heights.elements());
    found.child.name = pick(workshop.random, [name, name, found.child.name.toLowerCase(), `${found.child.name}X`]);
    return true;
  },
  'element put in': ({ nodes, random, generator }) => {
    const parent = pick(random, nodes);
    const { namespace, name } = pick(random, generator.heights.elements());
    const child: XmlTree = { namespace, name, attributes: [], children: chance(random, 0.5) ? ['x'] : [] };
    parent.children.splice(below(random, parent.children.length + 1), 0, child);
    return true;
  },
  'generated element put in': ({ nodes, random, generator }) => {
    const parent = pick(random, nodes);
    const { namespace, name } = pick(random, [...generator.grammar.elements.values()]);
    const child = generator.tree(clark(namespace, name), random, { elements: 10 });
    parent.children.splice(below(random, parent.children.length + 1), 0, child);
    return true;
  },
  'namespace of one element changed': (workshop) => {
    const found = place(workshop);
    if (found === null) return false;
    const known = [...new Set(workshop.generator.heights.elements().map(({ namespace }) => namespace))];
    found.child.namespace = pick(workshop.random, ['urn:example:altro', '', ...known]);
    return true;
  },
  'content removed': ({ nodes, random }) => {
    const node = pick(random, nodes);
    const had = node.children.length > 0;
    node.children = [];
    return had;
  },
  'attribute removed': ({ nodes, random }) => {
    const candidates = nodes.filter(({ attributes }) => attributes.length > 0);
    if (candidates.length === 0) return false;
    const { attributes } = pick(random, candidates);
    attributes.splice(below(random, attributes.length), 1);
    return true;
  },
  'attribute with another value': (workshop) => {
    const { nodes, random } = workshop;
    const candidates = nodes.filter(({ attributes }) => attributes.length > 0);
    if (candidates.length === 0) return false;
    const node = pick(random, candidates);
    const attribute = pick(random, node.attributes);
    const declaration = declared(workshop, node)
      ?.content()
      .attributes.find(({ name }) => name === attribute.name);
    attribute.value = chance(random, 0.3)
      ? pick(random, ['', 'x', 'it', 'si', 'SHA-1', 'SHA-256', '2001-05-07', '3.0.0', ' 3.0.0 ', ' it', 'true', 'a b'])
      : edgeValue(declaration?.type ?? ANY_TEXT, random);
    return true;
  },
  'attribute with or without prefix': (workshop) => {
    const { nodes, random } = workshop;
    const candidates = nodes.filter(({ attributes }) => attributes.length > 0);
    if (candidates.length === 0 || workshop.tree.namespace === '') return false;
    const attribute = pick(random, pick(random, candidates).attributes);
    attribute.namespace = attribute.namespace === '' ? workshop.tree.namespace : '';
    return true;
  },
  'declared attribute put in': (workshop) => {
    const { nodes, random } = workshop;
    const node = pick(random, nodes);
    const undeclared = (declared(workshop, node)?.content().attributes ?? []).filter(
      ({ name }) => !node.attributes.some((attribute) => attribute.name === name),
    );
    if (undeclared.length === 0) return false;
    const { namespace, name, type, fixed } = pick(random, undeclared);
    node.attributes.push({ namespace, name, value: fixed ?? edgeValue(type, random) });
    return true;
  },
  'foreign attribute put in': (workshop) => {
    const { nodes, random, generator } = workshop;
    const node = pick(random, nodes);
    const all = generator.heights.elements().flatMap((element) => element.content().attributes);
    const { namespace, name } = pick(random, [
      ...all,
      { namespace: '', name: 'altro' },
      { namespace: XML_NAMESPACE, name: 'lang' },
    ]);
    if (node.attributes.some((other) => other.name === name && other.namespace === namespace)) return false;
    node.attributes.push({ namespace, name, value: pick(random, ['it', 'x', '1']) });
    return true;
  },
  'language attribute spelt otherwise': ({ tree, random }) => {
    const spellings = [
      { namespace: XML_NAMESPACE, name: 'lang' },
      { namespace: '', name: 'xml-lang' },
      { namespace: '', name: 'lang' },
    ];
    tree.attributes = tree.attributes.filter(({ name }) => !name.endsWith('lang'));
    tree.attributes.push({ ...pick(random, spellings), value: 'it' });
    return true;
  },
  'text put in': ({ nodes, random }) => {
    const node = pick(random, nodes);
    node.children.splice(below(random, node.children.length + 1), 0, pick(random, ['testo', ' ', '\u00a0', '0', '\n']));
    return true;
  },
  'value at or past a limit': (workshop) => {
    const typed = workshop.nodes.flatMap((node) => {
      const text = declared(workshop, node)?.content().text;
      return typeof text === 'object' && text.base !== 'string' ? [{ node, text }] : [];
    });
    const patterned = workshop.nodes.flatMap((node) => {
      const text = declared(workshop, node)?.content().text;
      return typeof text === 'object' && text.patterns.length > 0 ? [{ node, text }] : [];
    });
    const candidates: { node: XmlTree; text: SimpleType }[] = [...typed, ...patterned];
    if (candidates.length === 0) return false;
    const { node, text } = pick(workshop.random, candidates);
    const value = edgeValue(text, workshop.random);
    node.children = value === '' ? [] : [value];
    return true;
  },
  'identifiers and references': ({ nodes, random }) => {
    const owners = nodes.flatMap(({ attributes }) =>
      attributes.filter(({ name }) => ['id', 'rife', 'Id'].includes(name)),
    );
    if (owners.length === 0) return false;
    pick(random, owners).value = pick(random, ['id-1', 'id-2', 'manca', '1']);
    return true;
  },
  'type of the instance': ({ nodes, random, generator }) => {
    if (generator.grammar.types.length === 0) return false;
    const { namespace, name } = pick(random, generator.grammar.types);
    const prefix = WELL_KNOWN_PREFIXES.get(namespace) ?? 'p';
    const node = pick(random, nodes);
    if (node.attributes.some((other) => other.namespace === XSI_NAMESPACE)) return false;
    const own = `${node.name}Type`;
    const value = pick(random, [name, name, node.name, own]);
    node.attributes.push({ namespace: XSI_NAMESPACE, name: 'type', value: `${prefix}:${value}` });
    return true;
  },
  'subject given as recipient': ({ nodes, random, generator }) => {
    const subjects = nodes.filter(({ name }) => name === 'Mittente' || name === 'Destinatario');
    if (subjects.length === 0 || generator.grammar.types.length === 0) return false;
    const node = pick(random, subjects);
    if (node.attributes.some((other) => other.namespace === XSI_NAMESPACE)) return false;
    const value = pick(random, ['prot:DestinatarioType', 'prot:SoggettoType', 'p:Destinatario', 'p:Mittente']);
    node.attributes.push({ namespace: XSI_NAMESPACE, name: 'type', value });
    return true;
  },
  'nil and schema location': ({ nodes, random, generator }) => {
    if (generator.grammar.language === 'dtd') return false;
    const node = pick(random, nodes);
    const name = pick(random, ['nil', 'noNamespaceSchemaLocation', 'schemaLocation']);
    if (node.attributes.some((other) => other.namespace === XSI_NAMESPACE)) return false;
    const value = name === 'nil' ? pick(random, ['true', 'false']) : 'urn:example:altro nessuno.xsd';
    node.attributes.push({ namespace: XSI_NAMESPACE, name, value });
    return true;
  },
};
const NAMES = Object.keys(CHANGES);
