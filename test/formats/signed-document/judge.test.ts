import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerFromPem } from '../../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { judgeSignedDocument } from '../../../src/formats/signed-document/judge.ts';
import { formOf, SignatureSpotter } from '../../../src/formats/signed-document/spot.ts';
import { Budget } from '../../../src/formats/signed-document/verdict.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../cms/openssl.ts';
import { appendSignature, pdfSigner, signedPdf } from './pdf.ts';

const DOCUMENT = Buffer.from('Delibera di prova n. 12.\n'.repeat(500));

function judge(bytes: Buffer, detached: (() => Buffer) | null = null, work: number = LIMITS.signedWork) {
  const form = formOf(bytes);
  return form === null
    ? { verdict: 'absent', reason: '', partial: false }
    : judgeSignedDocument(bytes, form, detached, new Budget(work));
}

const altered = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x04;
  return copy;
};
const wrapped = (der: Buffer): string => (der.toString('base64').match(/.{1,64}/g) ?? []).join('\r\n');

describe.skipIf(!hasOpenssl)('documents with a digital signature', () => {
  const workshop = new Workshop();
  let rsa: Made;
  let ec: Made;
  beforeAll(() => {
    rsa = workshop.certificate({ name: 'Segretaria Rossi', extensions: SIGNER('rossi@example.it') });
    ec = workshop.certificate({ name: 'Sindaco Bianchi', key: 'ec', extensions: SIGNER('bianchi@example.it') });
  });
  afterAll(() => workshop.close());

  /** `.p7m`: the document inside. */
  function p7m(content: Buffer, signer: Made, ...options: string[]): Buffer {
    workshop.write('document', content);
    const who = ['-signer', signer.certificate, '-inkey', signer.key];
    return workshop.run(
      'cms',
      '-sign',
      '-binary',
      '-nodetach',
      '-in',
      'document',
      '-outform',
      'DER',
      ...who,
      ...options,
    );
  }

  it('are recognised and intact in every encoding of a .p7m', () => {
    const der = p7m(DOCUMENT, rsa, '-cades');
    const ber = p7m(DOCUMENT, rsa, '-stream');
    expect(ber.subarray(0, 2).toString('hex')).toBe('3080');
    const forms: readonly (readonly [string, Buffer])[] = [
      ['DER', der],
      ['BER', ber],
      ['ECDSA', p7m(DOCUMENT, ec)],
      ['two signers', p7m(DOCUMENT, rsa, '-signer', ec.certificate, '-inkey', ec.key)],
      ['without attributes', p7m(DOCUMENT, rsa, '-noattr')],
      ['by key identifier', p7m(DOCUMENT, rsa, '-keyid')],
      ['PEM', p7m(DOCUMENT, rsa, '-outform', 'PEM')],
      ['PKCS7 PEM', Buffer.from(`-----BEGIN PKCS7-----\n${wrapped(der)}\n-----END PKCS7-----\n`)],
      ['base64', Buffer.from(wrapped(der))],
      ['base64 of BER', Buffer.from(ber.toString('base64'))],
      ['a signed .p7m', p7m(der, ec)],
      ['a signed base64 .p7m', p7m(Buffer.from(wrapped(der)), ec)],
      ['a signed PDF in it', p7m(signedPdf(pdfSigner(workshop, ec)), rsa)],
      ['nothing', p7m(Buffer.alloc(0), rsa)],
    ];
    for (const [name, bytes] of forms)
      expect(judge(bytes), name).toEqual({ verdict: 'intact', reason: '', partial: false });
  });

  it('are broken where a byte of the document was altered, at any depth', () => {
    const der = p7m(DOCUMENT, rsa);
    const at = der.indexOf(DOCUMENT.subarray(0, 40));
    for (const offset of [0, 1, 4096, DOCUMENT.length - 1])
      expect(judge(altered(der, at + offset)), String(offset)).toMatchObject({ verdict: 'broken' });
    const ber = p7m(DOCUMENT, rsa, '-stream');
    expect(judge(altered(ber, ber.indexOf(DOCUMENT.subarray(0, 40)) + 3))).toMatchObject({ verdict: 'broken' });
    expect(judge(Buffer.from(wrapped(altered(der, at))))).toMatchObject({ verdict: 'broken' });
    // The inner one was already broken when the outer one was made.
    expect(judge(p7m(altered(der, at), ec))).toMatchObject({ verdict: 'broken' });
    // The last bytes are the signature itself.
    expect(judge(altered(der, der.length - 5))).toMatchObject({
      verdict: 'broken',
      reason: 'la firma non corrisponde',
    });
  });

  it('are broken or unreadable for any altered byte of the content, the signed attributes or the signature', () => {
    const content = 'x'.repeat(64);
    const der = p7m(Buffer.from(content), ec);
    const from = der.indexOf(content);
    // The first signed attribute is the type of the content; after the attributes come algorithm and signature.
    const attributes = der.lastIndexOf(Buffer.from('06092a864886f70d010903', 'hex')) - 2;
    const unnoticed: number[] = [];
    for (let at = 0; at < der.length; at++) {
      const covered = (at >= from && at < from + content.length) || at >= attributes;
      if (covered && judge(altered(der, at)).verdict === 'intact') unnoticed.push(at);
    }
    expect(attributes).toBeGreaterThan(from);
    expect(unnoticed).toEqual([]);
  });

  it('in a file of their own are verified over the document', () => {
    const p7s = workshop.sign(DOCUMENT, rsa);
    expect(judge(p7s, () => DOCUMENT)).toMatchObject({ verdict: 'intact' });
    expect(judge(p7s, () => altered(DOCUMENT, 9))).toMatchObject({ verdict: 'broken' });
    expect(judge(p7s)).toMatchObject({ verdict: 'unreadable', reason: 'manca il documento firmato' });
  });

  it('that cannot be judged are unreadable, never intact', () => {
    const der = p7m(DOCUMENT, rsa);
    const table: readonly (readonly [string, Buffer])[] = [
      ['cut', der.subarray(0, der.length - 40)],
      ['without the certificate', p7m(DOCUMENT, rsa, '-nocerts')],
      ['base64 with a foreign character', Buffer.from(wrapped(der).replace(/(.{200})./s, '$1!'))],
      ['PEM without an end', Buffer.from(`-----BEGIN CMS-----\n${wrapped(der)}`)],
    ];
    for (const [name, bytes] of table) expect(judge(bytes), name).toMatchObject({ verdict: 'unreadable' });
    let nested: Buffer = DOCUMENT;
    for (let depth = 0; depth < 9; depth++) nested = p7m(nested, ec);
    expect(judge(nested)).toMatchObject({ verdict: 'unreadable', reason: expect.stringContaining('più di 8') });
    expect(judge(der, null, 60_000)).toMatchObject({ verdict: 'unreadable' });
  });

  it('in a PDF are intact, for one signer and for two', () => {
    const one = signedPdf(pdfSigner(workshop, rsa));
    expect(judge(one)).toEqual({ verdict: 'intact', reason: '', partial: false });
    expect(judge(appendSignature(one, pdfSigner(workshop, ec)))).toMatchObject({ verdict: 'intact', partial: false });
    expect(judge(Buffer.concat([one, Buffer.from('\r\n')]))).toMatchObject({ verdict: 'intact', partial: false });
    expect(judge(Buffer.concat([one, Buffer.from('10 0 obj\n<< /Type /DSS >>\nendobj\n')]))).toMatchObject({
      verdict: 'intact',
      partial: true,
    });
  });

  it('in a PDF are broken by any altered byte outside the signature', () => {
    const one = signedPdf(pdfSigner(workshop, ec), 'BT (x) Tj ET', 1_500);
    const from = one.indexOf('/Contents <') + '/Contents '.length;
    const to = one.indexOf('>', from) + 1;
    const marks = [one.indexOf('%PDF-'), one.indexOf('/ByteRange')];
    const unnoticed: number[] = [];
    for (let at = 0; at < one.length; at++) {
      if (at > from && at < to - 1) continue;
      // Without its mark a PDF is an unsigned file.
      if (at < 5 || (at >= (marks[1] ?? 0) && at < (marks[1] ?? 0) + 10)) continue;
      if (judge(altered(one, at)).verdict === 'intact') unnoticed.push(at);
    }
    expect(unnoticed).toEqual([]);
    const two = appendSignature(one, pdfSigner(workshop, rsa));
    expect(judge(altered(two, one.indexOf('(x)') + 1))).toMatchObject({ verdict: 'broken' });
  });

  it('in a PDF are broken where the range leaves out more than the signature', () => {
    const one = signedPdf(pdfSigner(workshop, ec)).toString('latin1');
    const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(one) ?? [];
    const [first, next, second] = range.slice(1).map(Number) as [number, number, number];
    const ranges = [
      [0, first - 1, next, second],
      [0, first, next + 1, second - 1],
      [1, first - 1, next, second],
      [0, first, next, second + 999_999],
      [0, next, first, second],
      [0, 0, 0, 0],
    ];
    for (const wrong of ranges) {
      const forged = one.replace(/\/ByteRange \[[^\]]*\]/, `/ByteRange [${wrong.join(' ').padEnd(48)}]`);
      expect(judge(Buffer.from(forged, 'latin1')), wrong.join(' ')).toMatchObject({ verdict: 'broken' });
    }
  });

  it('in a PDF of the old form hold the SHA-1 of the file', () => {
    const sign = (content: Buffer) => p7m(createHash('sha1').update(content).digest(), rsa);
    expect(judge(signedPdf(sign))).toMatchObject({ verdict: 'intact' });
    const other = (content: Buffer) => p7m(createHash('sha1').update(content).update('x').digest(), rsa);
    expect(judge(signedPdf(other))).toMatchObject({ verdict: 'broken' });
    expect(judge(signedPdf(() => Buffer.from('nonsense')))).toMatchObject({ verdict: 'unreadable' });
  });

  it('in a .tsd are judged, and the time stamp of a PDF must fit the file', () => {
    const sequence = (tag: number, ...parts: Buffer[]): Buffer => {
      const body = Buffer.concat(parts);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return Buffer.concat([Buffer.from([tag, 0x84]), length, body]);
    };
    const version = Buffer.from([0x02, 0x01, 0x01]);
    const tsd = (document: Buffer): Buffer =>
      sequence(
        0x30,
        Buffer.from('060b2a864886f70d010910011f', 'hex'),
        sequence(0xa0, sequence(0x30, version, sequence(0x04, document), sequence(0xa0))),
      );
    const der = p7m(DOCUMENT, rsa);
    expect(judge(tsd(der))).toMatchObject({ verdict: 'intact' });
    expect(judge(tsd(altered(der, der.indexOf(DOCUMENT.subarray(0, 40)))))).toMatchObject({ verdict: 'broken' });
    // A time stamp alone is no signature.
    expect(judge(tsd(DOCUMENT))).toMatchObject({ verdict: 'absent' });

    const stamp = (content: Buffer, more = ''): Buffer => {
      const policy = Buffer.from([0x06, 0x03, 0x2a, 0x03, 0x04]);
      const sha256 = Buffer.from('300b0609608648016503040201', 'hex');
      const digest = createHash('sha256').update(content).update(more).digest();
      const info = sequence(0x30, version, policy, sequence(0x30, sha256, sequence(0x04, digest)));
      return p7m(info, rsa, '-econtent_type', '1.2.840.113549.1.9.16.1.4');
    };
    const one = signedPdf(pdfSigner(workshop, ec));
    expect(judge(appendSignature(one, (content) => stamp(content)))).toMatchObject({ verdict: 'intact' });
    expect(judge(appendSignature(one, (content) => stamp(content, 'x')))).toMatchObject({ verdict: 'broken' });
  });

  it('are unreadable once the budget of one mail is used up', () => {
    const mark = '/ByteRange [0 10 20 30] ';
    const crowd = Buffer.from(
      `%PDF-1.4 ${Array.from({ length: 5_000 }, (_, i) => mark.replace('30', `${i}`)).join('')}`,
    );
    const started = performance.now();
    expect(judge(crowd).verdict).toBe('unreadable');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('in XML are judged like a seal', async () => {
    const read = (name: string) => workshop.read(name).toString();
    const signer = signerFromPem(read(rsa.certificate), read(rsa.key));
    if (!signer.ok) throw new Error(signer.problem.message);
    const sealed = await sealMessage(Buffer.from('<atto><testo>Prova</testo></atto>'), signer.value, new Date());
    expect(judge(sealed)).toMatchObject({ verdict: 'intact' });
    expect(judge(Buffer.from(sealed.toString().replace('Prova', 'Provx')))).toMatchObject({ verdict: 'broken' });
    expect(judge(Buffer.from(sealed.toString().replace('</atto>', '<x/></atto>')))).toMatchObject({
      verdict: 'unreadable',
    });
    expect(judge(p7m(sealed, ec))).toMatchObject({ verdict: 'intact' });
  });
});

describe('a signature is spotted', () => {
  it.each([
    ['plain text', 'Mario Rossi'],
    ['a plain PDF', '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF'],
    ['plain XML', '<?xml version="1.0"?><atto/>'],
    ['a form still to be signed', '%PDF-1.4\n/ByteRange [0 /*** /*** /***]'],
    ['base64 of something else', 'MIIByTCCAU+gAwIBAgIUQ0ZzZXJpYWxleGFtcGxlc2VyaWFsZXhhbXBsZQ=='],
    ['an empty file', ''],
    ['a zip', 'PK\x03\x04'],
  ])('not in %s', (_, text) => {
    expect(judge(Buffer.from(text, 'latin1')).verdict).toBe('absent');
  });

  it('wherever the pieces of the file end', () => {
    const pdf = Buffer.from(`%PDF-1.4 ${'x'.repeat(50)}/ByteRange [0 1 2 3]${'x'.repeat(50)}`);
    for (let cut = 6; cut < pdf.length; cut++) {
      const spotter = new SignatureSpotter();
      spotter.see(pdf.subarray(0, cut));
      for (let at = cut; at < pdf.length; at += 7) spotter.see(pdf.subarray(at, at + 7));
      expect(spotter.form, String(cut)).toBe('pdf');
    }
  });
});
