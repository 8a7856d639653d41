import type { Made, Workshop } from '../cms/openssl.ts';

/** The smallest PDF with room for a signature; `sign` gives the CMS over the two ranges. */
export function signedPdf(
  sign: (content: Buffer) => Buffer,
  body = 'BT (Delibera di prova) Tj ET',
  room = 4096,
): Buffer {
  const before = `%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n2 0 obj\n<< /Length ${body.length} >>\nstream\n${body}\nendstream\nendobj\n`;
  return appendSignature(Buffer.from(before, 'latin1'), sign, room);
}

/** One more signature over the whole file so far. */
export function appendSignature(base: Buffer, sign: (content: Buffer) => Buffer, room = 4096): Buffer {
  const head = '9 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [';
  const tail = '\n>>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n';
  const numbers = 48;
  const first = base.length + head.length + numbers + ']\n/Contents '.length;
  const next = first + 2 * room + 2;
  const range = `0 ${first} ${next} ${tail.length}`.padEnd(numbers);
  const opening = Buffer.concat([base, Buffer.from(`${head}${range}]\n/Contents `, 'latin1')]);
  const closing = Buffer.from(tail, 'latin1');
  const cms = sign(Buffer.concat([opening, closing])).toString('hex');
  if (cms.length > 2 * room) throw new Error('not enough room for the signature');
  return Buffer.concat([opening, Buffer.from(`<${cms.padEnd(2 * room, '0')}>`), closing]);
}

export const pdfSigner = (workshop: Workshop, signer: Made) => (content: Buffer) => workshop.sign(content, signer);
