import type { Generator } from '../../support/grammar-generator.ts';
import { mutate } from '../../support/grammar-mutations.ts';
import { below, chance, pick, type Random } from '../../support/random.ts';
import { copyOf, elementsOf, randomStyle, writeXml, type XmlTree } from '../../support/xml-writer.ts';

/** Ways to damage a document, from the meaning of its elements down to its bytes. Each has a name. */

/** On the tree, so that the result is well-formed and reaches the readers. */
export function mutateTree(original: XmlTree, generator: Generator, random: Random): Buffer {
  let { tree } = mutate(original, generator, random);
  if (chance(random, 0.3)) tree = mutate(tree, generator, random).tree;
  if (chance(random, 0.5)) pick(random, TREE_CHANGES)(tree, random);
  return writeXml(tree, randomStyle(random, tree, chance(random, 0.5)), random);
}

type TreeChange = (tree: XmlTree, random: Random) => void;

const TREE_CHANGES: readonly TreeChange[] = [
  // Deeper than any message, and sometimes than any limit.
  (tree, random) => {
    const target = pick(random, elementsOf(tree));
    for (let depth = below(random, 160); depth > 0; depth -= 1) {
      target.children = [{ ...target, attributes: [], children: target.children }];
    }
  },
  (tree, random) => {
    const target = pick(random, elementsOf(tree));
    const count = below(random, 400);
    for (let index = 0; index < count; index += 1) {
      target.attributes.push({ namespace: '', name: `a${index}`, value: pick(random, TEXTS) });
    }
  },
  (tree, random) => {
    const target = pick(random, elementsOf(tree));
    const copies = Array.from({ length: below(random, 60) }, () => copyOf(pick(random, elementsOf(target))));
    target.children.push(...copies);
  },
  (tree, random) => {
    for (const element of elementsOf(tree)) if (chance(random, 0.2)) element.children = [pick(random, TEXTS)];
  },
  (tree, random) => {
    const leaves = elementsOf(tree).filter(({ children }) => children.every((child) => typeof child === 'string'));
    for (let turns = 1 + below(random, 3); turns > 0; turns -= 1) pick(random, leaves).children = [pick(random, TEXTS)];
  },
  (tree, random) => {
    for (const element of elementsOf(tree)) {
      element.name = pick(random, [element.name, element.name.toLowerCase(), element.name.toUpperCase()]);
    }
  },
  (tree, random) => {
    tree.namespace = pick(random, NAMESPACES);
  },
  (tree, random) => {
    tree.name = pick(random, ['Oggetto', 'segnatura', 'Segnatura', 'ConfermaRicezione', 'altro', 'x'.repeat(500)]);
  },
  (tree, random) => {
    const namespace = pick(random, NAMESPACES);
    for (const element of elementsOf(tree)) element.namespace = namespace;
  },
];

const NAMESPACES = [
  '',
  'urn:example:altro',
  'http://www.digitPa.gov.it/protocollo/',
  'http://www.digitpa.gov.it/protocollo',
  'http://www.agid.gov.it/protocollo/',
  'http://www.agid.gov.it/protocollo/pec/',
  'https://www.agid.gov.it/protocollo',
  'http://www.w3.org/2000/09/xmldsig#',
];

const TEXTS = [
  '',
  ' ',
  '-1',
  '0',
  '0000000',
  '99999999999999999999',
  '99/99/9999',
  '2024-02-30',
  '2024-02-29T25:61:00',
  'mailto:',
  'mailto:a@b@c',
  '<>&"\'',
  ']]>',
  '../../etc/hostname',
  '__proto__',
  'constructor',
  'true',
  '𝒳\u202e\u0085\u2028',
  'e\u0301'.repeat(300),
  'a/'.repeat(2_000),
  '='.repeat(500),
  '1',
  '29/02/2024',
  '2024-2-9',
  '9.30',
  'c_x 001',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'AAAA',
  '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'ZZZZ '.repeat(900),
];

/** Markup inserted anywhere, tags and texts torn apart. */
const MARKUP = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '</',
  '/>',
  '<Oggetto>',
  '<Identificatore/>',
  '<Segnatura>',
  '&#0;',
  '&#xD800;',
  '&#x1F600;',
  '&egrave;',
  '&e;',
  '\0',
  '\x02',
  '\ufffe',
  'xmlns="x"',
  ' xmlns:p="u" ',
  ' p:a="1"',
  ' versione="9"',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?xml version="1.0"?>',
  '<?xml-stylesheet href="http://127.0.0.1:1/x"?>',
  '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>',
  '<!ENTITY e "x">',
  '\r',
];
/** Markup that may stand in any content. */
const CONTENT = [
  '&egrave;',
  '&e;',
  '&#2;',
  '&#x1F600;',
  '\x02',
  '<![CDATA[<altro/>]]>',
  '<!-- nota -->',
  '<?nota?>',
  '<altro/>',
  '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>',
  '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
  `${'<a>'.repeat(150)}${'</a>'.repeat(150)}`,
  'testo',
];
const PROLOGS = [
  '<!DOCTYPE Segnatura SYSTEM "Segnatura.dtd">',
  '<!DOCTYPE Segnatura SYSTEM "http://127.0.0.1:1/x.dtd">',
  '<!DOCTYPE Segnatura PUBLIC "-//x//y" "z.dtd">',
  '<!DOCTYPE Segnatura [<!ENTITY e "x">]>',
  '<!DOCTYPE Segnatura [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]>',
  '<!DOCTYPE Segnatura',
  '<?xml version="1.1"?>',
  '<!-- nota -->',
  '\ufeff',
  ' ',
  'From: a@example.it\r\n\r\n',
];
const ENCODINGS = [
  'UTF-8',
  'ISO-8859-1',
  'ISO-8859-15',
  'windows-1252',
  'US-ASCII',
  'UTF-16',
  'UTF-7',
  'IBM037',
  'x-no',
];

/** Tags and the text between them. */
export const piecesOf = (xml: string): readonly string[] => xml.match(/<[^>]*>|[^<]+/g) ?? [];

type BytesChange = (bytes: Buffer, random: Random) => Buffer;

const BYTES_CHANGES: readonly (readonly [weight: number, change: BytesChange])[] = [
  [4, (bytes, random) => Buffer.from(alterPieces(random, piecesOf(bytes.toString('latin1'))).join(''), 'latin1')],
  [2, (bytes, random) => inserted(bytes, below(random, bytes.length + 1), Buffer.from(pick(random, MARKUP)))],
  [3, (bytes, random) => inserted(bytes, afterSomeTag(bytes, random), Buffer.from(pick(random, CONTENT)))],
  [1, (bytes, random) => inserted(bytes, afterDeclaration(bytes), Buffer.from(pick(random, PROLOGS)))],
  [1, (bytes, random) => inserted(bytes, 0, Buffer.from(pick(random, PROLOGS)))],
  [1, (bytes, random) => withEncoding(bytes, pick(random, ENCODINGS))],
  [1, (bytes, random) => reencoded(bytes, random)],
  [2, (bytes, random) => bytes.map((byte) => (chance(random, 2 / bytes.length) ? below(random, 256) : byte)) as Buffer],
  [
    1,
    (bytes, random) =>
      bytes.map((byte) => (chance(random, 2 / bytes.length) ? byte ^ (1 << below(random, 8)) : byte)) as Buffer,
  ],
  [1, (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1))],
  [1, (bytes, random) => bytes.subarray(below(random, bytes.length + 1))],
  [1, (bytes, random) => overlaid(bytes, random)],
];
const WEIGHTED = BYTES_CHANGES.flatMap(([weight, change]) => Array.from({ length: weight }, () => change));

export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let altered = bytes;
  for (let turns = 1 + below(random, 3); turns > 0; turns -= 1)
    altered = Buffer.from(pick(random, WEIGHTED)(altered, random));
  return altered;
}

const inserted = (bytes: Buffer, at: number, piece: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
function afterSomeTag(bytes: Buffer, random: Random): number {
  const end = bytes.indexOf('>', Math.max(afterDeclaration(bytes), below(random, bytes.length + 1)));
  return end < 0 ? bytes.length : end + 1;
}
const afterDeclaration = (bytes: Buffer): number => Math.max(0, bytes.indexOf('?>') + 2);

function withEncoding(bytes: Buffer, encoding: string): Buffer {
  const text = bytes.toString('latin1').replace(/^<\?xml[^>]*\?>/, '');
  return Buffer.from(`<?xml version="1.0" encoding="${encoding}"?>${text}`, 'latin1');
}

function reencoded(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('utf8');
  return pick(random, [
    () => Buffer.from(text, 'latin1'),
    () => Buffer.from(bytes.toString('latin1'), 'utf8'),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    () => Buffer.from(bytes.toString('base64')),
  ])();
}

/** A piece of the file copied over another place. */
function overlaid(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const from = below(random, bytes.length + 1);
  copy.copy(copy, below(random, bytes.length + 1), from, from + below(random, 300));
  return copy;
}

/** Pieces of markup and text doubled, dropped, moved, exchanged, or replaced by `others`. */
export function alterPieces(
  random: Random,
  pieces: readonly string[],
  others: readonly string[] = pieces,
): readonly string[] {
  const altered = [...pieces];
  const at = below(random, altered.length);
  const length = 1 + below(random, 4);
  // Whole elements are chosen more often than by chance, so that most results stay well-formed.
  const end = pick(random, [at + length, endOfElement(pieces, at)]);
  switch (below(random, 6)) {
    case 0:
      altered.splice(at, end - at);
      break;
    case 1:
      altered.splice(at, 0, ...pieces.slice(at, end));
      break;
    case 2: {
      const moved = altered.splice(at, end - at);
      altered.splice(below(random, altered.length), 0, ...moved);
      break;
    }
    case 3:
      altered[at] = others.length === 0 ? '' : pick(random, others);
      break;
    case 4:
      altered.splice(at, 0, pick(random, ['<!-- x -->', '<?x y?>', ' ', '<x/>', '<![CDATA[]]>', '&#32;']));
      break;
    default:
      altered[at] = (altered[at] ?? '').replace(/[A-Za-z0-9]/, (c) =>
        pick(random, [c.toLowerCase(), c.toUpperCase(), '0']),
      );
  }
  return altered;
}

/** The place behind the element that starts at a piece; one piece further where none starts. */
function endOfElement(pieces: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < pieces.length; at++) {
    const piece = pieces[at] ?? '';
    if (piece.startsWith('</')) depth--;
    else if (/^<[A-Za-z]/.test(piece) && !piece.endsWith('/>')) depth++;
    if (depth <= 0) return at + 1;
  }
  return from + 1;
}
