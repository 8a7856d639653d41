/** What a mail says: its segnatura, exact to the byte, from the place where the judgement of the mail reads it too, and its text. */
import { isEncoded } from '../../formats/mime/decode.ts';
import { openMessage, parseMime, walk } from '../../formats/mime/parse.ts';
import { findEnvelope, looksLikePec, readClaim } from '../../formats/pec/envelope.ts';
import { isSegnaturaName } from '../../formats/segnatura/find-segnatura.ts';
import { readSegnatura } from '../../formats/segnatura/read.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import { envelopeFiles, type FileInMail, pagePart, plainText } from './files-in-mail.ts';
import { type PageNotes, pageNotes } from './page-in-mail.ts';
import { P7M, searchMail } from './segnatura-in-mail.ts';
import { isOpaque } from './signed-wrapping.ts';

export interface SegnaturaInMail {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a person wrote, as plain data. */
export interface WrittenMail {
  /** Null also where something cut may have changed what is found. */
  readonly segnatura: SegnaturaInMail | null;
  /** What the segnatura says; null for an answer, and where it cannot be read. */
  readonly message: ProtocolMessage | null;
  /** The text beside it. */
  readonly text: string | null;
  /** The same as a page (HTML), which is shown only where nothing in it can do harm. */
  readonly hasPage: boolean;
  /** Null also of a page too large to be looked through. */
  readonly page: PageNotes | null;
}

const UNCERTAIN: WrittenMail = { segnatura: null, message: null, text: null, hasPage: false, page: null };
type ReadWritten = (mail: Buffer, cuts: readonly number[]) => Promise<WrittenMail | null>;

export const segnaturaIn = (mail: Buffer): SegnaturaInMail | null => writtenIn(mail)?.segnatura ?? null;

/** `most`: bytes to look into. Null where more are left without the bulk of the attachments. */
export async function writtenInLarge(
  mail: AsyncIterable<Uint8Array>,
  read: ReadWritten = async (bytes, cuts) => writtenIn(bytes, cuts),
  most = Number.POSITIVE_INFINITY,
): Promise<WrittenMail | null> {
  const thin = new Thin();
  for await (const piece of mail) {
    thin.see(piece);
    if (thin.length > most) return null;
  }
  return read(thin.end(), thin.cuts);
}

/**
 * Null for a receipt: it may carry our own message back, and what stands there is not the mail's. `cuts`: where bytes were
 * left out of the mail, as offsets.
 */
export function writtenIn(mail: Buffer, cuts: readonly number[] = []): WrittenMail | null {
  const tree = parseMime(mail);
  const claim = readClaim(tree.root);
  if (claim.receipt.length > 0) return null;
  const envelope = findEnvelope(tree.root);
  const [original] = looksLikePec(claim, envelope) ? envelope.originals : [];
  // Of a message that came encoded, nobody can say what was cut.
  if (original !== undefined && isEncoded(original.encoding) && isCut(original, 0, cuts)) return UNCERTAIN;
  const content = original === undefined ? tree : openMessage(tree, original);
  const { part } = searchMail(content, () => (original === undefined ? [] : envelopeFiles(mail)));
  const isFound =
    part !== null &&
    isCertain(part, content, original?.bodyStart ?? 0, cuts) &&
    (!part.part.startsWith(ENVELOPE) || isCertain(part, tree, 0, cuts));
  const segnatura = isFound ? { name: part.name ?? '', bytes: part.bytes() } : null;
  return {
    segnatura,
    message: segnatura && messageIn(segnatura),
    text: plainText(content),
    ...pageIn(content, original?.bodyStart ?? 0, cuts),
  };
}

/** Of a page that was cut, links may be missing. */
function pageIn(content: MimeTree, offset: number, cuts: readonly number[]): Pick<WrittenMail, 'hasPage' | 'page'> {
  const part = pagePart(content);
  const isWhole = part !== null && !isCut(part, offset, cuts);
  return { hasPage: part !== null, page: isWhole ? pageNotes(content) : null };
}

/** Whether it is valid was judged when the mail came: here it is only read. */
const JUDGED = { valid: true, problems: [] } as const;

function messageIn({ bytes }: SegnaturaInMail): ProtocolMessage | null {
  const reading = readSegnatura(bytes, () => JUDGED);
  const message = reading.ok ? reading.value.message : null;
  return message?.kind === 'protocol-message' ? message : null;
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

  get length(): number {
    return this.#length;
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
