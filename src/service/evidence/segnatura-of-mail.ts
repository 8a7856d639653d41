/** The segnatura of a mail, exact to the byte, from the place where the judgement of the mail reads it too. */
import { openMessage, parseMime } from '../../formats/mime/parse.ts';
import { findEnvelope, looksLikePec, readClaim } from '../../formats/pec/envelope.ts';
import { envelopeFiles, type FileInMail } from '../documents/files-in-mail.ts';
import { searchMail } from '../documents/segnatura-in-mail.ts';

export interface SegnaturaInMail {
  readonly name: string;
  readonly bytes: Buffer;
}

export function segnaturaIn(mail: Buffer): SegnaturaInMail | null {
  const found = findIn(mail);
  return found === null ? null : { name: found.name ?? '', bytes: found.bytes() };
}

/** The same for a mail too large for memory. Null also when it cannot be told for certain. */
export async function segnaturaInLarge(mail: AsyncIterable<Uint8Array>): Promise<SegnaturaInMail | null> {
  const found = segnaturaIn(await thinned(mail));
  // Below this size the whole part was kept, whatever its transfer encoding.
  return found !== null && found.bytes.length <= KEPT_OF_A_PART / 4 ? found : null;
}

function findIn(mail: Buffer): FileInMail | null {
  const tree = parseMime(mail);
  const claim = readClaim(tree.root);
  // A receipt may carry our own message back: that segnatura is not the mail's.
  if (claim.receipt.length > 0) return null;
  const envelope = findEnvelope(tree.root);
  const [original] = looksLikePec(claim, envelope) ? envelope.originals : [];
  if (original === undefined) return searchMail(tree, () => []).part;
  return searchMail(openMessage(tree, original), () => envelopeFiles(mail)).part;
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
