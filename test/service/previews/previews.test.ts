import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { sha256 } from '../../../src/kernel/digest.ts';
import { JudgingError } from '../../../src/service/documents/judging-error.ts';
import type { DocumentFile } from '../../../src/service/documents/read-document.ts';
import { insideOfAll, lookInto } from '../../../src/service/previews/look-into.ts';
import { openPreviews } from '../../../src/service/previews/open-previews.ts';
import type { PreviewLooks } from '../../../src/service/previews/preview.ts';

const looks: PreviewLooks = {
  into: async (bytes, question) => lookInto(bytes, question),
  unwrapped: async (cms) => insideOfAll(cms),
};
const previews = openPreviews(looks);

const file = (name: string, content: string | Buffer, mediaType = 'application/octet-stream'): DocumentFile => {
  const bytes = Buffer.from(content as string);
  return {
    name,
    mediaType,
    size: bytes.length,
    sha256: sha256(bytes),
    stream: ({ start, end } = { start: 0, end: bytes.length }) => Readable.from([bytes.subarray(start, end)]),
  };
};

describe('a preview', () => {
  it('goes by the first bytes, not by the name', async () => {
    const kinds = async (name: string, bytes: string | Buffer, type?: string) =>
      (await previews.of(file(name, bytes, type))).kind;
    expect(await kinds('foto.exe', '%PDF-1.7\n')).toBe('pdf');
    expect(await kinds('atto.pdf', 'MZ\0\0')).toBe('other');
    expect(await kinds('a.pdf', Buffer.from('89504e470d0a1a0a', 'hex'))).toBe('image');
    expect(await kinds('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')).toBe('image');
    expect(await kinds('a.docx', 'PK\x03\x04')).toBe('other');
    expect(await kinds('a.doc', Buffer.from('d0cf11e0a1b11ae1', 'hex'))).toBe('other');
    expect(await kinds('a.html', '<p>x', 'text/html')).toBe('page');
  });

  it('shows a text in its charset, and says where it is cut', async () => {
    const shown = await previews.of(
      file('a.txt', Buffer.from('perch\xe9\r\nno', 'latin1'), 'text/plain'),
      'iso-8859-15',
    );
    expect(shown).toEqual({ kind: 'text', text: 'perché\nno', isCut: false });
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('città', 'utf16le')]);
    expect(await previews.of(file('a.txt', wide, 'text/plain'))).toEqual({ kind: 'text', text: 'città', isCut: false });
    const long = await previews.of(file('a.txt', 'a'.repeat(900_000), 'text/plain'));
    expect(long).toMatchObject({ kind: 'text', isCut: true });
  });

  it('shows a mail in a mail with its text, its page and the names of its files', async () => {
    const mail = [
      'From: Mario Prova <mario.prova@example.it>',
      'To: nora.esempi@example.it',
      'Subject: =?utf-8?q?Perch=C3=A9?=',
      'Date: Mon, 30 Nov 2026 08:00:00 +0100',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Buongiorno',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>Buon<script>x</script>giorno <img src="cid:p@x"><img src="http://evil.example/t.gif"></p>',
      '--b',
      'Content-Type: image/png',
      'Content-ID: <p@x>',
      'Content-Transfer-Encoding: base64',
      '',
      'iVBORw==',
      '--b',
      'Content-Type: application/pdf; name="atto.pdf"',
      '',
      '%PDF-',
      '--b--',
    ].join('\r\n');
    expect(await previews.of(file('inoltrato.eml', mail))).toMatchObject({
      kind: 'mail',
      from: 'mario.prova@example.it',
      subject: 'Perché',
      date: '2026-11-30T07:00:00.000Z',
      text: 'Buongiorno',
      page: {
        html: '<p>Buongiorno <img src="data:image/png;base64,iVBORw==" alt=""><span class="x">[immagine]</span></p>',
        removed: { remote: 1, scripts: 1 },
      },
      files: [{ mediaType: 'image/png' }, { name: 'atto.pdf', mediaType: 'application/pdf', size: 5 }],
    });
  });

  it('lists the names in an archive and unpacks nothing', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.alloc(5_000_000), 'tavole/tavola 1.dwg');
    zip.addBuffer(Buffer.from('x'), '../../etc/passwd.txt'.replaceAll('../', ''));
    zip.end();
    const bytes = Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
    expect(await previews.of(file('tavole.zip', bytes))).toEqual({
      kind: 'archive',
      count: 2,
      files: [
        { name: 'tavole/tavola 1.dwg', size: 5_000_000 },
        { name: 'etc/passwd.txt', size: 1 },
      ],
    });
    expect(await previews.of(file('rotto.zip', 'PK\x03\x04niente'))).toMatchObject({ kind: 'failed', of: 'archive' });
  });

  it('looks into a signed document, and hands out what is inside', async () => {
    const certificate = execFileSync('sh', [
      '-c',
      'd=$(mktemp -d) && cd $d && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=Prova -days 2 2>/dev/null && printf "%%PDF-1.7 firmato" > a.pdf && openssl cms -sign -binary -nodetach -in a.pdf -signer c.pem -inkey k.pem -outform DER && rm -r $d',
    ]);
    const signed = file('Parere.pdf.p7m', certificate);
    expect(await previews.of(signed)).toEqual({
      kind: 'signed',
      signature: { verdict: 'intact', reason: '', partial: false },
      inside: { name: 'Parere.pdf', kind: 'pdf', size: 16 },
    });
    const inside = await previews.inside(signed);
    expect(inside.ok && inside.value.name).toBe('Parere.pdf');
    expect(inside.ok && Buffer.concat(await Array.fromAsync(inside.value.stream())).toString()).toBe(
      '%PDF-1.7 firmato',
    );
    expect(await previews.inside(file('a.p7m', 'niente'))).toMatchObject({ ok: false, problem: { code: 'not-found' } });
  });

  it('says so when a look fails, and reads nothing that is too large', async () => {
    const dying = openPreviews({
      into: async () => {
        throw new JudgingError('judging-too-long', '10');
      },
      unwrapped: async () => {
        throw new JudgingError('judging-interrupted', 'exit 1');
      },
    });
    expect(await dying.of(file('a.eml', 'x'))).toMatchObject({
      kind: 'failed',
      of: 'mail',
      problem: { code: 'preview-failed' },
    });
    expect(await dying.inside(file('a.p7m', 'x'))).toMatchObject({ ok: false, problem: { code: 'preview-failed' } });
    const huge = { ...file('a.eml', 'From: x\n\ny'), size: 30 * 1024 * 1024 };
    expect(await previews.of(huge)).toMatchObject({
      kind: 'failed',
      of: 'mail',
      problem: { code: 'preview-too-large' },
    });
  });
});
