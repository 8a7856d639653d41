import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgePdf } from '../../../src/formats/signed-document/pades.ts';
import { Budget } from '../../../src/formats/signed-document/verdict.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../cms/openssl.ts';
import { appendSignature, pdfSigner, signedPdf } from './pdf.ts';

const judge = (bytes: Buffer | string) =>
  judgePdf(Buffer.from(bytes as string, 'latin1'), new Budget(LIMITS.signedWork));
const PAGES = '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n';
const SIGNATURE = '<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 840 960 240] /Contents <3082063d0609> >>';
const stream = (bytes: string, length: number | string = bytes.length): string =>
  `8 0 obj\n<< /Length ${length} >>\nstream\n${bytes}\nendstream\nendobj\n`;

describe('a PDF is unsigned', () => {
  it.each([
    ['where the text of a page mentions a range', stream(`BT (come /ByteRange [0 840 960 240]) Tj ET`)],
    ['where the text of a page shows a whole signature', stream(`BT (${SIGNATURE}) Tj ET`)],
    ['where the length of that text is wrong', stream(`BT (${SIGNATURE}) Tj ET`, 99_999)],
    ['where the length of that text is missing', `8 0 obj\n<< >>\nstream\n${SIGNATURE}\nendstream\nendobj\n`],
    ['where a title mentions it', `7 0 obj\n<< /Title (Le firme: ${SIGNATURE} \\) e \\( altro) >>\nendobj\n`],
    ['where a comment mentions it', `% ${SIGNATURE}\n`],
    ['where a dictionary has a range and no signature', '7 0 obj\n<< /ByteRange [0 840 960 240] >>\nendobj\n'],
    [
      'where nobody has signed the form yet',
      `7 0 obj\n${SIGNATURE.replace(/<3082\w*>/, `<${'0'.repeat(64)}>`)}\nendobj\n`,
    ],
    ['where the room is empty', `7 0 obj\n<< /Type /Sig /ByteRange [0 0 0 0] /Contents <> >>\nendobj\n`],
    [
      'where range and room are open',
      `7 0 obj\n<< /ByteRange [0 /********** /**********] /Contents <0000> >>\nendobj\n`,
    ],
    [
      'where usage rights say so in their dictionary',
      `7 0 obj\n${SIGNATURE.replace(' >>', ' /Reference [<< /Type /SigRef /TransformMethod /UR3 /TransformParams << /V /2.2 >> >>] >>')}\nendobj\n`,
    ],
    [
      'where the catalogue says that these are usage rights',
      `5 0 obj ${SIGNATURE} endobj\n6 0 obj\n<< /Perms << /UR3 5 0 R >> >>\nendobj\n`,
    ],
  ])('%s', (_, body) => {
    expect(judge(`${PAGES}${body}%%EOF\n`)).toEqual({ verdict: 'absent', reason: '', partial: false });
  });
});

describe.skipIf(!hasOpenssl)('a signed PDF', () => {
  const workshop = new Workshop();
  let signer: Made;
  let one: Buffer;
  beforeAll(() => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', key: 'ec', extensions: SIGNER('rossi@example.it') });
    one = signedPdf(pdfSigner(workshop, signer), 'BT (Delibera) Tj ET', 1_500);
  });
  afterAll(() => workshop.close());

  it('embedded in another leaves that one unsigned', () => {
    // The embedded file has streams of its own, so only the length says where it ends.
    const inner = one.toString('latin1');
    expect(inner).toContain('endstream');
    expect(judge(`${PAGES}${stream(inner)}%%EOF\n`)).toMatchObject({ verdict: 'absent' });
    const beyond = `${stream(inner, '9 0 R')}9 0 obj\n${inner.length}\nendobj\n`;
    expect(judge(`${PAGES}${beyond}%%EOF\n`)).toMatchObject({ verdict: 'absent' });
    const altered = inner.replace('Delibera', 'Deliberb');
    expect(judge(`${PAGES}${stream(altered)}%%EOF\n`)).toMatchObject({ verdict: 'absent' });
  });

  it('is intact where it embeds, mentions or unlocks something, and broken once altered', () => {
    const rights = `5 0 obj ${SIGNATURE} endobj\n6 0 obj\n<< /Perms << /UR3 5 0 R >> >>\nendobj\n`;
    const body = stream(`(${SIGNATURE})`) + stream(one.toString('latin1')) + rights;
    const outer = appendSignature(Buffer.from(PAGES + body, 'latin1'), pdfSigner(workshop, signer), 1_500);
    expect(judge(outer)).toEqual({ verdict: 'intact', reason: '', partial: false });
    expect(judge(outer.toString('latin1').replace('/Catalog', '/Catalpg'))).toMatchObject({ verdict: 'broken' });
    expect(judge(outer.toString('latin1').replace('/Catalog', '/Cata'))).toMatchObject({ verdict: 'broken' });
  });

  it('is intact behind blank bytes, and partly so behind others: no signature covers them', () => {
    const after = (before: string) => judge(Buffer.concat([Buffer.from(before, 'latin1'), one]));
    expect(after('\r\n\r\n')).toEqual({ verdict: 'intact', reason: '', partial: false });
    expect(after('Content-Type: application/pdf\r\n\r\n')).toEqual({ verdict: 'intact', reason: '', partial: true });
    const altered = one.toString('latin1').replace('Delibera', 'Deliberb');
    expect(judge(`\r\n${altered}`)).toMatchObject({ verdict: 'broken' });
    expect(after('%PDF-1.4 a header of its own\n')).toMatchObject({ verdict: 'broken' });
  });

  it('is intact behind other bytes that the signature covers', () => {
    const junk = Buffer.from(`\n<html>\n${PAGES}`, 'latin1');
    const whole = appendSignature(junk, pdfSigner(workshop, signer), 1_500);
    expect(judge(whole)).toEqual({ verdict: 'intact', reason: '', partial: false });
  });

  it('is broken where bytes were put in or taken out before the signature, wherever', () => {
    const text = one.toString('latin1');
    const dictionary = text.indexOf('9 0 obj');
    const noticed = (changed: string): boolean => judge(changed).verdict === 'broken';
    for (let at = 20; at < dictionary; at++) {
      for (const put of ['x', '(', '%', '<', '>>', ')'])
        expect(noticed(text.slice(0, at) + put + text.slice(at)), `${put} at ${at}`).toBe(true);
      expect(noticed(text.slice(0, at) + text.slice(at + 1)), `without ${at}`).toBe(true);
    }
    expect(noticed(text.replaceAll('\n', '\r\n'))).toBe(true);
    expect(noticed(text.slice(0, -1))).toBe(true);
    expect(noticed(text.slice(0, dictionary + 400))).toBe(true);
  });

  it('stays broken where usage rights are claimed for the signature of a field', () => {
    const saved = one.toString('latin1').replace('/Catalog', '/Catalogue');
    const claims = '20 0 obj\n<< /Perms << /UR3 9 0 R >> >>\nendobj\n21 0 obj\n<< /FT /Sig /V 9 0 R >>\nendobj\n';
    expect(judge(saved + claims)).toMatchObject({ verdict: 'broken' });
    expect(judge(saved)).toMatchObject({ verdict: 'broken' });
  });

  it('is unreadable where its range is not understood', () => {
    const more = one.toString('latin1').replace(/\/ByteRange \[(0 \d+ \d+ \d+) {4}/, '/ByteRange [$1 1 1');
    expect(judge(more)).toMatchObject({ verdict: 'unreadable' });
  });

  it('is not whole where empty room for another signature was added behind it', () => {
    const head = '\n30 0 obj\n<< /Type /Sig /Contents ';
    const first = one.length + head.length;
    const room = `${head}<0000> /ByteRange [0 ${first} ${first + 6} 60]`.padEnd(head.length + 66);
    expect(judge(one.toString('latin1') + room)).toMatchObject({ verdict: 'intact', partial: true });
  });
});
