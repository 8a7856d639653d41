/** The segnatura of a mail, exact to the byte, from the place where the judgement of the mail reads it too. */
import { openMessage, parseMime } from '../../formats/mime/parse.ts';
import { findEnvelope, looksLikePec, readClaim } from '../../formats/pec/envelope.ts';
import type { MimeTree } from '../../model/mime.ts';
import { envelopeFiles } from './files-in-mail.ts';
import { searchMail } from './segnatura-in-mail.ts';

export interface SegnaturaInMail {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a person wrote: the message in its envelope, and the segnatura beside its text. */
export interface WrittenMail {
  readonly content: MimeTree;
  readonly segnatura: SegnaturaInMail | null;
}

export const segnaturaIn = (mail: Buffer): SegnaturaInMail | null => writtenIn(mail)?.segnatura ?? null;

/** The same for a mail too large for memory. Null also when it cannot be told for certain. */
export const segnaturaInLarge = async (mail: AsyncIterable<Uint8Array>): Promise<SegnaturaInMail | null> =>
  (await writtenInLarge(mail))?.segnatura ?? null;

/** `most`: bytes to look into. Where more are left without the bulk of the attachments, the answer is null. */
export async function writtenInLarge(
  mail: AsyncIterable<Uint8Array>,
  most = Number.POSITIVE_INFINITY,
): Promise<WrittenMail | null> {
  const thin = await thinned(mail);
  const found = thin.length > most ? null : writtenIn(thin);
  // Below this size the whole part was kept, whatever its transfer encoding.
  const isWhole = (found?.segnatura?.bytes.length ?? 0) <= KEPT_OF_A_PART / 4;
  return found !== null && !isWhole ? { ...found, segnatura: null } : found;
}

/** Null for a receipt. It may carry our own message back: that segnatura is not the mail's. */
export function writtenIn(mail: Buffer): WrittenMail | null {
  const tree = parseMime(mail);
  const claim = readClaim(tree.root);
  if (claim.receipt.length > 0) return null;
  const envelope = findEnvelope(tree.root);
  const [original] = looksLikePec(claim, envelope) ? envelope.originals : [];
  const content = original === undefined ? tree : openMessage(tree, original);
  const { part } = searchMail(content, () => (original === undefined ? [] : envelopeFiles(mail)));
  return { content, segnatura: part && { name: part.name ?? '', bytes: part.bytes() } };
}

/** What is kept of each part of a large mail. No real segnatura comes near this size. */
const KEPT_OF_A_PART = 1024 * 1024;
const LONGEST_LINE = 64 * 1024;
const LF = 10;
const DASH = 45;

/** A large mail without the bulk of its attachments: each line that may separate parts, and up to KEPT_OF_A_PART after it. */
async function thinned(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let budget = KEPT_OF_A_PART;
  let tail: Buffer = Buffer.alloc(0);
  let midLine = false;
  const take = (line: Buffer): void => {
    const separates = !midLine && line[0] === DASH && line[1] === DASH;
    if (separates) budget = KEPT_OF_A_PART;
    if (budget < line.length) budget = 0;
    else {
      kept.push(Buffer.from(line));
      budget -= line.length;
    }
  };
  for await (const piece of source) {
    const bytes = tail.length === 0 ? Buffer.from(piece) : Buffer.concat([tail, piece]);
    let at = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
      take(bytes.subarray(at, end + 1));
      at = end + 1;
      midLine = false;
    }
    tail = bytes.subarray(at);
    if (tail.length > LONGEST_LINE) {
      take(tail);
      midLine = true;
      tail = Buffer.alloc(0);
    }
  }
  take(tail);
  return Buffer.concat(kept);
}
