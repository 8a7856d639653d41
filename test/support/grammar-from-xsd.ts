import { XmlDocument, XmlElement } from 'libxml2-wasm';
import {
  ANY_TEXT,
  type AttributeDeclaration,
  type Content,
  clark,
  type ElementDeclaration,
  type Grammar,
  type Particle,
  type SimpleType,
} from './grammar-model.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema';

interface Schema {
  readonly target: string;
  readonly qualifiedElements: boolean;
  readonly qualifiedAttributes: boolean;
}
interface Item {
  readonly node: XmlElement;
  readonly schema: Schema;
}

/** Reads a schema and its imports (found in `files` by base name), as far as our schemas need it. */
export function grammarFromXsd(start: string, files: ReadonlyMap<string, Uint8Array>): Grammar {
  const globals = new Map<string, Map<string, Item>>();
  const seen = new Set<string>();
  const read = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const bytes = files.get(file);
    if (bytes === undefined) throw new Error(`schema ${file} missing`);
    // The tree is read lazily, so the document stays open for the length of the test.
    const { root } = XmlDocument.fromBuffer(bytes);
    const schema: Schema = {
      target: attribute(root, 'targetNamespace') ?? '',
      qualifiedElements: attribute(root, 'elementFormDefault') === 'qualified',
      qualifiedAttributes: attribute(root, 'attributeFormDefault') === 'qualified',
    };
    for (const node of childrenOf(root)) {
      if (node.name === 'import') read((attribute(node, 'schemaLocation') ?? '').replace(/^.*\//, ''));
      const table = globals.get(node.name) ?? new Map<string, Item>();
      globals.set(node.name, table);
      table.set(clark(schema.target, attribute(node, 'name') ?? ''), { node, schema });
    }
  };
  read(start);
  return new Reader(globals).grammar();
}

class Reader {
  readonly #globals: ReadonlyMap<string, ReadonlyMap<string, Item>>;
  readonly #elements = new Map<string, ElementDeclaration>();
  /** Named types are read once: a recursive type has the same elements at every depth. */
  readonly #named = new Map<string, Content>();
  constructor(globals: ReadonlyMap<string, ReadonlyMap<string, Item>>) {
    this.#globals = globals;
  }

  grammar(): Grammar {
    const types = [...(this.#globals.get('complexType')?.values() ?? [])].map(({ node, schema }) => ({
      namespace: schema.target,
      name: attribute(node, 'name') ?? '',
    }));
    for (const [name, item] of this.#globals.get('element') ?? []) this.#elements.set(name, this.#element(item, true));
    return { language: 'xsd', elements: this.#elements, types };
  }

  #global(kind: string, name: string): Item {
    const item = this.#globals.get(kind)?.get(name);
    if (item === undefined) throw new Error(`no ${kind} ${name}`);
    return item;
  }

  #element({ node, schema }: Item, isGlobal: boolean): ElementDeclaration {
    let content: Content | null = null;
    return {
      namespace: isGlobal || schema.qualifiedElements ? schema.target : '',
      name: attribute(node, 'name') ?? '',
      fixed: attribute(node, 'fixed'),
      defaulted: attribute(node, 'default') !== null || attribute(node, 'fixed') !== null,
      content: () => {
        content ??= this.#contentOf({ node, schema });
        return content;
      },
    };
  }

  /** Content of an element or of the base of an extension, by type name or by inline type. */
  #contentOf({ node, schema }: Item): Content {
    const type = qualified(node, attribute(node, 'type'));
    const known = type === null ? undefined : this.#named.get(type);
    if (known !== undefined) return known;
    const inner = childrenOf(node).find(({ name }) => name === 'complexType' || name === 'simpleType');
    if (type === null && inner?.name === 'complexType') return this.#complex({ node: inner, schema });
    if (type !== null && this.#globals.get('complexType')?.has(type)) {
      const content = this.#complex(this.#global('complexType', type));
      this.#named.set(type, content);
      return content;
    }
    return { particle: null, text: this.#simple(node, 'type'), attributes: [] };
  }

  #complex({ node, schema }: Item): Content {
    const attributes = this.#attributes({ node, schema });
    for (const child of childrenOf(node)) {
      if (child.name !== 'simpleContent' && child.name !== 'complexContent') continue;
      const [extension] = childrenOf(child);
      if (extension === undefined) throw new Error('extension expected');
      const own = this.#attributes({ node: extension, schema });
      if (child.name === 'simpleContent')
        return { particle: null, text: this.#simple(extension, 'base'), attributes: own };
      const base = this.#complex(this.#global('complexType', qualified(extension, attribute(extension, 'base')) ?? ''));
      return { ...base, attributes: [...base.attributes, ...own] };
    }
    const model = childrenOf(node).find(({ name }) => ['sequence', 'choice', 'group'].includes(name));
    const particle = model === undefined ? null : this.#particle({ node: model, schema });
    return { particle, text: attribute(node, 'mixed') === 'true' ? 'any' : 'none', attributes };
  }

  #particle(item: Item): Particle {
    const { node, schema } = item;
    const most = attribute(node, 'maxOccurs') ?? '1';
    const range = {
      least: Number(attribute(node, 'minOccurs') ?? '1'),
      most: most === 'unbounded' ? Number.POSITIVE_INFINITY : Number(most),
    };
    if (node.name === 'any') {
      const other = attribute(node, 'namespace') === '##other';
      return {
        kind: 'any',
        other,
        strict: attribute(node, 'processContents') !== 'lax',
        target: schema.target,
        ...range,
      };
    }
    const reference = qualified(node, attribute(node, 'ref'));
    if (node.name === 'group') {
      const group = this.#global('group', reference ?? '');
      const parts = childrenOf(group.node).map((child) => this.#particle({ node: child, schema: group.schema }));
      return { kind: 'sequence', parts, ...range };
    }
    if (node.name === 'element') {
      if (reference === null) {
        const local = this.#element(item, false);
        return { kind: 'element', element: () => local, ...range };
      }
      const referred = (): ElementDeclaration => {
        const found = this.#elements.get(reference);
        if (found === undefined) throw new Error(`no element ${reference}`);
        return found;
      };
      return { kind: 'element', element: referred, ...range };
    }
    const parts = childrenOf(node).map((child) => this.#particle({ node: child, schema }));
    return { kind: node.name === 'choice' ? 'choice' : 'sequence', parts, ...range };
  }

  #attributes({ node, schema }: Item): AttributeDeclaration[] {
    return childrenOf(node).flatMap((child) => {
      if (child.name === 'attributeGroup') {
        return this.#attributes(this.#global('attributeGroup', qualified(child, attribute(child, 'ref')) ?? ''));
      }
      if (child.name !== 'attribute') return [];
      return [
        {
          namespace: schema.qualifiedAttributes ? schema.target : '',
          name: attribute(child, 'name') ?? '',
          type: this.#simple(child, 'type'),
          required: attribute(child, 'use') === 'required',
          fixed: attribute(child, 'fixed'),
        },
      ];
    });
  }

  #simple(node: XmlElement, by: 'type' | 'base'): SimpleType {
    const name = qualified(node, attribute(node, by));
    if (name?.startsWith(`{${XSD}}`)) return { ...ANY_TEXT, base: name.slice(XSD.length + 2) };
    const inner = childrenOf(node).find((child) => child.name === 'simpleType');
    const type = name === null ? inner : this.#global('simpleType', name).node;
    if (type === undefined) return { ...ANY_TEXT, base: 'anySimpleType' };
    const [restriction] = childrenOf(type);
    if (restriction === undefined) throw new Error('restriction expected');
    const facets = (facet: string): string[] =>
      childrenOf(restriction).flatMap((child) => (child.name === facet ? [attribute(child, 'value') ?? ''] : []));
    const base = this.#simple(restriction, 'base');
    return {
      base: base.base,
      patterns: [...base.patterns, ...facets('pattern')],
      values: [...base.values, ...facets('enumeration')],
    };
  }
}

const attribute = (node: XmlElement, name: string): string | null => node.attr(name)?.value ?? null;

/** Schema elements below a node, without annotations. */
function childrenOf(node: XmlElement): XmlElement[] {
  const children: XmlElement[] = [];
  for (let at = node.firstChild; at !== null; at = at.next) {
    if (at instanceof XmlElement && at.namespaceUri === XSD && at.name !== 'annotation') children.push(at);
  }
  return children;
}

/** `prefix:name` to `{namespace}name`. */
function qualified(node: XmlElement, name: string | null): string | null {
  if (name === null) return null;
  const [prefix, local] = name.includes(':') ? name.split(':') : ['', name];
  return clark(node.namespaceForPrefix(prefix ?? '') ?? '', local ?? '');
}
