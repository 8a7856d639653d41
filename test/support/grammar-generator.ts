import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grammarFromDtd } from './grammar-from-dtd.ts';
import { grammarFromXsd } from './grammar-from-xsd.ts';
import { clark, type ElementDeclaration, type Grammar, Heights, type Particle } from './grammar-model.ts';
import { validValue } from './grammar-values.ts';
import { below, chance, pick, type Random } from './random.ts';
import { repository } from './shared.ts';
import { elementsOf, randomStyle, type Style, writeXml, type XmlTree } from './xml-writer.ts';

/**
 * Valid documents of every generation, derived from a grammar: optional parts present or not, repeated ones none, one or
 * many times, each alternative in turn, nested models to a bounded depth.
 *
 *     const random = seededRandom(1);
 *     const { bytes, tree } = generateValid('2013', 'Segnatura', random);
 */
export type GrammarKind = '2001' | '2009' | '2013' | '2013-dtd' | '3.0.0' | '3.0.0-mail';

const ANSWERS = [
  'ConfermaRicezione',
  'AggiornamentoConferma',
  'NotificaEccezione',
  'AnnullamentoProtocollazione',
] as const;
const NAMESPACE_2013 = 'http://www.digitPa.gov.it/protocollo/';
const NAMESPACE_3 = 'http://www.agid.gov.it/protocollo/';
const NAMESPACE_3_MAIL = 'http://www.agid.gov.it/protocollo/pec/';

interface Kind {
  readonly namespace: string;
  readonly roots: readonly string[];
  /** File of `schemas/`. */
  readonly file: string;
  /** Whether documents of this kind carry a DOCTYPE in practice. */
  readonly doctypes: boolean;
}

const OLD_ROOTS = ['Segnatura', ...ANSWERS];
export const KINDS: Readonly<Record<GrammarKind, Kind>> = {
  '2001': { namespace: '', roots: OLD_ROOTS, file: 'segnatura-2001.dtd', doctypes: true },
  '2009': { namespace: '', roots: OLD_ROOTS, file: 'segnatura-2009.dtd', doctypes: true },
  '2013': { namespace: NAMESPACE_2013, roots: OLD_ROOTS, file: 'segnatura-2013.xsd', doctypes: true },
  '2013-dtd': { namespace: '', roots: OLD_ROOTS, file: 'segnatura-2013.dtd', doctypes: true },
  '3.0.0': { namespace: NAMESPACE_3, roots: ['SegnaturaInformatica'], file: 'segnatura-3.0.0.xsd', doctypes: false },
  '3.0.0-mail': {
    namespace: NAMESPACE_3_MAIL,
    roots: ['SegnaturaInformatica', ...ANSWERS],
    file: 'mail-3.0.0.xsd',
    doctypes: false,
  },
};

export interface Generated {
  readonly tree: XmlTree;
  readonly style: Style;
  readonly bytes: Buffer;
}

export interface GeneratorOptions {
  /** Past this number of elements only required ones are added. */
  readonly elements?: number;
  readonly depth?: number;
  /** How the document is written; random if left out. */
  readonly style?: Style;
  /** A path of elements from a child of the root down: the last gets everything it may hold, all others the minimum. */
  readonly path?: readonly ElementDeclaration[];
}

/** A valid document of that generation with that root, from the project's own grammars. */
export function generateValid(
  kind: GrammarKind,
  root: string,
  random: Random,
  options: GeneratorOptions = {},
): Generated {
  return generatorFor(kind).generate(root, random, options);
}

const generators = new Map<GrammarKind, Generator>();

export function generatorFor(kind: GrammarKind): Generator {
  const generator = generators.get(kind) ?? new Generator(kind, readGrammar(KINDS[kind].file, ownGrammarFiles()));
  generators.set(kind, generator);
  return generator;
}

export function readGrammar(file: string, files: ReadonlyMap<string, Uint8Array>): Grammar {
  return file.endsWith('.dtd') ? grammarFromDtd(files.get(file) ?? Buffer.alloc(0)) : grammarFromXsd(file, files);
}

/** The project's `schemas/`, by file name. */
export function ownGrammarFiles(): Map<string, Uint8Array> {
  const names = [...Object.values(KINDS).map(({ file }) => file), 'message-3.0.0.xsd', 'xmldsig.xsd'];
  return new Map(names.map((name) => [name, readFileSync(join(repository, 'schemas', name))]));
}

export class Generator {
  readonly kind: GrammarKind;
  readonly grammar: Grammar;
  readonly heights: Heights;
  readonly #globals: readonly ElementDeclaration[];

  constructor(kind: GrammarKind, grammar: Grammar) {
    this.kind = kind;
    this.grammar = grammar;
    this.heights = new Heights(grammar);
    this.#globals = [...grammar.elements.values()];
  }

  generate(root: string, random: Random, options: GeneratorOptions = {}): Generated {
    const tree = this.tree(clark(KINDS[this.kind].namespace, root), random, options);
    const style = options.style ?? randomStyle(random, tree, KINDS[this.kind].doctypes);
    return { tree, style, bytes: writeXml(tree, style, random) };
  }

  tree(root: string, random: Random, options: GeneratorOptions = {}): XmlTree {
    const declaration = this.grammar.elements.get(root);
    if (declaration === undefined) throw new Error(`no element ${root}`);
    const growth = new Growth(this, this.#globals, random, options);
    const tree = growth.element(declaration, 0, options.path ?? []);
    growth.settleReferences(tree);
    return tree;
  }

  /** The shortest path from a message to every element that can be part of one. */
  paths(): ReadonlyMap<ElementDeclaration, { readonly root: string; readonly path: readonly ElementDeclaration[] }> {
    const { namespace, roots } = KINDS[this.kind];
    const found = new Map<
      ElementDeclaration,
      { readonly root: string; readonly path: readonly ElementDeclaration[] }
    >();
    const queue = roots.flatMap((name) => {
      const declaration = this.grammar.elements.get(clark(namespace, name));
      return declaration === undefined ? [] : [{ declaration, root: clark(namespace, name), path: NO_PATH }];
    });
    for (const { declaration, root, path } of queue) {
      if (found.has(declaration)) continue;
      found.set(declaration, { root, path });
      const { particle } = declaration.content();
      if (particle === null) continue;
      const children = [...this.heights.elements()].filter((child) => leadsTo(particle, child, this.grammar));
      queue.push(...children.map((child) => ({ declaration: child, root, path: [...path, child] })));
    }
    return found;
  }
}

/** Whether that element is allowed anywhere in the particle, wildcards included. */
function leadsTo(particle: Particle, element: ElementDeclaration, grammar: Grammar): boolean {
  if (particle.kind === 'element') return particle.element() === element;
  if (particle.kind !== 'any') return particle.parts.some((part) => leadsTo(part, element, grammar));
  const known = grammar.elements.get(clark(element.namespace, element.name)) === element;
  return known && !(particle.other && element.namespace === particle.target);
}

const RICH = 60;
const NO_PATH: readonly ElementDeclaration[] = [];

/** A document under construction. */
class Growth {
  readonly #grammar: Grammar;
  readonly #heights: Heights;
  readonly #globals: readonly ElementDeclaration[];
  readonly #random: Random;
  readonly #depth: number;
  #left: number;
  /** Depth of the element that is being filled with everything it may hold; -1 if none is. */
  #full = -1;
  /** The element that is still to be filled with everything it may hold. */
  #target: ElementDeclaration | 'root' | null;
  readonly #ids: string[] = [];
  readonly #references: { readonly owner: XmlTree; readonly attribute: XmlTree['attributes'][number] }[] = [];

  constructor(
    { heights, grammar }: Generator,
    globals: readonly ElementDeclaration[],
    random: Random,
    options: GeneratorOptions,
  ) {
    this.#grammar = grammar;
    this.#heights = heights;
    this.#globals = globals;
    this.#random = random;
    this.#depth = options.depth ?? 14;
    this.#left = options.path ? 0 : (options.elements ?? pick(random, [10, 40, 80, 160]));
    this.#target = options.path ? (options.path.at(-1) ?? 'root') : null;
  }

  /** `path` names the elements that must be present below this one. */
  element(declaration: ElementDeclaration, depth: number, path: readonly ElementDeclaration[] = []): XmlTree {
    const target = this.#target !== null && path.length === 0 && (this.#target === declaration || depth === 0);
    if (target) {
      this.#target = null;
      this.#left = RICH;
      this.#full = depth;
    }
    const tree = this.#element(declaration, depth, path);
    if (target) {
      this.#left = 0;
      this.#full = -1;
    }
    return tree;
  }

  #element(declaration: ElementDeclaration, depth: number, path: readonly ElementDeclaration[]): XmlTree {
    this.#left -= 1;
    const { particle, text, attributes } = declaration.content();
    const tree: XmlTree = { namespace: declaration.namespace, name: declaration.name, attributes: [], children: [] };
    for (const { namespace, name, type, required, fixed } of attributes) {
      if (!required && !chance(this.#random, 0.4)) continue;
      const attribute = { namespace, name, value: fixed ?? this.#value(type, name) };
      if (type.base === 'IDREF') this.#references.push({ owner: tree, attribute });
      tree.attributes.push(attribute);
    }
    if (particle !== null) this.#particle(particle, tree, depth, path);
    if (text !== 'none' && tree.children.length === 0) {
      const simple = text === 'any' ? { base: 'string', patterns: [], values: [] } : text;
      // An element with a default or fixed value may be empty.
      const empty = declaration.defaulted && chance(this.#random, 0.2);
      const value = empty ? '' : (declaration.fixed ?? validValue(simple, declaration.name, this.#random));
      if (value !== '') tree.children.push(value);
    }
    return tree;
  }

  /** Points references to an existing identifier, or removes them if there is none. */
  settleReferences(tree: XmlTree): void {
    const present = new Set(elementsOf(tree));
    for (const { owner, attribute } of this.#references) {
      if (!present.has(owner)) continue;
      if (this.#ids.length > 0) attribute.value = pick(this.#random, this.#ids);
      else owner.attributes = owner.attributes.filter((other) => other !== attribute);
    }
  }

  #value(type: Parameters<typeof validValue>[0], name: string): string {
    if (type.base !== 'ID') return validValue(type, name, this.#random);
    const id = `id-${this.#ids.length + 1}`;
    this.#ids.push(id);
    return id;
  }

  #particle(particle: Particle, into: XmlTree, depth: number, path: readonly ElementDeclaration[] = []): void {
    const [next, ...rest] = path;
    let leading = next !== undefined && leadsTo(particle, next, this.#grammar) ? next : undefined;
    const frugal = this.#left <= 0 || depth >= this.#depth;
    const count = Math.max(leading || depth === this.#full ? 1 : 0, this.#count(particle, frugal));
    for (let each = 0; each < count; each += 1) {
      if (particle.kind === 'sequence') {
        const way = particle.parts.find((part) => leading && leadsTo(part, leading, this.#grammar));
        for (const part of particle.parts) this.#particle(part, into, depth, part === way ? path : []);
      } else if (particle.kind === 'choice') {
        const way = particle.parts.find((part) => leading && leadsTo(part, leading, this.#grammar));
        this.#particle(way ?? this.#alternative(particle.parts, frugal), into, depth, way ? path : []);
      } else if (leading !== undefined) {
        into.children.push(this.element(leading, depth + 1, rest));
      } else if (particle.kind === 'element') {
        into.children.push(this.element(particle.element(), depth + 1));
      } else if (particle.kind === 'any') {
        this.#anything(particle, into, depth + 1);
      }
      leading = undefined;
    }
  }

  #count({ least, most }: Particle, frugal: boolean): number {
    if (frugal) return least;
    const more = pick(this.#random, [0, 0, 1, 1, 1, 2, 3]);
    return Math.min(most, least + (least === 0 ? more : Math.max(0, more - 1)));
  }

  #alternative(parts: readonly Particle[], frugal: boolean): Particle {
    if (!frugal) return pick(this.#random, parts);
    const heights = parts.map((part) => this.#heights.ofParticle(part));
    const least = Math.min(...heights);
    return pick(
      this.#random,
      parts.filter((_, index) => heights[index] === least),
    );
  }

  /** What a wildcard admits: declared elements, and unknown ones if it is lax. */
  #anything({ other, strict, target }: Extract<Particle, { kind: 'any' }>, into: XmlTree, depth: number): void {
    const known = this.#globals.filter(
      ({ namespace, content }) => (!other || (namespace !== target && namespace !== '')) && content().particle === null,
    );
    if (known.length > 0 && (strict || chance(this.#random, 0.3))) {
      into.children.push(this.element(pick(this.#random, known), depth));
    } else if (!strict) {
      const name = pick(this.#random, ['QualifyingProperties', 'SigningTime']);
      const text = 'a'.repeat(below(this.#random, 3));
      const attributes = [{ namespace: '', name: 'Target', value: '#x' }];
      into.children.push({ namespace: XADES, name, attributes, children: text === '' ? [] : [text] });
    }
  }
}

const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
