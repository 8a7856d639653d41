import type { SignedForm } from '../../model/signed-document.ts';

/** OIDs as DER: SignedData (RFC 5652) and TimeStampedData (RFC 5544, `.tsd`). */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
export const TIME_STAMPED_DATA = Buffer.from('060b2a864886f70d010910011f', 'hex');

const PDF_MARK = Buffer.from('/ByteRange');
const XML_MARK = Buffer.from('http://www.w3.org/2000/09/xmldsig#');
const HEAD = 1_024;

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
    else if (head.includes('%PDF-')) this.#mark = PDF_MARK;
    else if (/^(?:\xef\xbb\xbf)?\s*</.test(head.toString('latin1', 0, 64))) this.#mark = XML_MARK;
  }
}

/** The encoding of a CMS; null where the bytes are none. */
export function cmsEncoding(bytes: Buffer): 'ber' | 'pem' | 'base64' | null {
  if (bytes[0] === 0x30) {
    const start = bytes.subarray(0, 32);
    if (start.includes(SIGNED_DATA) || start.includes(TIME_STAMPED_DATA)) return 'ber';
  }
  const text = bytes
    .toString('latin1', 0, 256)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----/.test(text)) return 'pem';
  // A SEQUENCE begins with 0x30: its base64 with an M.
  if (!text.startsWith('M')) return null;
  const start = text.slice(0, 80).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]{24,}=*$/.test(start)) return null;
  return cmsEncoding(Buffer.from(start, 'base64')) === 'ber' ? 'base64' : null;
}

/** The signed form of a whole file, or null. */
export function formOf(bytes: Buffer): SignedForm | null {
  const spotter = new SignatureSpotter();
  spotter.see(bytes);
  return spotter.form;
}
