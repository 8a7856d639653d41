/** The segnatura of a mail, exact to the byte, from the place where the judgement of the mail reads it too. */
import { isEncoded } from '../../formats/mime/decode.ts';
import { openMessage, parseMime, walk } from '../../formats/mime/parse.ts';
import { findEnvelope, looksLikePec, readClaim } from '../../formats/pec/envelope.ts';
import { isSegnaturaName } from '../../formats/segnatura/find-segnatura.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import { envelopeFiles, type FileInMail } from './files-in-mail.ts';
import { P7M, searchMail } from './segnatura-in-mail.ts';
import { isOpaque } from './signed-wrapping.ts';

export interface SegnaturaInMail {
  readonly name: string;
  readonly bytes: Buffer;
}

/** `cuts`: where bytes were left out of the mail, as offsets. Null also where one of them may have changed what is found. */
export function segnaturaIn(mail: Buffer, cuts: readonly number[] = []): SegnaturaInMail | null {
  const found = findIn(mail, cuts);
  return found === null ? null : { name: found.name ?? '', bytes: found.bytes() };
}

type Find = (mail: Buffer, cuts: readonly number[]) => Promise<SegnaturaInMail | null>;

/** The same for a mail too large for memory. Null also when it cannot be told for certain. */
export async function segnaturaInLarge(
  mail: AsyncIterable<Uint8Array>,
  find: Find = async (bytes, cuts) => segnaturaIn(bytes, cuts),
): Promise<SegnaturaInMail | null> {
  const thin = new Thin();
  for await (const piece of mail) thin.see(piece);
  return find(thin.end(), thin.cuts);
}

function findIn(mail: Buffer, cuts: readonly number[]): FileInMail | null {
  const tree = parseMime(mail);
  const claim = readClaim(tree.root);
  // A receipt may carry our own message back: that segnatura is not the mail's.
  if (claim.receipt.length > 0) return null;
  const envelope = findEnvelope(tree.root);
  const [original] = looksLikePec(claim, envelope) ? envelope.originals : [];
  if (original === undefined) {
    const { part } = searchMail(tree, () => []);
    return part !== null && isCertain(part, tree, 0, cuts) ? part : null;
  }
  // Of a message that came encoded, nobody can say what was cut.
  if (isEncoded(original.encoding) && isCut(original, 0, cuts)) return null;
  const content = openMessage(tree, original);
  const { part } = searchMail(content, () => envelopeFiles(mail));
  if (part === null || !isCertain(part, content, original.bodyStart, cuts)) return null;
  return !part.part.startsWith(ENVELOPE) || isCertain(part, tree, 0, cuts) ? part : null;
}

const ENVELOPE = 'envelope ';

/** Neither the part itself is cut nor another one that could be it, or hold it. `offset`: where the tree begins in the mail. */
function isCertain({ part: place }: FileInMail, tree: MimeTree, offset: number, cuts: readonly number[]): boolean {
  if (cuts.length === 0) return true;
  const [path = ''] = place.replace(ENVELOPE, '').split(' ');
  return ![...walk(tree.root)].some(
    (part) =>
      part.children.length === 0 &&
      (part.path === path || isOpaque(part) || isSegnaturaName((part.filename ?? '').trim().replace(P7M, ''))) &&
      isCut(part, offset, cuts),
  );
}

/** The line break before the next separator is no longer of the part, but a cut may stand behind it. */
const isCut = ({ start, end }: MimePart, offset: number, cuts: readonly number[]): boolean =>
  cuts.some((cut) => start + offset <= cut && cut <= end + offset + 2);

/** What is kept of each part of a large mail. No real segnatura comes near this size. */
const KEPT_OF_A_PART = 1024 * 1024;
const LONGEST_LINE = 64 * 1024;
const LF = 10;
const DASH = 45;

/** A large mail without the bulk of its attachments: each line that may separate parts, and up to KEPT_OF_A_PART after it. */
class Thin {
  /** Where lines were left out, as offsets into what is kept. */
  readonly cuts: number[] = [];
  #kept = Buffer.allocUnsafe(KEPT_OF_A_PART);
  #length = 0;
  #budget = KEPT_OF_A_PART;
  #tail: Buffer = Buffer.alloc(0);
  #isMidLine = false;

  see(piece: Uint8Array): void {
    const bytes = Buffer.concat([this.#tail, piece]);
    let at = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
      this.#take(bytes.subarray(at, end + 1));
      at = end + 1;
      this.#isMidLine = false;
    }
    this.#tail = bytes.subarray(at);
    if (this.#tail.length <= LONGEST_LINE) return;
    this.#take(this.#tail);
    this.#isMidLine = true;
    this.#tail = Buffer.alloc(0);
  }

  end(): Buffer {
    this.#take(this.#tail);
    return this.#kept.subarray(0, this.#length);
  }

  #take(line: Buffer): void {
    const separates = !this.#isMidLine && line[0] === DASH && line[1] === DASH;
    if (separates) this.#budget = KEPT_OF_A_PART;
    if (this.#budget < line.length) {
      this.#budget = 0;
      if (this.cuts.at(-1) !== this.#length) this.cuts.push(this.#length);
      return;
    }
    this.#budget -= line.length;
    if (this.#length + line.length > this.#kept.length) {
      const larger = Buffer.allocUnsafe(2 * this.#kept.length + line.length);
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    this.#length += line.copy(this.#kept, this.#length);
  }
}
