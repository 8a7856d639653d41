import { setImmediate as rest } from 'node:timers/promises';
import { isEncoded } from '../../formats/mime/decode.ts';
import { openMessage, parseMime } from '../../formats/mime/parse.ts';
import { findEnvelope, readClaim } from '../../formats/pec/envelope.ts';
import { openDigest } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import { decodedRange, type EncodedBody, markBody, type ReadBytes } from './decoded-stream.ts';
import type { ByteRange, Documents } from './documents.ts';
import { contentParts, envelopeParts, type FilePart } from './files-in-mail.ts';
import { unwrapCms } from './signed-wrapping.ts';

/** A file inside a kept mail, with all it takes to read any part of it from the disk. */
export interface KeptFile {
  /** As it is written down with a registration. */
  readonly part: string;
  readonly name: string | null;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Sha256;
  stream(range: ByteRange): AsyncGenerator<Buffer>;
}

/** Places kept for mails that are read again, as ranges are; counted in marks, some 40 bytes each. */
const MOST_MARKS = 100_000;

export interface KeptMailFiles {
  /** The files of a kept mail: of the message a person wrote, and those beside it in the envelope. */
  of(mail: Sha256): Promise<readonly KeptFile[]>;
}

/**
 * Finds the files of kept mails. The first time a mail is read as a whole, one mail at a time in this process; what is
 * then kept is where its parts lie and not their bytes. A kept mail never changes, so neither does the answer.
 */
export function openKeptMailFiles(documents: Pick<Documents, 'read' | 'stream'>): KeptMailFiles {
  const known = new Map<Sha256, { readonly files: readonly KeptFile[]; readonly marks: number }>();
  const opening = new Map<Sha256, Promise<readonly KeptFile[]>>();
  let marks = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const open = async (mail: Sha256): Promise<readonly KeptFile[]> => {
    const found = await filesOf(await documents.read(mail), (range) => documents.stream(mail, range));
    known.set(mail, found);
    marks += found.marks;
    for (const [oldest, entry] of known) {
      if (marks <= MOST_MARKS || oldest === mail) break;
      known.delete(oldest);
      marks -= entry.marks;
    }
    return found.files;
  };

  return {
    async of(mail) {
      const entry = known.get(mail);
      if (entry !== undefined) {
        known.delete(mail);
        known.set(mail, entry);
        return entry.files;
      }
      const under = opening.get(mail);
      if (under !== undefined) return under;
      const mine = turn.then(() => open(mail)).finally(() => opening.delete(mail));
      turn = mine.catch(() => undefined);
      opening.set(mail, mine);
      return mine;
    },
  };
}

interface Layer {
  readonly tree: MimeTree;
  readonly read: ReadBytes;
  /** Where the bytes of the tree begin in what `read` reads. */
  readonly offset: number;
}

async function filesOf(bytes: Buffer, read: ReadBytes): Promise<{ files: readonly KeptFile[]; marks: number }> {
  const mail: Layer = { tree: parseMime(bytes), read, offset: 0 };
  const content = await contentOf(mail);
  const layers = new Map<FilePart | null, Layer>([[null, content]]);
  const parts: [Layer, FilePart][] = [];
  for (const file of contentParts(content.tree)) {
    const layer = layers.get(file.within) ?? (await insideOf(file, layers));
    layers.set(file.within, layer);
    parts.push([layer, file]);
  }
  if (content !== mail) parts.push(...envelopeParts(mail.tree).map((part): [Layer, FilePart] => [mail, part]));
  const files: KeptFile[] = [];
  let marks = 1;
  for (const [layer, { part, place, name }] of parts) {
    // What is kept must not hold the bytes of the mail, which the layer does.
    const { read: readLayer } = layer;
    const digest = openDigest();
    let size = 0;
    const see = (piece: Buffer) => {
      size += piece.length;
      digest.update(piece);
    };
    const body = await marked(layer, part, see);
    marks += body.marks.length + 2;
    files.push({
      part: place,
      name,
      mediaType: part.type,
      size,
      sha256: digest.end(),
      stream: (range) => decodedRange(readLayer, body, range),
    });
    await rest();
  }
  return { files, marks };
}

/** The message inside its envelope, as `openMail` finds it; what the envelope proves does not matter here. */
async function contentOf(mail: Layer): Promise<Layer> {
  const { tree } = mail;
  const [transport] = readClaim(tree.root).transport;
  const [original] = findEnvelope(tree.root).originals;
  if (original === undefined || (transport !== 'posta-certificata' && transport !== 'errore')) return mail;
  const content = openMessage(tree, original);
  if (!isEncoded(original.encoding)) return { tree: content, read: mail.read, offset: original.bodyStart };
  const body = await marked(mail, original, () => undefined);
  return { tree: content, read: (range) => decodedRange(mail.read, body, range), offset: 0 };
}

/** A message that its sender's client wrapped and signed: its bytes are found only by reading the wrapping as a whole. */
async function insideOf({ tree, within }: FilePart, layers: ReadonlyMap<FilePart | null, Layer>): Promise<Layer> {
  const outer = within && layers.get(within.within);
  if (!within || !outer) throw new Error('a part inside a wrapping that was not listed');
  let size = 0;
  const body = await marked(outer, within.part, (piece) => {
    size += piece.length;
  });
  return { tree, read: readInside(outer.read, body, size), offset: 0 };
}

function readInside(read: ReadBytes, body: EncodedBody, size: number): ReadBytes {
  return async function* ({ start, end }) {
    const pieces: Buffer[] = [];
    for await (const piece of decodedRange(read, body, { start: 0, end: size })) pieces.push(piece);
    yield unwrapCms(Buffer.concat(pieces))?.inside.subarray(start, end) ?? Buffer.alloc(0);
  };
}

async function marked({ tree, offset }: Layer, part: MimePart, see: (piece: Buffer) => void): Promise<EncodedBody> {
  const { encoding, bodyStart, end } = part;
  const marks = await markBody(tree.bytes.subarray(bodyStart, end), encoding, see, () => rest());
  return { start: offset + bodyStart, end: offset + end, encoding, marks };
}
