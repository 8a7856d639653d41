import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeSignedDocument } from '../../../src/formats/signed-document/judge.ts';
import { insteadOfSignature, promisesSignature } from '../../../src/formats/signed-document/promise.ts';
import { formOf } from '../../../src/formats/signed-document/spot.ts';
import { Budget } from '../../../src/formats/signed-document/verdict.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../cms/openssl.ts';

const TEXT = 'Delibera di prova n. 12.\r\n'.repeat(40);

function judge(bytes: Buffer | string) {
  const file = Buffer.from(bytes as string, 'latin1');
  const form = formOf(file);
  return form === null ? 'no form' : judgeSignedDocument(file, form, null, new Budget(LIMITS.signedWork)).verdict;
}

describe.skipIf(!hasOpenssl)('a signed document in a wrapping', () => {
  const workshop = new Workshop();
  let signer: Made;
  let der: Buffer;
  let altered: Buffer;
  beforeAll(() => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', key: 'ec', extensions: SIGNER('rossi@example.it') });
    workshop.write('document', TEXT);
    der = sign('cms', '-nodetach', '-outform', 'DER');
    altered = Buffer.from(der.toString('latin1').replace('Delibera', 'Deliberb'), 'latin1');
  });
  afterAll(() => workshop.close());

  const sign = (kind: 'cms' | 'smime', ...options: string[]): Buffer =>
    workshop.run(
      kind,
      '-sign',
      '-binary',
      '-in',
      'document',
      '-signer',
      signer.certificate,
      '-inkey',
      signer.key,
      ...options,
    );
  const base64 = (bytes: Buffer | string): string =>
    Buffer.from(bytes as string, 'latin1')
      .toString('base64')
      .replace(/.{76}/g, '$&\r\n');

  /** A signed part and its time stamp, as some signing programs save them. */
  const m7m = (cms: Buffer, more = ''): string =>
    [
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="delibera.pdf.p7m"',
      'Content-Transfer-Encoding: binary',
      '',
      cms.toString('latin1'),
      '--b',
      'Content-Type: application/timestamp-reply; name="delibera.tsr"',
      'Content-Transfer-Encoding: base64',
      '',
      base64('marca temporale'),
      `${more}--b--`,
      '',
    ].join('\r\n');

  it.each<readonly [string, (cms: Buffer) => Buffer | string]>([
    ['base64 twice', (cms) => base64(base64(cms))],
    ['base64 four times', (cms) => base64(base64(base64(base64(cms))))],
    ['PEM in base64', (cms) => base64(`-----BEGIN PKCS7-----\n${base64(cms)}\n-----END PKCS7-----\n`)],
    ['a newline before DER', (cms) => Buffer.concat([Buffer.from('\r\n'), cms])],
    ['a byte order mark and blanks before base64', (cms) => `\xef\xbb\xbf\n  ${base64(cms)}`],
    ['.m7m', m7m],
    [
      'S/MIME as text',
      (cms) =>
        `MIME-Version: 1.0\nContent-Type: application/x-pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n${base64(cms)}`,
    ],
  ])('is judged: %s', (_, wrap) => {
    expect(judge(wrap(der))).toBe('intact');
    expect(judge(wrap(altered))).toBe('broken');
  });

  it('is judged as openssl writes S/MIME, opaque and with the signature beside the text', () => {
    for (const mail of [sign('smime', '-nodetach'), sign('smime'), sign('smime', '-to', 'rossi@example.it')])
      expect(judge(mail)).toBe('intact');
    expect(judge(sign('smime').toString('latin1').replace('Delibera', 'Deliberb'))).toBe('broken');
  });

  it('is not intact where something unsigned lies in the same wrapping', () => {
    const more = '--b\r\nContent-Type: application/pdf; name="altro.pdf"\r\n\r\n%PDF-1.4 altro\r\n';
    expect(judge(m7m(der, more))).toBe('unreadable');
    const clear = sign('smime').toString('latin1');
    const boundary = /boundary="([^"]+)"/.exec(clear)?.[1] ?? '';
    const third = clear.replace(`--${boundary}--`, `--${boundary}\n\naltro\n--${boundary}--`);
    expect(third).not.toBe(clear);
    expect(judge(third)).toBe('unreadable');
    expect(judge(m7m(Buffer.from('no signature')))).not.toBe('intact');
  });

  it('is unreadable in too many encodings, in an ASiC container and without its parts', () => {
    let text = base64(der);
    for (let times = 0; times < 5; times++) text = base64(text);
    expect(judge(text)).toBe('no form');
    expect(judge('PK\x03\x04 mimetypeapplication/vnd.etsi.asic-e+zip')).toBe('unreadable');
    expect(judge('Content-Type: multipart/signed; boundary=b; protocol="application/pkcs7-signature"\r\n\r\n')).toBe(
      'unreadable',
    );
  });
});

describe('a name that promises a signature', () => {
  it.each(['a.p7m', 'A.PDF.P7M', 'a.p7s', 'a.m7m', 'a.asice', 'a.asics', 'a.tsd'])('%s', (name) => {
    expect(promisesSignature({ name, form: null })).toBe(true);
  });
  it.each(['a.pdf', 'a.xml', 'p7m', 'a.p7m.pdf', ''])('is not %s', (name) => {
    expect(promisesSignature({ name, form: null })).toBe(false);
  });
  it('has what is there instead of it said', () => {
    const said = (text: string) => insteadOfSignature({ size: text.length, head: Buffer.from(text) });
    expect(said('')).toBe('il file è vuoto');
    expect(said('\n<!DOCTYPE html><html>')).toBe('il file è una pagina HTML');
    expect(said('<html><body>Errore</body></html>')).toBe('il file è una pagina HTML');
    expect(said('%PDF-1.4')).toBe('il file è un PDF senza firma');
    expect(said('altro')).toBe('il file non contiene una firma che si possa leggere');
  });
});
