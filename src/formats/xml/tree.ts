/** A light tree: names with their namespaces, text with references resolved, no comments, no processing instructions. */
export interface XmlAttribute {
  /** Local name. */
  readonly name: string;
  readonly prefix: string;
  /** '' where none: an attribute without prefix has no namespace. */
  readonly namespace: string;
  readonly value: string;
}

export type XmlNode = XmlElement | string;

const NONE: ReadonlyMap<string, string> = new Map();

export class XmlElement {
  /** Local name. */
  readonly name: string;
  readonly prefix: string;
  /** '' where none. */
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: XmlNode[] = [];
  readonly parent: XmlElement | null;
  /** The namespaces that its own start tag declares, by prefix. */
  readonly declared: ReadonlyMap<string, string>;
  #ordinals: Map<XmlElement, number> | null = null;

  constructor(
    name: string,
    prefix: string,
    namespace: string,
    attributes: readonly XmlAttribute[],
    parent: XmlElement | null,
    declared: ReadonlyMap<string, string> = NONE,
  ) {
    this.name = name;
    this.prefix = prefix;
    this.namespace = namespace;
    this.attributes = attributes;
    this.parent = parent;
    this.declared = declared;
  }

  /** The namespace that a prefix has here; null where it has none. For names inside values, such as an XPath. */
  namespaceOf(prefix: string): string | null {
    for (let element: XmlElement | null = this; element !== null; element = element.parent) {
      const found = element.declared.get(prefix);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** Where it stands, by local names: `/Segnatura/Descrizione/Allegati/Documento[2]`. Computed when asked. */
  get at(): string {
    const steps: string[] = [];
    for (let element: XmlElement | null = this; element !== null; element = element.parent) {
      const ordinal = element.parent?.ordinalOf(element) ?? 0;
      steps.push(ordinal === 0 ? element.name : `${element.name}[${ordinal}]`);
    }
    return `/${steps.reverse().join('/')}`;
  }

  /** 1, 2, … among children of the same name; 0 for an only one. All children are counted at the first question. */
  private ordinalOf(child: XmlElement): number {
    if (this.#ordinals === null) {
      const totals = new Map<string, number>();
      const ordinals = new Map<XmlElement, number>();
      for (const each of this.children) {
        if (typeof each === 'string') continue;
        const count = (totals.get(each.name) ?? 0) + 1;
        totals.set(each.name, count);
        ordinals.set(each, count);
      }
      for (const each of ordinals.keys()) if (totals.get(each.name) === 1) ordinals.set(each, 0);
      this.#ordinals = ordinals;
    }
    return this.#ordinals.get(child) ?? 0;
  }

  /** First child element of that local name, whatever its namespace or place. */
  child(name: string): XmlElement | null {
    for (const each of this.children) if (typeof each !== 'string' && each.name === name) return each;
    return null;
  }

  all(name: string): XmlElement[] {
    return this.children.filter((each): each is XmlElement => typeof each !== 'string' && each.name === name);
  }

  elements(): XmlElement[] {
    return this.children.filter((each): each is XmlElement => typeof each !== 'string');
  }

  /** Value of the attribute of that local name, qualified or not; null where absent. */
  attribute(name: string): string | null {
    for (const each of this.attributes) if (each.name === name) return each.value;
    return null;
  }

  /** Its own text as written, white space included, without that of its child elements. */
  content(): string {
    const [only] = this.children;
    if (this.children.length === 1 && typeof only === 'string') return only;
    let text = '';
    for (const each of this.children) if (typeof each === 'string') text += each;
    return text;
  }

  /** `content`, trimmed. */
  text(): string {
    return this.content().trim();
  }
}
