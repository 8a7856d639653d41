import { createHash } from 'node:crypto';
import { decodeCharset } from '../../formats/charset/decode-charset.ts';
import { decodeBody, decodedChunks } from '../../formats/mime/decode.ts';
import { header } from '../../formats/mime/header-block.ts';
import { parseMime, walk } from '../../formats/mime/parse.ts';
import { decodeWords } from '../../formats/mime/words.ts';
import type { PresentDocument } from '../../formats/segnatura/documents.ts';
import { type Attachment, isSegnaturaName } from '../../formats/segnatura/find-segnatura.ts';
import { SignatureSpotter } from '../../formats/signed-document/spot.ts';
import type { Budget } from '../../formats/signed-document/verdict.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { ProblemCode } from '../../kernel/problems.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import type { SignedForm } from '../../model/signed-document.ts';
import { type OpaqueMessage, openOpaque, wrappingBudget } from './signed-wrapping.ts';

/** A file found in a mail: its digest, and its place, so that it can be read again from the kept bytes. */
export interface FileInMail extends PresentDocument, Attachment {
  readonly sha256: Sha256;
  /** MIME part in the message it lies in. */
  readonly part: string;
  /** Transfer encoding it came in, shortened. */
  readonly encoding: string;
  /** What is wrong with that encoding; the bytes are then not, or not for certain, those of the sender. */
  readonly damage: readonly ProblemCode[];
  /** How it seems to be signed; null for a file that bears no signature. */
  readonly form: SignedForm | null;
  /** The decoded bytes, as a whole: for small files only. */
  bytes(): Buffer;
}

/** The files of the message a person wrote: everything with a name, and what is not its text. */
export const contentFiles = (tree: MimeTree): FileInMail[] => filesOf(contentParts(tree));

/** The files among these parts: of a message that was wrapped whole, what is inside. */
export const filesOf = (parts: readonly FilePart[]): FileInMail[] =>
  parts.filter(({ opened }) => opened === null).map(foundFile);

/** Digests of the texts of the message a person wrote, in order: what `contentFiles` leaves out. */
export const textDigests = (tree: MimeTree): Sha256[] =>
  leaves(tree)
    .filter((part) => part.type.startsWith('text/') && part.type !== 'text/xml' && nameOf(part) === null)
    .map((part) => sha256(decodeBody(tree, part)));

/** Longer ones are cut: the mail has the rest. */
const MOST_TEXT = 100_000;

/** The first plain text of the message a person wrote, on lines of `\n`; null where there is none. */
export function plainText(tree: MimeTree): string | null {
  const part = leaves(tree).find((each) => each.type === 'text/plain' && nameOf(each) === null);
  if (part === undefined || part.disposition === 'attachment') return null;
  const text = decodeCharset(decodeBody(tree, part), part.parameters.get('charset') ?? '').slice(0, 2 * MOST_TEXT);
  return text.replaceAll('\0', '').replace(/\r\n?/g, '\n').trimEnd().slice(0, MOST_TEXT).toWellFormed() || null;
}

/** The message a person wrote as a page; null where it is text alone. */
export const pagePart = (tree: MimeTree): MimePart | null =>
  [...walk(tree.root)].find(
    (part) => part.type === 'text/html' && part.disposition !== 'attachment' && nameOf(part) === null,
  ) ?? null;

/** Files that lie in the envelope itself, beside what the provider put there. */
export function envelopeFiles(mail: Buffer): FileInMail[] {
  const tree = parseMime(mail);
  return envelopeParts(tree).map(foundFile);
}

/** A part that is a file, and how its place is written down. */
export interface FilePart {
  readonly tree: MimeTree;
  readonly part: MimePart;
  readonly place: string;
  readonly name: string | null;
  /** The message that was wrapped and signed as a whole, in which the part lies. */
  readonly within: FilePart | null;
  /** What such a wrapping holds. Its parts follow, so it is no document itself. */
  readonly opened: OpaqueMessage | null;
}

export const contentParts = (tree: MimeTree): FilePart[] => partsOf(tree, null, 0, wrappingBudget());

/** Wrappings in wrappings: a client makes one, a list server perhaps another. */
const MOST_WRAPPINGS = 3;

function partsOf(tree: MimeTree, within: FilePart | null, depth: number, budget: Budget): FilePart[] {
  return leaves(tree).flatMap((part) => {
    const inside = depth < MOST_WRAPPINGS ? openOpaque(tree, part, budget) : null;
    const place = within === null ? part.path : `${within.place} smime ${part.path}`;
    const file: FilePart = { tree, part, place, name: nameOf(part), within, opened: inside };
    if (inside !== null) return [file, ...partsOf(inside.tree, file, depth + 1, budget)];
    return file.name !== null || part.type === 'text/xml' || !part.type.startsWith('text/') ? [file] : [];
  });
}

/** Some clients give a file its name only in Content-Description; other descriptions are no names. */
function nameOf(part: MimePart): string | null {
  if (part.filename?.trim()) return part.filename;
  const described = decodeWords(header(part, 'content-description') ?? '').trim();
  const isName =
    (described.length <= 200 && isSegnaturaName(described)) ||
    /^[^/\\<>:"|?*]{1,200}\.[A-Za-z0-9]{2,5}$/.test(described);
  return isName ? described : part.filename;
}

export const envelopeParts = (tree: MimeTree): FilePart[] =>
  leaves(tree)
    .filter((part) => part.filename !== null && part.type !== 'message/rfc822')
    .filter((part) => !/^(daticert\.xml|postacert\.eml)$/i.test(part.filename ?? ''))
    .map((part) => ({ tree, part, place: `envelope ${part.path}`, name: part.filename, within: null, opened: null }));

function leaves(tree: MimeTree): MimePart[] {
  return [...walk(tree.root)].filter((part) => !part.type.startsWith('multipart/') && !isSignature(part));
}

const isSignature = ({ type, filename }: MimePart): boolean =>
  /^application\/(x-)?pkcs7-signature$/.test(type) && /^(smime\.p7s)?$/i.test(filename ?? '');

const HEAD = 4_096;
const DIGESTS = new Map([
  ['SHA-1', 'sha1'],
  ['SHA-224', 'sha224'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

/** Decoded once, a piece at a time, for size, digest and first bytes; never held as a whole. */
function foundFile({ tree, part, place, name }: FilePart): FileInMail {
  const hash = createHash('sha256');
  let size = 0;
  let head: Buffer | null = null;
  const spotter = new SignatureSpotter();
  const damage: ProblemCode[] = [];
  for (const piece of decodedChunks(tree, part, ({ code }) => damage.push(code))) {
    head ??= piece.subarray(0, HEAD);
    size += piece.length;
    hash.update(piece);
    spotter.see(piece);
  }
  const digest = hash.digest('hex') as Sha256;
  return {
    name,
    mediaType: part.type,
    size,
    sha256: digest,
    head: head ?? Buffer.alloc(0),
    part: place,
    encoding: part.encoding.slice(0, 40),
    damage,
    form: spotter.form,
    bytes: () => decodeBody(tree, part),
    digest(algorithm) {
      if (algorithm === 'SHA-256') return digest;
      const known = DIGESTS.get(algorithm);
      if (known === undefined) return null;
      const other = createHash(known);
      for (const piece of decodedChunks(tree, part)) other.update(piece);
      return other.digest('hex');
    },
  };
}
