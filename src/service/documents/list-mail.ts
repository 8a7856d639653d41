import { isEncoded } from '../../formats/mime/decode.ts';
import { openMessage, parseMime } from '../../formats/mime/parse.ts';
import { findEnvelope, readClaim } from '../../formats/pec/envelope.ts';
import { openDigest } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import { type EncodedBody, markBody } from './decoded-stream.ts';
import { contentParts, envelopeParts, type FilePart } from './files-in-mail.ts';
import { unwrapCms } from './signed-wrapping.ts';

/** Where the bytes of a message lie: in the mail itself, or in a body of another layer, which came before. */
export interface ListedLayer {
  readonly from: { readonly layer: number; readonly body: EncodedBody } | null;
  /** Size of the CMS that the message is wrapped in; null where the body is the message. */
  readonly wrapped: number | null;
}

export interface ListedFile {
  /** As it is written down with a registration. */
  readonly part: string;
  readonly name: string | null;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Sha256;
  readonly layer: number;
  readonly body: EncodedBody;
}

/** The files of a mail and where they lie, as plain data. */
export interface ListedMail {
  readonly layers: readonly ListedLayer[];
  readonly files: readonly ListedFile[];
  readonly marks: number;
}

interface Layer {
  readonly tree: MimeTree;
  readonly number: number;
  /** Where the bytes of the tree begin in those of the layer. */
  readonly offset: number;
}

/** The files of the message a person wrote, and those beside it in the envelope. */
export function listMail(bytes: Buffer): ListedMail {
  const listed: ListedLayer[] = [{ from: null, wrapped: null }];
  const mail: Layer = { tree: parseMime(bytes), number: 0, offset: 0 };
  const content = contentOf(mail, listed);
  const layers = new Map<FilePart | null, Layer>([[null, content]]);
  const parts: [Layer, FilePart][] = [];
  for (const file of contentParts(content.tree)) {
    const layer = layers.get(file.within) ?? insideOf(file, layers, listed);
    layers.set(file.within, layer);
    parts.push([layer, file]);
  }
  if (content !== mail) parts.push(...envelopeParts(mail.tree).map((part): [Layer, FilePart] => [mail, part]));
  const files: ListedFile[] = [];
  let marks = 1;
  for (const [layer, { part, place, name }] of parts) {
    const digest = openDigest();
    let size = 0;
    const body = marked(layer, part, (piece) => {
      size += piece.length;
      digest.update(piece);
    });
    marks += body.marks.length + 2;
    const { number } = layer;
    files.push({ part: place, name, mediaType: part.type, size, sha256: digest.end(), layer: number, body });
  }
  return { layers: listed, files, marks };
}

/** What a CMS carries; null where nothing can be read. */
export const insideOfCms = (cms: Buffer): Buffer | null => unwrapCms(cms)?.inside ?? null;

/** The message inside its envelope, as `openMail` finds it; what the envelope proves does not matter here. */
function contentOf(mail: Layer, listed: ListedLayer[]): Layer {
  const { tree } = mail;
  const [transport] = readClaim(tree.root).transport;
  const [original] = findEnvelope(tree.root).originals;
  if (original === undefined || (transport !== 'posta-certificata' && transport !== 'errore')) return mail;
  const content = openMessage(tree, original);
  if (!isEncoded(original.encoding)) return { tree: content, number: 0, offset: original.bodyStart };
  const body = marked(mail, original, () => undefined);
  return { tree: content, number: listed.push({ from: { layer: 0, body }, wrapped: null }) - 1, offset: 0 };
}

/** A message that its sender's client wrapped and signed: its bytes are found only by reading the wrapping as a whole. */
function insideOf(
  { tree, within }: FilePart,
  layers: ReadonlyMap<FilePart | null, Layer>,
  listed: ListedLayer[],
): Layer {
  const outer = within && layers.get(within.within);
  if (!within || !outer) throw new Error('a part inside a wrapping that was not listed');
  let size = 0;
  const body = marked(outer, within.part, (piece) => {
    size += piece.length;
  });
  return { tree, number: listed.push({ from: { layer: outer.number, body }, wrapped: size }) - 1, offset: 0 };
}

function marked({ tree, offset }: Layer, part: MimePart, see: (piece: Buffer) => void): EncodedBody {
  const { encoding, bodyStart, end } = part;
  const marks = markBody(tree.bytes.subarray(bodyStart, end), encoding, see);
  return { start: offset + bodyStart, end: offset + end, encoding, marks };
}
