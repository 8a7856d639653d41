import {
  ANY_TEXT,
  type AttributeDeclaration,
  type Content,
  clark,
  type ElementDeclaration,
  type Grammar,
  type Particle,
} from './grammar-model.ts';

/** Reads the elements and attributes of a DTD; these grammars use no parameter entities. */
export function grammarFromDtd(bytes: Uint8Array): Grammar {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/<!--[\s\S]*?-->/g, '');
  const elements = new Map<string, ElementDeclaration>();
  const attributes = readAttributes(text);
  for (const [, name = '', model = ''] of text.matchAll(/<!ELEMENT\s+(\S+)\s+([^>]+)>/g)) {
    let content: Content | null = null;
    const read = (): Content => {
      content ??= { ...readModel(model.trim(), elements), attributes: attributes.get(name) ?? [] };
      return content;
    };
    elements.set(clark('', name), { namespace: '', name, fixed: null, defaulted: false, content: read });
  }
  return { language: 'dtd', elements, types: [] };
}

function readModel(model: string, elements: ReadonlyMap<string, ElementDeclaration>): Omit<Content, 'attributes'> {
  if (model === 'EMPTY') return { particle: null, text: 'none' };
  if (/^\(\s*#PCDATA\s*\)$/.test(model)) return { particle: null, text: 'any' };
  const tokens = model.match(/[()|,?*+]|[^\s()|,?*+]+/g) ?? [];
  let at = 0;
  const occurrence = (): { least: number; most: number } => {
    const sign = tokens[at];
    if (sign !== '?' && sign !== '*' && sign !== '+') return { least: 1, most: 1 };
    at += 1;
    return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
  };
  const term = (): Particle => {
    const token = tokens[at++];
    if (token !== '(') {
      const element = (): ElementDeclaration => {
        const found = elements.get(clark('', token ?? ''));
        if (found === undefined) throw new Error(`undeclared element ${token}`);
        return found;
      };
      return { kind: 'element', element, ...occurrence() };
    }
    const parts = [term()];
    let kind: 'sequence' | 'choice' = 'sequence';
    while (tokens[at] !== ')') {
      if (tokens[at++] === '|') kind = 'choice';
      parts.push(term());
    }
    at += 1;
    return { kind, parts, ...occurrence() };
  };
  return { particle: term(), text: 'none' };
}

function readAttributes(text: string): Map<string, AttributeDeclaration[]> {
  const all = new Map<string, AttributeDeclaration[]>();
  const one = /([\w:-]+)\s+(\([^)]*\)|\w+)\s+(?:(#REQUIRED|#IMPLIED)|(#FIXED\s+)?"([^"]*)")/g;
  for (const [, element = '', list = ''] of text.matchAll(/<!ATTLIST\s+(\S+)\s+([^>]+)>/g)) {
    const declared = all.get(element) ?? [];
    for (const [, name = '', type = '', use, fixed, value] of list.matchAll(one)) {
      const values = type.startsWith('(')
        ? type
            .slice(1, -1)
            .split('|')
            .map((each) => each.trim())
        : [];
      const base = values.length > 0 ? 'NMTOKEN' : type === 'CDATA' ? 'string' : type;
      const [prefix, local] = name.includes(':') ? name.split(':') : ['', name];
      declared.push({
        namespace: prefix === 'xml' ? 'http://www.w3.org/XML/1998/namespace' : '',
        name: local ?? name,
        type: { ...ANY_TEXT, base, values },
        required: use === '#REQUIRED',
        fixed: fixed === undefined ? null : (value ?? ''),
      });
    }
    all.set(element, declared);
  }
  return all;
}
