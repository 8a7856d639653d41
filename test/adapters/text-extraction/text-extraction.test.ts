/** The text of real documents, read by the process that reads them in production; and what comes damaged, locked or as a trap. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { ocrCommand } from '../../../src/adapters/text-extraction/ocr-command.ts';
import { readPdf } from '../../../src/adapters/text-extraction/read-pdf.ts';
import { textExtraction } from '../../../src/adapters/text-extraction/text-extraction.ts';
import { textProcess } from '../../../src/adapters/text-extraction/text-process.ts';
import type { DocumentText } from '../../../src/model/document-text.ts';
import { readDocumentText } from '../../../src/service/texts/read-document-text.ts';
import { pdfFile } from '../../support/pdf-file.ts';
import { docxOf, mailOf, odtOf, pdfOf, pptxOf, rtfOf, signedOf, xlsxOf, zipOf } from '../../support/text-files.ts';

const WORDS = 'La Giunta delibera l’attività di prova: fresie e càrpini';
const reader = textProcess();
const { extract } = textExtraction(null, reader);
const folder = mkdtempSync(join(tmpdir(), 'interpro-text-'));
afterAll(() => {
  reader.stop();
  rmSync(folder, { recursive: true, force: true });
});

const read = (bytes: Buffer, name = '', mediaType = 'application/octet-stream'): Promise<DocumentText> =>
  extract(bytes, { name, mediaType, charset: '' });

describe('the text of a document', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );

  it('is read from every format that has one', async () => {
    const pdf = await pdfOf([WORDS, 'Seconda pagina', 'Terza']);
    const given: readonly (readonly [string, string, Buffer, string?])[] = [
      ['pdf', 'a.pdf', pdf],
      ['docx', 'a.docx', await docxOf(WORDS)],
      ['odf', 'a.odt', await odtOf(WORDS)],
      ['xlsx', 'a.xlsx', await xlsxOf(WORDS)],
      ['pptx', 'a.pptx', await pptxOf(WORDS)],
      ['text', 'a.txt', Buffer.from(WORDS)],
      ['text', 'a.csv', Buffer.from(`nome;nota\r\nNora;"${WORDS}"\r\n`)],
      ['text', 'a.txt', Buffer.from(`\ufeff${WORDS}`, 'utf16le')],
      ['text', 'a.txt', Buffer.from(WORDS, 'utf16le')],
      ['html', 'a.html', Buffer.from(`<html><script>no()</script><p>${WORDS.replace('à', '&agrave;')}</p></html>`)],
      ['xml', 'a.xml', Buffer.from(`<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd"><a b="c"><d>${WORDS}</d></a>`)],
      ['mail', 'a.eml', mailOf(WORDS, 'altro.bin', Buffer.from([0, 1, 2]))],
      ['pdf', 'a.pdf.p7m', signedOf(pdf)],
      ['pdf', 'a.pdf.p7m', signedOf(pdf, 'PEM')],
      ['pdf', 'a.pdf.p7m', Buffer.from(signedOf(pdf).toString('base64'))],
      ['pdf', 'a.m7m', signedOf(pdf, 'SMIME')],
      ['docx', 'a.docx.p7m.p7m', signedOf(signedOf(await docxOf(WORDS)))],
      ['mail', 'a.eml', mailOf('Si allega.', 'atto.pdf.p7m', signedOf(pdf))],
    ];
    for (const [extractor, name, bytes] of given) {
      const found = await read(bytes, name);
      expect([name, found.state, found.reason, found.extractor]).toEqual([name, 'complete', null, extractor]);
      expect(found.text.replaceAll('\n', ' '), name).toContain('delibera l’attività di prova: fresie e càrpini');
    }
    expect((await read(pdf, 'a.pdf')).pages).toBe(3);
  });

  it('has what stands at its edges, and not what was deleted or is said twice', async () => {
    const docx = await read(await docxOf(WORDS), 'a.docx');
    expect(docx.text).toContain('spezzata');
    expect(docx.text).toContain('Intestazione di prova');
    expect(docx.text).not.toContain('tolta');
    const odt = await read(await odtOf(WORDS), 'a.odt');
    expect(odt.text).toMatch(/^Titolo\n/);
    expect(odt.text).toContain('in coda');
    expect(odt.text).toContain('Piede di pagina');
    const xlsx = await read(await xlsxOf(WORDS), 'a.xlsx');
    expect(xlsx.text).toMatch(/^Bilancio di prova\n/);
    expect(xlsx.text).toMatch(/1234\.5 in linea/);
    expect(xlsx.text).not.toContain('fonetica');
    const rtf = await read(rtfOf('Testo di prova'), 'a.rtf');
    expect(rtf.text).toBe('Testo di prova perché € città\nfine');
    const locked = mailOf('Si allega.', 'a.pdf', await pdfOf([WORDS], { userPassword: 'segreta' }));
    expect(await read(locked, 'a.eml')).toMatchObject({ state: 'cut', reason: 'text-partial' });
    expect((await read(mailOf('Si allega.', 'b.txt', Buffer.from('dentro')), 'a.eml')).text).toMatch(
      /Richiesta di attività[\s\S]*Si allega\.[\s\S]*b\.txt[\s\S]*dentro/,
    );
    const latin = await read(Buffer.from('Citt\xe0 e \x80 5', 'latin1'), 'a.txt');
    expect(latin.text).toBe('Città e € 5');
  });

  it('is as it is searched: whole words, no marks that nobody sees', async () => {
    const raw = 'pro-\ntocollo  ﬁrma\u00ad to\0gliere\u200b\r\n\r\n\r\n\r\nex-\nSindaco \ud800 \ue000';
    expect((await read(Buffer.from(raw), 'a.txt')).text).toBe('protocollo firma togliere\n\nex-\nSindaco');
  });

  it('is not there where nothing can be read, and the state says why', async () => {
    const states: readonly (readonly [string, Buffer, string, string])[] = [
      ['a.png', PNG, 'scanned', 'text-scanned'],
      ['scansione.pdf', await pdfOf(['', '', '3']), 'scanned', 'text-scanned'],
      [
        'a.pdf',
        await pdfOf([WORDS], { userPassword: 'segreta', ownerPassword: 'altra' }),
        'encrypted',
        'text-encrypted',
      ],
      [
        'a.odt',
        await odtOf(WORDS, '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>'),
        'encrypted',
        'text-encrypted',
      ],
      [
        'a.docx',
        Buffer.concat([
          Buffer.from('d0cf11e0a1b11ae1', 'hex'),
          Buffer.alloc(600),
          Buffer.from('EncryptedPackage', 'utf16le'),
        ]),
        'encrypted',
        'text-encrypted',
      ],
      ['a.doc', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]), 'none', 'text-no-format'],
      ['a.bin', Buffer.from([1, 2, 3, 0, 0, 9]), 'none', 'text-no-format'],
      ['vuoto.txt', Buffer.alloc(0), 'none', 'text-empty'],
      ['a.pdf', Buffer.from('%PDF-1.7\nrotto'), 'failed', 'text-damaged'],
      ['a.docx', (await docxOf(WORDS)).subarray(0, 300), 'failed', 'text-damaged'],
    ];
    for (const [name, bytes, state, reason] of states)
      expect(await read(bytes, name, name.endsWith('.txt') ? 'text/plain' : undefined), name).toMatchObject({
        ...{ state, reason, text: expect.any(String) },
      });
    // Locked against changes only: everybody may read it.
    const open = await pdfOf([WORDS], { ownerPassword: 'altra', permissions: { printing: 'highResolution' } });
    expect((await read(open, 'a.pdf')).state).toBe('complete');
  });

  it('of an archive is its names', async () => {
    const zip = await zipOf({ 'planimetria.dwg': 'x', 'relazione tecnica.pdf': 'y' });
    expect(await read(zip, 'a.zip')).toMatchObject({
      state: 'complete',
      text: 'planimetria.dwg\nrelazione tecnica.pdf',
    });
  });

  it('is cut where it is longer than what is kept', async () => {
    const found = await read(Buffer.from('parola '.repeat(500_000)), 'a.txt');
    expect(found).toMatchObject({ state: 'cut', reason: 'text-cut' });
    expect(Buffer.byteLength(found.text)).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(found.text.endsWith('parola') || found.text.endsWith('parola ')).toBe(true);
  });
});

describe('what comes as a trap', () => {
  it('unpacks to no more than is read', async () => {
    const bomb = await docxOf('x', { 'word/footnotes.xml': '<a>'.padEnd(20_000_000, ' ') });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await read(bomb, 'a.docx')).toMatchObject({ state: 'failed', reason: 'text-expands' });
    const many = await zipOf(Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`${index}`, ''])), false);
    expect(await read(many, 'a.zip')).toMatchObject({ state: 'failed', reason: 'text-expands' });
  });

  it('declares nothing in an office document', async () => {
    const laughs = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ah"><!ENTITY c "&b;&b;&b;&b;">]><w:t>&c;</w:t>';
    const docx = await zipOf({ 'word/document.xml': laughs });
    expect(await read(docx, 'a.docx')).toMatchObject({ state: 'failed', reason: 'text-damaged' });
    // As a document of its own it is read without its entities.
    expect(await read(Buffer.from(laughs.replaceAll('w:t', 'a')), 'a.xml')).toMatchObject({ text: '' });
  });

  it('ends with its process: time and memory are bounded, and the next document is read', async () => {
    const limits = { ms: 1_500, bytes: 1024 ** 3, documents: 50, idleMs: 60_000 };
    const quick = textProcess(limits);
    const one = textExtraction(null, quick).extract;
    const question = { name: 'a.pdf', mediaType: '', charset: '' };
    const endless = pdfFile({
      pages: ['a'],
      objects: [],
    });
    const operators = deflateSync(Buffer.from('q 1 0 0 1 0 0 cm BT /F1 9 Tf (parola) Tj ET Q\n'.repeat(2_000_000)), {
      level: 9,
    });
    const heavy = withContent(endless, operators);
    const found = await one(heavy, question);
    expect(['text-too-long', 'text-expands', 'text-interrupted']).toContain(found.reason);
    // On a machine that is busy an ordinary document may take seconds, too.
    limits.ms = 60_000;
    expect(await one(await pdfOf([WORDS]), question)).toMatchObject({ state: 'complete' });
    quick.stop();
  });

  it('nests no deeper than is read', async () => {
    let mail: Buffer = Buffer.from('Subject: fondo\r\n\r\nin fondo\r\n');
    for (let depth = 0; depth < 12; depth += 1) mail = mailOf(`livello ${depth}`, 'dentro.eml', mail);
    const found = await read(mail, 'a.eml');
    expect(found.text).toContain('livello 11');
    expect(found.text).not.toContain('in fondo');
    expect((await read(Buffer.from(`${'<a>'.repeat(500_000)}testo`), 'a.xml')).text).toBe('testo');
    expect((await read(Buffer.from(`{\\rtf1 ${'{'.repeat(100_000)}testo`), 'a.rtf')).text).toBe('testo');
  });

  it('damaged at every tenth byte is a state, never the end of the work', async () => {
    const whole = [await pdfOf([WORDS]), await docxOf(WORDS), signedOf(Buffer.from(WORDS)), rtfOf(WORDS)];
    const question = { name: 'a.txt', mediaType: 'text/plain', charset: '' };
    for (const bytes of whole)
      for (let at = 5; at < bytes.length; at += 10) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 0xff;
        const { state, text } = await readDocumentText(damaged, question, readPdf);
        expect(state).toMatch(/^(?:complete|cut|none|failed|encrypted|scanned)$/);
        expect(text).not.toContain('\0');
        expect(text.isWellFormed()).toBe(true);
      }
    // The process that reads goes on after each of them.
    for (const cut of [400, 700])
      expect((await read(whole[1]?.subarray(0, cut) ?? Buffer.alloc(0), 'a.docx')).state).toBe('failed');
    expect((await read(whole[0] ?? Buffer.alloc(0), 'a.pdf')).state).toBe('complete');
  });
});

/** The PDF with another stream as the contents of its first page. */
function withContent(pdf: Buffer, packed: Buffer): Buffer {
  const text = pdf
    .toString('latin1')
    .replace(
      /11 0 obj\n<< \/Length \d+ {2}>>\nstream\n[\s\S]*?\nendstream/,
      `11 0 obj\n<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n${packed.toString('latin1')}\nendstream`,
    );
  return Buffer.from(text, 'latin1');
}

describe('the process', () => {
  const question = { name: 'a.txt', mediaType: 'text/plain', charset: '' };

  it('begins anew after some documents, and when it was killed', async () => {
    const own = textProcess({ ms: 30_000, bytes: 1024 ** 3, documents: 3, idleMs: 60_000 });
    const ask = () => own.read(Buffer.from('prova'), question, false);
    const pids: (number | null)[] = [];
    for (let count = 0; count < 3; count += 1) {
      await ask();
      pids.push(own.pid);
    }
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).toBeNull();
    await ask();
    const { pid } = own;
    expect(pid).not.toBe(pids[0]);
    process.kill(pid ?? 0, 'SIGKILL');
    const answers = await Promise.all([ask(), ask(), ask()]);
    // One may have met the process as it ended.
    expect(answers.filter(({ state }) => state === 'complete').length).toBeGreaterThanOrEqual(2);
    own.stop();
  });

  it('recognises characters by another program, where there is one', async () => {
    const script = (name: string, body: string): string => {
      const path = join(folder, name);
      writeFileSync(path, `#!/bin/sh\n${body}\n`);
      chmodSync(path, 0o755);
      return path;
    };
    const scan = await pdfOf(['', '']);
    const by = (path: string, ms?: number) => textExtraction(ocrCommand(path, ms), reader).extract;
    const pdf = { name: 'a.pdf', mediaType: 'application/pdf', charset: '' };
    const good = script(
      'good',
      'test "$1" = application/pdf && test "$(head -c 5)" = "%PDF-" && echo "testo ricono-\nsciuto"',
    );
    expect(await by(good)(scan, pdf)).toMatchObject({
      state: 'complete',
      extractor: 'ocr',
      text: 'testo riconosciuto',
    });
    expect(await by(good)(signedOf(scan), { ...pdf, name: 'a.pdf.p7m' })).toMatchObject({ text: 'testo riconosciuto' });
    for (const bad of [script('bad', 'exit 1'), script('much', 'yes'), join(folder, 'nowhere')])
      expect(await by(bad)(scan, pdf)).toMatchObject({ state: 'scanned', reason: 'text-ocr-failed' });
    expect(await by(script('slow', 'sleep 60'), 300)(scan, pdf)).toMatchObject({ reason: 'text-ocr-failed' });
    // A text has no need of it.
    expect(await by(script('never', 'echo mai'))(await pdfOf([WORDS]), pdf)).toMatchObject({ extractor: 'pdf' });
  });
});
