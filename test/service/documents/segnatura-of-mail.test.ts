import { describe, expect, it } from 'vitest';
import { issueAuthority, issueProvider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { segnaturaIn, writtenInLarge } from '../../../src/service/documents/segnatura-of-mail.ts';

const segnaturaInLarge = async (mail: AsyncIterable<Uint8Array>) => (await writtenInLarge(mail))?.segnatura ?? null;

const FROM = 'protocollo@pec.mittente.example.it';
const TO = 'protocollo@pec.esempio.example.it';
const XML = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<Segnatura><Intestazione/></Segnatura>\n');
const large = Buffer.alloc(6 * 1024 * 1024, 'scansione\n');

const message = (xml: Buffer, scans: number) =>
  ordinaryMessage({
    from: FROM,
    to: TO,
    subject: 'Prova',
    date: new Date('2026-03-01T10:00:00Z'),
    messageId: '<m@pec.mittente.example.it>',
    parts: [
      ...Array.from({ length: scans }, (_, index) => ({
        name: `scansione-${index}.pdf`,
        mediaType: 'application/pdf',
        content: large,
      })),
      { name: 'Segnatura.xml', mediaType: 'application/xml', content: xml },
    ],
  });

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the segnatura of a mail', async () => {
  const provider = await issueProvider({ authority: await issueAuthority(), domain: 'pec.mittente.example.it' });
  const envelope = (original: Uint8Array) =>
    transportEnvelope(provider, {
      identifier: 'opec1@pec.mittente.example.it',
      date: new Date('2026-03-01T10:00:00Z'),
      from: FROM,
      to: [{ address: TO, certified: true }],
      subject: 'Prova',
      messageId: '<m@pec.mittente.example.it>',
      original,
    });

  it.each([1000, 65_536, 300_001])(
    'is the same found in a whole mail and in a large one in pieces of %d',
    async (size) => {
      const mail = Buffer.from(envelope(message(XML, 3)));
      const whole = segnaturaIn(mail);
      expect(whole).toEqual({ name: 'Segnatura.xml', bytes: XML });
      expect(await segnaturaInLarge(inPieces(mail, size))).toEqual(whole);
    },
  );

  it('is not given if it may be incomplete because of its size', async () => {
    const xml = Buffer.concat([XML, Buffer.alloc(2 * 1024 * 1024, '<!-- -->\n')]);
    const mail = Buffer.from(envelope(message(xml, 0)));
    expect(segnaturaIn(mail)?.bytes.equals(xml)).toBe(true);
    expect(await segnaturaInLarge(inPieces(mail, 65_536))).toBeNull();
  });

  /** A mail whose segnatura stands in it as it is, not cut into lines. */
  const asItIs = (xml: Buffer, scan: string) =>
    Buffer.concat([
      Buffer.from(
        [
          `From: ${FROM}`,
          `To: ${TO}`,
          'MIME-Version: 1.0',
          'Content-Type: multipart/mixed; boundary="parte"',
          '',
          '--parte',
          'Content-Type: application/pdf; name="scansione.pdf"',
          'Content-Disposition: attachment; filename="scansione.pdf"',
          '',
          scan,
          '--parte',
          'Content-Type: application/xml; name="Segnatura.xml"',
          'Content-Disposition: attachment; filename="Segnatura.xml"',
          'Content-Transfer-Encoding: 8bit',
          '',
          '',
        ].join('\r\n'),
      ),
      xml,
      Buffer.from('\r\n--parte--\r\n'),
    ]);
  const xmlOf = (size: number) => Buffer.concat([XML, Buffer.alloc(size - XML.length, ' ')]);

  it.each([1000, 65_536, 100_000])('is exact where its lines are long, in pieces of %d', async (size) => {
    const xml = xmlOf(200_000);
    const mail = asItIs(xml, 'x'.repeat(300_000));
    expect(segnaturaIn(mail)?.bytes.equals(xml)).toBe(true);
    expect((await segnaturaInLarge(inPieces(mail, size)))?.bytes.equals(xml)).toBe(true);
  });

  it('is given as long as its part is kept whole', async () => {
    const found = async (size: number) =>
      (await segnaturaInLarge(inPieces(asItIs(xmlOf(size), ''), 65_536)))?.bytes.length;
    expect(await found(1_000_000)).toBe(1_000_000);
    expect(await found(1_100_000)).toBeUndefined();
  });

  const HEAD =
    'Content-Type: application/xml; name="Segnatura.xml"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n';
  const encoded = (body: string) =>
    Buffer.from(
      `From: ${FROM}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="p"\r\n\r\n--p\r\n${HEAD}${body}\r\n--p--\r\n`,
    );
  const FIRST = '<Segnatura><Intestazione/>';
  const LAST = '</Segnatura>';

  it.each([
    ['soft line breaks', '=\r\n'.repeat(500_000)],
    ['blanks that no encoding keeps', `${' '.repeat(70)}=\r\n`.repeat(20_000)],
    ['soft line breaks and a line that looks like a separator', `${'=\r\n'.repeat(500_000)}--x=\r\n`],
  ])('is never given cut where its part is mostly %s', async (_, filling) => {
    const mail = encoded(FIRST + filling + LAST);
    expect(segnaturaIn(mail)?.bytes.toString()).toContain(LAST);
    expect(await segnaturaInLarge(inPieces(mail, 65_536))).toBeNull();
  });

  it('is not taken from elsewhere while a part that could hold it is cut', async () => {
    const part = (name: string, content: string) => `--p\r\nContent-Type: ${name}\r\n\r\n${content}\r\n`;
    const mail = (large: string, size: number) =>
      Buffer.from(
        `From: ${FROM}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="p"\r\n\r\n${part(large, 'AAAA\r\n'.repeat(size / 6))}${part('text/xml; name="Segnatura.xml"', FIRST + LAST)}--p--\r\n`,
      );
    const found = (type: string, size: number) => segnaturaInLarge(inPieces(mail(type, size), 65_536));
    expect(await found('application/pdf; name="scansione.pdf"', 2_000_000)).toMatchObject({ name: 'Segnatura.xml' });
    expect(await found('application/pkcs7-mime; name="smime.p7m"', 2_000_000)).toBeNull();
    expect(await found('application/octet-stream; name="Segnatura.xml.p7m"', 2_000_000)).toBeNull();
  });

  it('is null if the mail has none', async () => {
    expect(segnaturaIn(Buffer.alloc(0))).toBeNull();
    expect(await segnaturaInLarge(inPieces(Buffer.from('x'.repeat(300_000)), 1000))).toBeNull();
  });
});
