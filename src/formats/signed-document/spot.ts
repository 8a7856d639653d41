import type { SignedForm } from '../../model/signed-document.ts';

/** OIDs as DER: SignedData (RFC 5652) and TimeStampedData (RFC 5544, `.tsd`). */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
export const TIME_STAMPED_DATA = Buffer.from('060b2a864886f70d010910011f', 'hex');

const PDF_MARK = Buffer.from('/ByteRange');
const XML_MARK = Buffer.from('http://www.w3.org/2000/09/xmldsig#');
/** A header of a mail, and a part that is a CMS: S/MIME saved as text, or `.m7m`, which adds a time stamp. */
const SMIME = /^\s*[A-Za-z][A-Za-z-]{1,40}:.*?application\/(?:x-)?pkcs7-(?:mime|signature)/is;
const HEAD = 1_024;
/** Some programs encode what is encoded already. */
const MOST_ENCODINGS = 4;
const MOST_BLANKS = 64;

/**
 * Finds out whether a file looks signed while its bytes pass by for another purpose. Its first bytes, never its name, say
 * what it is. A PDF or an XML file is searched for the mark of a signature; any other file costs one look.
 */
export class SignatureSpotter {
  #form: SignedForm | null = null;
  #mark: Buffer | null | undefined = undefined;
  #tail: Buffer = Buffer.alloc(0);

  see(piece: Buffer): void {
    if (this.#mark === undefined) {
      if (piece.length === 0) return;
      this.#begin(piece);
    }
    const mark = this.#mark;
    if (!mark) return;
    const edge = mark.length - 1;
    const across = this.#tail.length > 0 && Buffer.concat([this.#tail, piece.subarray(0, edge)]).includes(mark);
    if (across || piece.includes(mark)) {
      this.#form = mark === PDF_MARK ? 'pdf' : 'xml';
      this.#mark = null;
    } else {
      this.#tail =
        piece.length >= edge ? piece.subarray(piece.length - edge) : Buffer.concat([this.#tail, piece]).subarray(-edge);
    }
  }

  get form(): SignedForm | null {
    return this.#form;
  }

  #begin(piece: Buffer): void {
    const head = piece.subarray(0, HEAD);
    this.#mark = null;
    if (cmsEncoding(head) !== null) this.#form = 'cms';
    else if (SMIME.test(head.toString('latin1'))) this.#form = 'mime';
    else if (head.indexOf('PK\x03\x04', 0, 'latin1') === 0 && head.includes('application/vnd.etsi.asic'))
      this.#form = 'asic';
    else if (head.includes('%PDF-')) this.#mark = PDF_MARK;
    else if (/^(?:\xef\xbb\xbf)?\s*</.test(head.toString('latin1', 0, 64))) this.#mark = XML_MARK;
  }
}

/** The encoding of a CMS, which may have blanks before it; null where the bytes are none. */
export function cmsEncoding(bytes: Buffer, depth = 0): 'ber' | 'pem' | 'base64' | null {
  const from = blanksBefore(bytes);
  if (bytes[from] === 0x30) {
    const start = bytes.subarray(from, from + 32);
    if (start.includes(SIGNED_DATA) || start.includes(TIME_STAMPED_DATA)) return 'ber';
  }
  const text = bytes.toString('latin1', from, from + 512);
  if (/^-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----/.test(text)) return 'pem';
  if (depth >= MOST_ENCODINGS) return null;
  // What comes later may be damaged: the beginning says what it was meant to be.
  const start = /^[A-Za-z0-9+/]{24,}/.exec(text.replace(/\s+/g, ''));
  return start === null || cmsEncoding(Buffer.from(start[0], 'base64'), depth + 1) === null ? null : 'base64';
}

/** Blanks and a byte order mark, which some programs write before a CMS. */
export function blanksBefore(bytes: Buffer): number {
  let at = bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? 3 : 0;
  while (at < MOST_BLANKS && (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d))
    at += 1;
  return at;
}

/** The signed form of a whole file, or null. */
export function formOf(bytes: Buffer): SignedForm | null {
  const spotter = new SignatureSpotter();
  spotter.see(bytes);
  return spotter.form;
}
