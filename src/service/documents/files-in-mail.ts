import { createHash } from 'node:crypto';
import { decodeBody, decodedChunks } from '../../formats/mime/decode.ts';
import { parseMime, walk } from '../../formats/mime/parse.ts';
import type { PresentDocument } from '../../formats/segnatura/documents.ts';
import type { Attachment } from '../../formats/segnatura/find-segnatura.ts';
import { SignatureSpotter } from '../../formats/signed-document/spot.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { ProblemCode } from '../../kernel/problems.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import type { SignedForm } from '../../model/signed-document.ts';

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
export const contentFiles = (tree: MimeTree): FileInMail[] =>
  contentParts(tree).map(({ part, place }) => foundFile(tree, part, place));

/** Files that lie in the envelope itself, beside what the provider put there. */
export function envelopeFiles(mail: Buffer): FileInMail[] {
  const tree = parseMime(mail);
  return envelopeParts(tree).map(({ part, place }) => foundFile(tree, part, place));
}

/** A part that is a file, and how its place is written down. */
export interface FilePart {
  readonly part: MimePart;
  readonly place: string;
}

export const contentParts = (tree: MimeTree): FilePart[] =>
  leaves(tree)
    .filter((part) => part.filename !== null || !part.type.startsWith('text/'))
    .map((part) => ({ part, place: part.path }));

export const envelopeParts = (tree: MimeTree): FilePart[] =>
  leaves(tree)
    .filter((part) => part.filename !== null && part.type !== 'message/rfc822')
    .filter((part) => !/^(daticert\.xml|postacert\.eml)$/i.test(part.filename ?? ''))
    .map((part) => ({ part, place: `envelope ${part.path}` }));

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
function foundFile(tree: MimeTree, part: MimePart, place: string): FileInMail {
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
  const sha256 = hash.digest('hex') as Sha256;
  return {
    name: part.filename,
    mediaType: part.type,
    size,
    sha256,
    head: head ?? Buffer.alloc(0),
    part: place,
    encoding: part.encoding.slice(0, 40),
    damage,
    form: spotter.form,
    bytes: () => decodeBody(tree, part),
    digest(algorithm) {
      if (algorithm === 'SHA-256') return sha256;
      const name = DIGESTS.get(algorithm);
      if (name === undefined) return null;
      const other = createHash(name);
      for (const piece of decodedChunks(tree, part)) other.update(piece);
      return other.digest('hex');
    },
  };
}
