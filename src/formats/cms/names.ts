import { type Ber, children, contents, expect, readOid } from './ber.ts';

/** A distinguished name to compare: one text per RDN, in order, without case and runs of space (RFC 5280 §7.1). */
export type Name = readonly string[];

/** The forms of GeneralName that are compared, by their context tag (RFC 5280 §4.2.1.6). */
export const RFC822 = 0x81;
export const DIRECTORY = 0xa4;

export interface GeneralName {
  readonly tag: number;
  /** Lower case address for RFC822, `''` for all others. */
  readonly text: string;
  /** For DIRECTORY. */
  readonly name: Name;
}

/** What the extension demands of the certificates below (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export function stringOf(node: Ber): string {
  const bytes = contents(node);
  if (node.tag === 0x1e && bytes.length % 2 === 0) return Buffer.from(bytes).swap16().toString('utf16le');
  return bytes.toString(node.tag === 0x0c ? 'utf8' : 'latin1');
}

export interface Attribute {
  readonly type: string;
  readonly text: string;
}

/** Relative names of a Name, each a set of attributes. */
export function readName(node: Ber): readonly (readonly Attribute[])[] {
  return children(expect(node, 0x30, 'nome')).map((rdn) =>
    children(rdn).map((attribute) => {
      const [type, value] = children(attribute);
      return { type: readOid(type), text: value ? stringOf(value) : '' };
    }),
  );
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();

export const comparable = (rdns: readonly (readonly Attribute[])[]): Name =>
  rdns.map((rdn) =>
    rdn
      .map(({ type, text }) => `${type}=${fold(text)}`)
      .sort()
      .join('+'),
  );

export const sameName = (a: Name, b: Name): boolean => a.length === b.length && a.every((rdn, at) => rdn === b[at]);

export function readGeneralName(node: Ber): GeneralName {
  if (node.tag === RFC822) return { tag: node.tag, text: contents(node).toString('latin1').toLowerCase(), name: [] };
  const [inner] = node.tag === DIRECTORY ? children(node) : [];
  return { tag: node.tag, text: '', name: inner ? comparable(readName(inner)) : [] };
}

export function readNameConstraints(node: Ber): NameConstraints {
  const sides = children(expect(node, 0x30, 'vincoli sui nomi'));
  const subtrees = (tag: number): GeneralName[] =>
    sides
      .filter((side) => side.tag === tag)
      .flatMap((side) => children(side))
      .flatMap((subtree) => children(subtree).slice(0, 1).map(readGeneralName));
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

/** `pec.it` is that host exactly, `.pec.it` every host below it, `a@pec.it` one mailbox (RFC 5280 §4.2.1.10). */
function addressWithin(address: string, constraint: string): boolean {
  if (constraint.includes('@')) return address === constraint;
  const host = address.slice(address.lastIndexOf('@') + 1);
  return constraint.startsWith('.') ? host.endsWith(constraint) : host === constraint;
}

function within(name: GeneralName, constraint: GeneralName): boolean {
  if (name.tag !== constraint.tag) return false;
  if (name.tag === RFC822) return addressWithin(name.text, constraint.text);
  return constraint.name.length <= name.name.length && constraint.name.every((rdn, at) => rdn === name.name[at]);
}

/**
 * Whether the constraints allow these names. A name of a form that is not compared here (host, URI, IP) is not allowed where
 * that form is constrained (RFC 5280 §4.2.1.10: process or reject).
 */
export function namesAllowed(names: readonly GeneralName[], { permitted, excluded }: NameConstraints): boolean {
  return names.every((name) => {
    const own = permitted.filter(({ tag }) => tag === name.tag);
    const not = excluded.filter(({ tag }) => tag === name.tag);
    if (name.tag !== RFC822 && name.tag !== DIRECTORY) return own.length === 0 && not.length === 0;
    return (own.length === 0 || own.some((one) => within(name, one))) && !not.some((one) => within(name, one));
  });
}
