/** The common part of DTDs and schemas that documents are generated from. */
export interface SimpleType {
  /** Name of the built-in type, `string`, `date`, `NMTOKEN`, `ID`, … */
  readonly base: string;
  readonly patterns: readonly string[];
  readonly values: readonly string[];
}

export interface AttributeDeclaration {
  readonly namespace: string;
  readonly name: string;
  readonly type: SimpleType;
  readonly required: boolean;
  readonly fixed: string | null;
}

export interface Content {
  /** Null if no element is allowed. */
  readonly particle: Particle | null;
  /** `none` with a null `particle` allows no character, not even white space. */
  readonly text: 'none' | 'any' | SimpleType;
  readonly attributes: readonly AttributeDeclaration[];
}

export interface ElementDeclaration {
  readonly namespace: string;
  readonly name: string;
  readonly fixed: string | null;
  /** May be empty although its type has a format: a default fills it. */
  readonly defaulted: boolean;
  readonly content: () => Content;
}

export type Particle = {
  readonly least: number;
  /** Infinity for unbounded. */
  readonly most: number;
} & (
  | { readonly kind: 'element'; readonly element: () => ElementDeclaration }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Particle[] }
  | { readonly kind: 'any'; readonly other: boolean; readonly strict: boolean; readonly target: string }
);

export interface Grammar {
  readonly language: 'dtd' | 'xsd';
  /** Global elements, by `{namespace}name`. */
  readonly elements: ReadonlyMap<string, ElementDeclaration>;
  /** Names of complex types, for xsi:type. */
  readonly types: readonly { readonly namespace: string; readonly name: string }[];
}

export const clark = (namespace: string, name: string): string => `{${namespace}}${name}`;
export const ANY_TEXT: SimpleType = { base: 'string', patterns: [], values: [] };

/** The depth of the smallest valid content of each element. */
export class Heights {
  readonly #heights = new Map<ElementDeclaration, number>();

  constructor(grammar: Grammar) {
    for (const element of grammar.elements.values()) this.#reach(element);
    // Models refer to each other and to themselves: repeat until nothing changes.
    for (let changed = true; changed; ) {
      changed = false;
      for (const [element, height] of this.#heights) {
        const { particle } = element.content();
        const now = 1 + (particle === null ? 0 : this.ofParticle(particle));
        if (now === height) continue;
        this.#heights.set(element, now);
        changed = true;
      }
    }
  }

  ofParticle(particle: Particle): number {
    if (particle.least === 0) return 0;
    if (particle.kind === 'any') return 1;
    if (particle.kind === 'element') return this.#heights.get(particle.element()) ?? Number.POSITIVE_INFINITY;
    const heights = particle.parts.map((part) => this.ofParticle(part));
    return particle.kind === 'choice' ? Math.min(...heights) : Math.max(0, ...heights);
  }

  elements(): readonly ElementDeclaration[] {
    return [...this.#heights.keys()];
  }

  #reach(element: ElementDeclaration): void {
    if (this.#heights.has(element)) return;
    this.#heights.set(element, Number.POSITIVE_INFINITY);
    const visit = (particle: Particle): void => {
      if (particle.kind === 'element') this.#reach(particle.element());
      else if (particle.kind !== 'any') particle.parts.forEach(visit);
    };
    const { particle } = element.content();
    if (particle !== null) visit(particle);
  }
}
