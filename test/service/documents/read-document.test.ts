import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/adapters/documents/document-store.ts';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { parseMime } from '../../../src/formats/mime/parse.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { contentFiles, envelopeFiles } from '../../../src/service/documents/files-in-mail.ts';
import { openKeptMailFiles } from '../../../src/service/documents/kept-mail-files.ts';
import { type DocumentFile, documentReader } from '../../../src/service/documents/read-document.ts';
import { hasOpenssl, SIGNER, Workshop } from '../../formats/cms/openssl.ts';

let root: string;
let documents: DocumentStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'interpro-read-'));
  documents = await folderDocuments(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const BINARY = randomBytes(3_300_001);
const PROSE = Array.from({ length: 40_000 }, (_, line) => `Riga ${line}: è così = vero\t \r\n`).join('');

const base64 = (bytes: Buffer, width = 76, end = '\r\n') =>
  bytes.toString('base64').replace(new RegExp(`.{1,${width}}`, 'g'), `$&${end}`);
const quoted = (text: string) =>
  Array.from(Buffer.from(text), (octet) =>
    octet === 13 || octet === 10 || (octet > 32 && octet < 127 && octet !== 61)
      ? String.fromCharCode(octet)
      : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

const attached = (name: string, encoding: string, body: string, type = 'application/pdf') =>
  `Content-Type: ${type}\r\nContent-Disposition: attachment; ${name}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;

const message = (parts: readonly string[], head = '', boundary = 'b') =>
  Buffer.from(
    `From: mittente@pec.esempio.example.it\r\n${head}Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${parts
      .map((part) => `--${boundary}\r\n${part}\r\n`)
      .join('')}--${boundary}--\r\n`,
    'latin1',
  );

const PARTS = [
  'Content-Type: text/plain\r\n\r\nBuongiorno',
  attached('filename="a.pdf"', 'base64', base64(BINARY)),
  attached('filename="stretto.bin"', 'base64', base64(BINARY, 61, '\n')),
  attached("filename*0*=UTF-8''perch%C3%A9%20; filename*1*=no.txt", 'quoted-printable', quoted(PROSE), 'text/plain'),
  attached('filename="otto.txt"', '8bit', Buffer.from(PROSE.slice(0, 200_000)).toString('latin1')),
  attached('filename="rotto.bin"', 'base64', `!!${base64(BINARY.subarray(0, 100_000))}QUI=QUI=*`),
  attached('filename="vuoto.bin"', 'base64', ''),
  attached('filename="una-riga.txt"', 'quoted-printable', '=41'.repeat(70_000)),
];
const NAMES = ['a.pdf', 'stretto.bin', 'perché no.txt', 'otto.txt', 'rotto.bin', 'vuoto.bin', 'una-riga.txt'];

async function ranges(file: DocumentFile, whole: Buffer): Promise<void> {
  expect(file.size).toBe(whole.length);
  expect((await buffer(file.stream())).equals(whole)).toBe(true);
  const { size } = file;
  const cuts = [0, 1, 2, 3, 57, 65_521, 1_048_577, size >> 1, size - 2, size - 1, size].filter(
    (at) => at >= 0 && at <= size,
  );
  for (const start of cuts)
    for (const length of [0, 1, 4, 70_000, size]) {
      const end = Math.min(size, start + length);
      const part = await buffer(file.stream({ start, end }));
      if (!part.equals(whole.subarray(start, end))) throw new Error(`bytes ${start} to ${end} of ${file.name} differ`);
    }
}

describe('documents inside a kept mail', () => {
  it('have the same bytes as when the mail was judged, from any offset, in every encoding', async () => {
    const mail = message(PARTS);
    const { sha256: kept } = await documents.put(mail);
    const reader = documentReader(documents);
    const judged = contentFiles(parseMime(mail));
    expect(judged.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, mediaType, sha256: digest, size, part, bytes } of judged) {
      const source = { sha256: kept, part };
      const file = await reader.document({ name: `registrato ${name}`, mediaType, sha256: digest, size, source });
      if (!file.ok) throw new Error(file.problem.message);
      expect(file.value.name).toBe(`registrato ${name}`);
      await ranges(file.value, bytes());
      const found = await reader.inMail(kept, digest);
      expect(found).toMatchObject({ ok: true, value: { size, sha256: digest } });
    }
  });

  it.skipIf(!hasOpenssl)('are read from a message that its client signed as a whole, wrapping included', async () => {
    const workshop = new Workshop();
    const { certificate, key } = workshop.certificate({
      name: 'Segretaria Rossi',
      key: 'ec',
      extensions: SIGNER('rossi@example.it'),
    });
    workshop.write('inside', message(PARTS.slice(0, 4)));
    const who = ['-signer', certificate, '-inkey', key, '-stream', '-indef'];
    const cms = workshop.run('cms', '-sign', '-binary', '-nodetach', '-in', 'inside', '-outform', 'DER', ...who);
    workshop.close();
    const type = 'application/pkcs7-mime; smime-type=signed-data';
    const mail = message([
      'Content-Type: text/plain\r\n\r\nx',
      attached('filename="smime.p7m"', 'base64', base64(cms), type),
    ]);
    const { sha256: kept } = await documents.put(mail);
    const reader = documentReader(documents);
    const judged = contentFiles(parseMime(mail));
    expect(judged.map(({ name, part }) => [name, part])).toEqual([
      ['a.pdf', '2 smime 2'],
      ['stretto.bin', '2 smime 3'],
      ['perché no.txt', '2 smime 4'],
    ]);
    for (const { name, mediaType, sha256: digest, size, part, bytes } of judged) {
      const file = await reader.document({
        name: name ?? '',
        mediaType,
        sha256: digest,
        size,
        source: { sha256: kept, part },
      });
      if (!file.ok) throw new Error(file.problem.message);
      expect((await buffer(file.value.stream())).equals(bytes())).toBe(true);
      const tail = await buffer(file.value.stream({ start: size - 5, end: size - 1 }));
      expect(tail.equals(bytes().subarray(-5, -1))).toBe(true);
    }
    // Registered before its parts were looked into, the wrapping is a document and stays readable.
    expect(await reader.inMail(kept, sha256(cms))).toMatchObject({ ok: true, value: { size: cms.length } });
  });

  it.each(['7bit', 'base64', 'quoted-printable'])(
    'are read from an envelope whose message is in %s',
    async (encoding) => {
      const inner = message(PARTS.slice(0, 4));
      const body =
        encoding === 'base64'
          ? base64(inner)
          : encoding === '7bit'
            ? inner.toString('latin1')
            : quoted(inner.toString());
      const mail = message(
        [
          'Content-Type: text/plain\r\n\r\nBusta',
          attached('filename="postacert.eml"', encoding, body, 'message/rfc822'),
          attached('filename="daticert.xml"', '7bit', '<postacert/>', 'application/xml'),
          attached('filename="segnatura.xml"', 'base64', base64(Buffer.from('<Segnatura/>')), 'application/xml'),
        ],
        'X-Trasporto: posta-certificata\r\n',
        'busta',
      );
      const { sha256: kept } = await documents.put(mail);
      const files = await openKeptMailFiles(documents).of(kept);
      expect(files.map(({ part, name }) => [part, name])).toEqual([
        ['2', 'a.pdf'],
        ['3', 'stretto.bin'],
        ['4', 'perché no.txt'],
        ['envelope 4', 'segnatura.xml'],
      ]);
      const reader = documentReader(documents);
      const first = await reader.inMail(kept, sha256(BINARY));
      if (!first.ok) throw new Error(first.problem.message);
      await ranges(first.value, BINARY);
      const [beside] = envelopeFiles(mail);
      const second = await reader.inMail(kept, beside?.sha256 ?? sha256(''));
      if (!second.ok) throw new Error(second.problem.message);
      await ranges(second.value, Buffer.from('<Segnatura/>'));
    },
  );

  it('need only part of the mail for part of the document', async () => {
    const { sha256: kept } = await documents.put(message(PARTS));
    let read = 0;
    const counting: DocumentStore = {
      ...documents,
      stream(digest, range) {
        const stream = documents.stream(digest, range);
        stream.on('data', (piece: Buffer) => (read += piece.length));
        return stream;
      },
    };
    const found = await documentReader(counting).inMail(kept, sha256(BINARY));
    if (!found.ok) throw new Error(found.problem.message);
    const end = BINARY.length;
    expect(await buffer(found.value.stream({ start: end - 10, end }))).toEqual(BINARY.subarray(end - 10));
    // Reading starts at the last mark: at most a megabyte is decoded in vain, plus what was read ahead.
    expect(read).toBeLessThan(2_500_000);
    read = 0;
    await buffer(found.value.stream({ start: 10, end: 20 }));
    expect(read).toBeLessThan(1_000_000);
  });

  it('are located once, even for many concurrent readers', async () => {
    const { sha256: kept } = await documents.put(message(PARTS.slice(0, 2)));
    let reads = 0;
    const counting: DocumentStore = {
      ...documents,
      read(digest) {
        reads++;
        return documents.read(digest);
      },
    };
    const files = openKeptMailFiles(counting);
    const all = await Promise.all([files.of(kept), files.of(kept), files.of(kept)]);
    await files.of(kept);
    expect(reads).toBe(1);
    expect(all[0]).toBe(all[2]);
  });

  it('are refused if they are missing or have changed', async () => {
    const { sha256: kept } = await documents.put(message(PARTS.slice(0, 2)));
    const reader = documentReader(documents);
    const place = { name: 'a.pdf', mediaType: 'application/pdf', size: 1 };
    const code = async (work: Promise<{ ok: boolean; problem?: { code: string } }>) => (await work).problem?.code;
    const other = sha256('altro');
    expect(await code(reader.inMail(kept, other))).toBe('not-found');
    expect(await code(reader.inMail(other, kept))).toBe('document-unavailable');
    expect(await code(reader.document({ ...place, sha256: other, source: { sha256: kept, part: '2' } }))).toBe(
      'document-unavailable',
    );
    expect(await code(reader.document({ ...place, sha256: sha256(BINARY), source: { sha256: kept, part: '1' } }))).toBe(
      'document-unavailable',
    );
    expect(await code(reader.document({ ...place, sha256: other, source: null }))).toBe('document-unavailable');
    expect(await code(reader.mail({ sha256: other, size: 3 }, 'a.eml'))).toBe('document-unavailable');
  });

  it('break, instead of ending early, if their mail was truncated on disk', async () => {
    const { sha256: kept } = await documents.put(message([...PARTS, 'Content-Type: text/plain\r\n\r\nunica']));
    const found = await documentReader(documents).inMail(kept, sha256(BINARY));
    if (!found.ok) throw new Error(found.problem.message);
    await truncate(join(root, kept.slice(0, 2), kept), 500_000);
    await expect(buffer(found.value.stream())).rejects.toThrow(/shorter/);
  });
});

describe('a file stored as it is', () => {
  it('is sent whole and in parts', async () => {
    const { sha256: digest, size } = await documents.put(BINARY);
    const place = { name: 'a.pdf', mediaType: 'application/pdf', sha256: digest, size, source: null };
    const file = await documentReader(documents).document(place);
    if (!file.ok) throw new Error(file.problem.message);
    await ranges(file.value, BINARY);
  });
});
