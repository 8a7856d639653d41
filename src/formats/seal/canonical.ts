import * as libxml from 'libxml2-wasm/lib/libxml2.mjs';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { freeDocument, parseDocument } from '../xml/libxml.ts';
import { prologRefusal } from '../xml/prolog.ts';

/**
 * Canonical XML over the very bytes that came. They are parsed once; then the signature is taken out of the tree (the
 * enveloped-signature transform) and each part is written alone, so that it costs only its own size. A same-document
 * reference never covers comments (XMLDSig 1.1, 4.4.3.2), whatever its transform is called.
 */
export interface Canonicalization {
  readonly mode: 'c14n-1.0' | 'c14n-1.1' | 'exclusive';
  readonly comments: boolean;
  /** `InclusiveNamespaces/@PrefixList`; exclusive mode only. */
  readonly inclusive: readonly string[];
}

/** Where a signed part stands inside the signature, by positions among element children: `[3, 0, 0]`. */
export type ChildPath = readonly number[];

const MODES = { 'c14n-1.0': 0, exclusive: 1, 'c14n-1.1': 2 } as const;
const { XmlTreeCommonStruct: tree, XmlNodeStruct: node, XmlNsStruct: ns } = libxml;
const { XML_ELEMENT_NODE } = libxml.XmlNodeType;
/** Type of an xmlNs, which begins like a node. The package's list of types leaves it out. */
const XML_NAMESPACE_DECL = 18;

/** Exported by the package, but missing in its types. */
const untyped = libxml as unknown as {
  addFunction(call: (data: number, node: number, owner: number) => number, signature: string): number;
  xmlOutputBufferCreateIO(handler: { write(chunk: Uint8Array): number; close(): boolean }): number;
  allocCStringArray(strings: readonly string[]): number;
  free(pointer: number): void;
};

/** Elements of the set being written: its top, and those whose parent is in it. libxml2 asks about parents first. */
let inside = new Set<number>();

/** The third argument owns a namespace. For other nodes libxml2 does not always pass the parent there. */
const WITHIN = untyped.addFunction((_data, asked, owner) => {
  const type = tree.type(asked);
  if (type === XML_NAMESPACE_DECL) return inside.has(owner) ? 1 : 0;
  if (inside.has(asked)) return 1;
  if (!inside.has(tree.parent(asked))) return 0;
  if (type === XML_ELEMENT_NODE) inside.add(asked);
  return 1;
}, 'iiii');

/** An element costs the square of its namespaces in scope and of its attributes. A real message takes some 100,000 steps. */
const MOST_STEPS = 4_000_000;

export class CanonicalSource {
  readonly #document: number;
  #signature = 0;
  #loose = 0;

  /** Refused unless libxml2 accepts the bytes without any complaint. The caller closes what is returned. */
  static open(bytes: Uint8Array): Result<CanonicalSource> {
    const refusal = prologRefusal(bytes);
    if (refusal !== null) return refuse(problem('xml-malformed', '', refusal));
    const { value, failed, found } = parseDocument(bytes);
    if (value !== 0 && !failed && found.length === 0) return ok(new CanonicalSource(value));
    freeDocument(value);
    return refuse(problem('xml-malformed', '', 'il secondo lettore XML non lo accetta'));
  }

  constructor(document: number) {
    this.#document = document;
  }

  close(): void {
    if (this.#loose !== 0) libxml.xmlFreeNode(this.#loose);
    freeDocument(this.#document);
  }

  /** False where canonicalising would take longer than for any real document. */
  isModest(): boolean {
    let steps = 0;
    const walk: { at: number; scope: number }[] = [{ at: libxml.xmlDocGetRootElement(this.#document), scope: 0 }];
    for (let next = walk.pop(); next !== undefined && steps <= MOST_STEPS; next = walk.pop()) {
      const scope = next.scope + lengthOf(node.nsDef(next.at), ns.next);
      const attributes = lengthOf(node.properties(next.at), tree.next);
      steps += 1 + scope * scope + attributes * attributes;
      for (let at = tree.children(next.at); at !== 0; at = tree.next(at))
        if (tree.type(at) === XML_ELEMENT_NODE) walk.push({ at, scope });
    }
    return steps <= MOST_STEPS;
  }

  /** Takes out the last child element of the root. Later parts are parts of it. */
  takeSignature(): void {
    let at = tree.last(libxml.xmlDocGetRootElement(this.#document));
    while (at !== 0 && tree.type(at) !== XML_ELEMENT_NODE) at = tree.prev(at);
    if (at === 0) throw new Error('no element to take out');
    libxml.xmlUnlinkNode(at);
    this.#signature = at;
    this.#loose = at;
  }

  /** The document as it is now. `rootOnly` drops what surrounds the root (a reference by id instead of ''). */
  whole(how: Canonicalization, rootOnly: boolean): Buffer | null {
    const root = libxml.xmlDocGetRootElement(this.#document);
    for (let at = tree.children(this.#document); rootOnly && at !== 0; ) {
      const next = tree.next(at);
      if (at !== root) {
        libxml.xmlUnlinkNode(at);
        libxml.xmlFreeNode(at);
      }
      at = next;
    }
    return this.#write(how, 0);
  }

  /** Puts the signature back as the only content of the root, from which it inherits namespaces and `xml:` attributes. */
  keepSignatureOnly(): void {
    const root = libxml.xmlDocGetRootElement(this.#document);
    for (let at = tree.children(root); at !== 0; at = tree.children(root)) {
      libxml.xmlUnlinkNode(at);
      libxml.xmlFreeNode(at);
    }
    libxml.xmlAddChild(root, this.#signature);
    this.#loose = 0;
  }

  /** Frees a part of the signature that nothing covers, so that it costs nothing. */
  drop(place: ChildPath): void {
    const at = this.#find(place);
    if (at === 0) return;
    libxml.xmlUnlinkNode(at);
    libxml.xmlFreeNode(at);
  }

  part(place: ChildPath, how: Canonicalization): Buffer | null {
    const at = this.#find(place);
    return at === 0 ? null : this.#write(how, at);
  }

  #find(place: ChildPath): number {
    let at = this.#signature;
    for (const position of place) at = childElement(at, position);
    return at;
  }

  #write(how: Canonicalization, root: number): Buffer | null {
    const chunks: Buffer[] = [];
    const output = untyped.xmlOutputBufferCreateIO({
      write: (chunk) => chunks.push(Buffer.from(chunk)) && chunk.byteLength,
      close: () => true,
    });
    const inclusive =
      how.mode === 'exclusive' && how.inclusive.length > 0 ? untyped.allocCStringArray(how.inclusive) : 0;
    let result: number;
    try {
      const visible = root === 0 ? 0 : WITHIN;
      const comments = how.comments ? 1 : 0;
      inside = new Set([root]);
      result = libxml.xmlC14NExecute(this.#document, visible, 0, MODES[how.mode], inclusive, comments, output);
    } finally {
      inside.clear();
      if (inclusive !== 0) untyped.free(inclusive);
      libxml.xmlOutputBufferClose(output);
    }
    return result < 0 ? null : Buffer.concat(chunks);
  }
}

function childElement(parent: number, position: number): number {
  if (parent === 0) return 0;
  let left = position;
  for (let at = tree.children(parent); at !== 0; at = tree.next(at)) {
    if (tree.type(at) !== XML_ELEMENT_NODE) continue;
    if (left === 0) return at;
    left -= 1;
  }
  return 0;
}

function lengthOf(first: number, next: (at: number) => number): number {
  let length = 0;
  for (let at = first; at !== 0; at = next(at)) length += 1;
  return length;
}
