import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchDocuments } from '../../../src/formats/segnatura/documents.ts';
import { formOf } from '../../../src/formats/signed-document/spot.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { FileInMail } from '../../../src/service/documents/files-in-mail.ts';
import { judgeSignatures } from '../../../src/service/intake/document-signatures.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../../formats/cms/openssl.ts';

const PDF = Buffer.from('%PDF-1.4 delibera');

const file = (name: string, bytes: Buffer | string): FileInMail => {
  const content = Buffer.from(bytes as string, 'latin1');
  return {
    name,
    mediaType: 'application/octet-stream',
    size: content.length,
    sha256: sha256(content),
    head: content,
    part: '1',
    form: formOf(content),
    bytes: () => content,
    digest: () => null,
    encoding: '8bit',
    damage: [],
  };
};

/** The verdict on each file, after the codes of the problems; the segnatura describes one document, `primary`. */
function judge(primary: string, ...files: FileInMail[]) {
  const declared = [
    {
      role: 'primary' as const,
      name: primary,
      mediaType: null,
      title: null,
      location: null,
      digest: null,
      at: '',
      reference: 'mime' as const,
    },
  ];
  const { documents, problems, beside } = judgeSignatures(matchDocuments(declared, files).documents, files, declared);
  return {
    codes: problems.map(({ code }) => code),
    said: problems.map(({ message }) => message).join(' '),
    verdicts: documents.map(({ name, role, signature }) => `${name} ${role} ${signature}`),
    beside: beside.map(({ name }) => name),
  };
}

describe.skipIf(!hasOpenssl)('the signatures of documents', () => {
  const workshop = new Workshop();
  let signer: Made;
  beforeAll(() => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', key: 'ec', extensions: SIGNER('rossi@example.it') });
  });
  afterAll(() => workshop.close());
  const p7s = (content: Buffer) => workshop.sign(content, signer);
  const p7m = (content: Buffer) => workshop.sign(content, signer, [], '-nodetach');

  it.each(['delibera.p7s', 'Delibera.P7S', 'delibera.pdf.p7s'])('may stand beside their document as %s', (name) => {
    expect(judge('delibera.pdf', file('delibera.pdf', PDF), file(name, p7s(PDF)))).toEqual({
      codes: [],
      said: '',
      verdicts: ['delibera.pdf primary intact', `${name} attachment intact`],
      beside: [name],
    });
    const altered = file('delibera.pdf', '%PDF-1.4 deliberb');
    expect(judge('delibera.pdf', altered, file(name, p7s(PDF)))).toMatchObject({
      codes: ['document-signature-broken'],
      verdicts: ['delibera.pdf primary broken', `${name} attachment broken`],
    });
  });

  it('are those of the document that they fit, where several have that name', () => {
    const other = file('delibera.odt', 'testo');
    const name = 'delibera.p7s';
    expect(judge('delibera.pdf', other, file('delibera.pdf', PDF), file(name, p7s(PDF)))).toMatchObject({
      codes: [],
      verdicts: ['delibera.pdf primary intact', 'delibera.odt undeclared absent', 'delibera.p7s attachment intact'],
    });
    const none = judge('delibera.pdf', file('delibera.pdf', 'altro'), other, file(name, p7s(PDF)));
    expect(none.codes).toEqual(['document-signature-unreadable']);
    expect(none.verdicts[0]).toBe('delibera.pdf primary unreadable');
  });

  it('say nothing of a document that they do not cover', () => {
    // The signature holds, over another text that it carries along.
    for (const name of ['delibera.pdf.p7m', 'delibera.p7m', 'delibera.p7s', 'delibera.pdf.p7s'])
      expect(judge('delibera.pdf', file('delibera.pdf', 'falsa'), file(name, p7m(PDF)))).toMatchObject({
        verdicts: ['delibera.pdf primary absent', `${name} undeclared intact`],
        beside: [],
      });
    expect(judge('delibera.pdf', file('delibera.pdf', PDF), file('delibera.pdf.p7m', p7m(PDF)))).toMatchObject({
      verdicts: ['delibera.pdf primary intact', 'delibera.pdf.p7m undeclared intact'],
      beside: [],
    });
  });

  it('are missed where the file beside the document cannot be read', () => {
    const cut = file('delibera.pdf.p7s', p7s(PDF).subarray(0, 200));
    expect(judge('delibera.pdf', file('delibera.pdf', PDF), cut).codes).toEqual(['document-signature-unreadable']);
  });

  it('are judged in the file that may stand for a missing document, and only shown elsewhere', () => {
    const broken = p7m(PDF).toString('latin1').replace('delibera', 'deliberb');
    expect(judge('atto 12.pdf.p7m', file('atto_12.pdf.p7m', broken)).codes).toContain('document-signature-broken');
    expect(judge('atto.pdf', file('atto.pdf', PDF), file('altro.pdf.p7m', broken))).toMatchObject({
      codes: [],
      verdicts: ['atto.pdf primary absent', 'altro.pdf.p7m undeclared broken'],
    });
  });
});

describe('a mail that is attached', () => {
  it('is no wrapping of a signature', () => {
    const mail = 'From: a@example.it\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"\r\n\r\n';
    expect(judge('inoltro.eml', file('inoltro.eml', mail)).verdicts).toEqual(['inoltro.eml primary absent']);
    expect(judge('inoltro.p7m', file('inoltro.p7m', mail)).verdicts).toEqual(['inoltro.p7m primary unreadable']);
  });
});

describe('a file whose name promises a signature', () => {
  it.each([
    ['nothing', 'delibera.pdf.p7m', '', 'il file è vuoto'],
    ['an error page', 'delibera.pdf.p7m', '<html><body>Errore</body></html>', 'il file è una pagina HTML'],
    ['a plain PDF', 'delibera.pdf.p7m', '%PDF-1.4 delibera', 'il file è un PDF senza firma'],
    ['other bytes', 'delibera.m7m', 'PK\x03\x04', 'il file non contiene una firma'],
    ['a container', 'delibera.asice', 'PK\x03\x04 mimetypeapplication/vnd.etsi.asic-e+zip', 'ASiC'],
    ['plain XML', 'fattura.xml.p7m', '<?xml version="1.0"?><Fattura/>', 'il file non contiene una firma'],
  ])('is flagged where it holds %s', (_, name, bytes, why) => {
    const found = judge(name, file(name, bytes));
    expect(found).toMatchObject({ codes: ['document-signature-unreadable'], verdicts: [`${name} primary unreadable`] });
    expect(found.said).toContain(`«${name}», ${why === 'ASiC' ? 'è un contenitore ASiC' : why}`);
  });

  it('says nothing of a file of the same bytes with another name', () => {
    expect(judge('vuoto.txt', file('vuoto.txt', ''), file('vuoto.p7m', ''))).toMatchObject({
      codes: [],
      verdicts: ['vuoto.txt primary absent', 'vuoto.p7m undeclared unreadable'],
    });
  });
});
