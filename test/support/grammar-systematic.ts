import type { Generator as DocumentGenerator } from './grammar-generator.ts';
import type { AttributeDeclaration, ElementDeclaration, SimpleType } from './grammar-model.ts';
import { edgeValues, validValue } from './grammar-values.ts';
import type { Random } from './random.ts';
import { copyOf, elementsOf, type XmlTree } from './xml-writer.ts';

/**
 * Documents that try every rule of a grammar by itself; random ones would need thousands to meet some rules. For every
 * element that can be part of a message: a valid document that holds it in full, and one document per possible fault.
 */
export interface Trial {
  readonly tree: XmlTree;
  /** Empty if the document is valid as generated. */
  readonly change: string;
}

/** `rounds` is the number of different full instances of each element. */
export function* trials(generator: DocumentGenerator, random: Random, rounds: number): Generator<Trial, void> {
  for (const [declaration, { root, path }] of generator.paths()) {
    for (let round = 0; round < rounds; round += 1) {
      const tree = generator.tree(root, random, { path });
      yield { tree, change: '' };
      const at = elementsOf(tree).findIndex((node) => isInstance(node, declaration, path.length, tree));
      if (at < 0) throw new Error(`${declaration.name} is not in the document led to it`);
      for (const [change, apply] of changesOf(declaration, elementsOf(tree)[at], random)) {
        const copy = copyOf(tree);
        const node = elementsOf(copy)[at];
        if (node === undefined) continue;
        apply(node);
        yield { tree: copy, change: `${declaration.name}: ${change}` };
      }
    }
  }
}

/** Elements of the same name at the depth of the path. */
function isInstance(node: XmlTree, { namespace, name }: ElementDeclaration, depth: number, tree: XmlTree): boolean {
  return node.name === name && node.namespace === namespace && depthOf(node, tree) === depth;
}

function depthOf(node: XmlTree, tree: XmlTree): number {
  if (node === tree) return 0;
  for (const child of tree.children) {
    const depth = typeof child === 'string' ? -1 : depthOf(node, child);
    if (depth >= 0) return depth + 1;
  }
  return -1;
}

type Named = readonly [change: string, apply: (node: XmlTree) => void];

function changesOf(declaration: ElementDeclaration, instance: XmlTree | undefined, random: Random): Named[] {
  const { attributes, text, particle } = declaration.content();
  const changes: Named[] = (instance?.children ?? []).flatMap((child, index) =>
    typeof child === 'string' ? [] : childChanges(child.name, index),
  );
  for (const attribute of attributes) changes.push(...attributeChanges(attribute, random));
  if (typeof text === 'object') changes.push(...textChanges(text, declaration.fixed, random));
  changes.push(['text put in', ({ children }) => void children.push('testo')]);
  changes.push(['blank put in', ({ children }) => void children.unshift(' ')]);
  changes.push(['emptied', ({ children }) => void children.splice(0)]);
  const foreign = { namespace: declaration.namespace, name: 'Altro', attributes: [], children: [] };
  changes.push(['unknown element put in', ({ children }) => void children.push({ ...foreign })]);
  const unknown = { namespace: '', name: 'altro', value: '1' };
  changes.push(['unknown attribute put in', (node) => void node.attributes.push(unknown)]);
  if (particle === null && text === 'none') {
    changes.push(['line end put in', ({ children }) => void children.push('\n')]);
  }
  return changes;
}

const childChanges = (name: string, index: number): Named[] => [
  [`${name} removed`, ({ children }) => void children.splice(index, 1)],
  [
    `${name} doubled`,
    ({ children }) => {
      const child = children[index];
      if (typeof child === 'object') children.splice(index, 0, withoutIdentifiers(copyOf(child)));
    },
  ],
  [`${name} moved one on`, ({ children }) => void children.splice(index + 1, 0, ...children.splice(index, 1))],
  [`${name} renamed`, ({ children }) => rename(children[index])],
];

function rename(child: XmlTree | string | undefined): void {
  if (typeof child === 'object') child.name = `${child.name}X`;
}

/** A doubled element would be invalid just for its repeated identifiers. */
function withoutIdentifiers(tree: XmlTree): XmlTree {
  for (const node of elementsOf(tree)) node.attributes = node.attributes.filter(({ name }) => !/^id$/i.test(name));
  return tree;
}

function attributeChanges({ namespace, name, type, fixed }: AttributeDeclaration, random: Random): Named[] {
  const without = (node: XmlTree) =>
    node.attributes.filter((other) => other.name !== name || other.namespace !== namespace);
  const put =
    (value: string | null, as = namespace) =>
    (node: XmlTree) => {
      node.attributes = [...without(node), ...(value === null ? [] : [{ namespace: as, name, value }])];
    };
  const values =
    fixed === null ? edgeValues(type, random) : [fixed, ` ${fixed} `, `${fixed}x`, '', fixed.toUpperCase()];
  const good = fixed ?? (type.base === 'ID' ? 'id-99' : validValue(type, name, random));
  return [
    [`@${name} removed`, put(null)],
    [`@${name} with the other prefix`, put(good, namespace === '' ? 'urn:example:altro' : '')],
    ...[good, ...values].map((value): Named => [`@${name}="${value}"`, put(value)]),
  ];
}

const textChanges = (type: SimpleType, fixed: string | null, random: Random): Named[] =>
  [...edgeValues(type, random), ...(fixed === null ? [] : [fixed, ` ${fixed} `, 'false', '1'])].map((value) => [
    `"${value}"`,
    ({ children }) => void children.splice(0, children.length, ...(value === '' ? [] : [value])),
  ]);
