/** Copies of PDFs with the segnatura: where the stamp stands, what is left alone, and what holds nobody up. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { PDFDocument } from '@cantoo/pdf-lib';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, describe, expect, it } from 'vitest';
import { stampPdf } from '../../../src/adapters/stamping/stamp-pdf.ts';
import { stampingProcess } from '../../../src/adapters/stamping/stamping-process.ts';
import type { Stamped } from '../../../src/service/previews/courtesy-copy.ts';
import { signedPdf } from '../../formats/signed-document/pdf.ts';
import { pdfFile, pdfWithScripts } from '../../support/pdf-file.ts';
import { needs } from '../../support/shared.ts';

const LINES = [
  'Prot. n. 0001234/2026 del 30/11/2026 · in entrata',
  'Comune di Esempio · AOO PROTOCOLLO · classe IV.8',
  'Copia di cortesia: l’originale è quello conservato nel registro.',
];
const HAS_QPDF = needs(spawnSync('qpdf', ['--version']).error === undefined, 'qpdf, which checks PDFs');

const made = (stamped: Stamped): Buffer => {
  if (!stamped.ok) throw new Error(stamped.code);
  return stamped.pdf;
};

interface Read {
  /** As it is seen: turned, with the origin above left. */
  readonly width: number;
  readonly height: number;
  readonly texts: readonly {
    readonly text: string;
    readonly x: number;
    readonly y: number;
    readonly isLevel: boolean;
  }[];
}

/** What a reader of PDFs sees of a page. */
async function read(pdf: Buffer, at = 1): Promise<Read> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 });
  const page = await (await task.promise).getPage(at);
  const view = page.getViewport({ scale: 1 });
  const { items } = await page.getTextContent();
  const texts = items.flatMap((item) => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [a, b, , , e, f] = item.transform as readonly number[];
    const [x = 0, y = 0] = view.convertToViewportPoint(e ?? 0, f ?? 0) as readonly number[];
    const [x2 = 0, y2 = 0] = view.convertToViewportPoint((e ?? 0) + (a ?? 0), (f ?? 0) + (b ?? 0)) as readonly number[];
    return [{ text: item.str, x, y, isLevel: Math.abs(y2 - y) < 0.01 && x2 > x }];
  });
  await task.destroy();
  return { width: view.width, height: view.height, texts };
}

const folder = mkdtempSync(join(tmpdir(), 'interpro-stamp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(pdf: Buffer, name: string): void {
  const file = join(folder, `${name}.pdf`);
  writeFileSync(file, pdf);
  const { status, stdout, stderr } = spawnSync('qpdf', ['--check', file], { encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).toBe(0);
}

describe('the stamp', () => {
  const PAGES: readonly (readonly [what: string, page: string])[] = [
    ['an upright page', ''],
    ['a page turned by a quarter', '/Rotate 90'],
    ['a page on its head', '/Rotate 180'],
    ['a page turned by three quarters', '/Rotate 270'],
    ['a page turned the other way, more than once', '/Rotate -450'],
    ['a page of which a part is shown', '/CropBox [100 200 500 700]'],
    ['a part of a page, turned', '/CropBox [100 200 500 700] /Rotate 90'],
    ['a page whose shown part is elsewhere', '/CropBox [2000 2000 2100 2100]'],
    ['a page of which more is shown than there is', '/CropBox [-500 -500 5000 5000] /Rotate 270'],
    ['a page with the corners the other way', '/CropBox [500 700 100 200]'],
    ['a page with boxes for a printer', '/TrimBox [10 10 585 832] /BleedBox [0 0 595 842]'],
  ];
  it.each(PAGES)('stands above %s, level, and covers nothing of it', async (what, page) => {
    const original = pdfFile({ pages: ['Contenuto', 'Seconda'], page });
    const before = await read(original);
    const copy = made(await stampPdf(original, LINES));
    const { width, height, texts } = await read(copy);
    const band = height - before.height;
    expect(width).toBeCloseTo(before.width, 1);
    expect(band).toBeGreaterThan(30);
    expect(band).toBeLessThan(0.35 * before.height);
    for (const line of LINES) {
      const found = texts.find(({ text }) => text === line);
      expect(found, line).toBeDefined();
      expect(found?.isLevel).toBe(true);
      expect(found?.x).toBeGreaterThan(0);
      expect(found?.y).toBeGreaterThan(0);
      expect(found?.y).toBeLessThan(band);
    }
    // All that was on the page is where it was below the band.
    const shown = before.texts.map(({ text, x, y }) => `${text} ${x.toFixed(1)} ${(y + band).toFixed(1)}`);
    const kept = texts.filter(({ text }) => text === 'Contenuto');
    expect(kept.map(({ text, x, y }) => `${text} ${x.toFixed(1)} ${y.toFixed(1)}`)).toEqual(shown);
    expect((await read(copy, 2)).texts.map(({ text }) => text)).not.toContain(LINES[0]);
    if (HAS_QPDF) check(copy, what.replace(/\W/g, '-'));
  });

  it('is as large on a poster as on a letter, and is broken on a strip of paper', async () => {
    const on = async (box: string) => {
      const copy = made(await stampPdf(pdfFile({ pages: ['x'], page: `/CropBox ${box} /MediaBox ${box}` }), LINES));
      return read(copy);
    };
    const poster = await on('[0 0 2384 3370]');
    expect(poster.texts.filter(({ text }) => LINES.includes(text))).toHaveLength(3);
    expect(poster.height - 3370).toBeGreaterThan(150);
    const strip = await on('[0 0 160 600]');
    const above = strip.texts.filter(({ y }) => y < strip.height - 600);
    expect(above.length).toBeGreaterThan(4);
    expect(above.map(({ text }) => text).join(' ')).toBe(LINES.join(' '));
  });

  it('stands there whatever the page leaves behind, has no fonts or no content at all', async () => {
    const damaged = pdfFile({ pages: ['Contenuto'] });
    const leaves = Buffer.from(
      damaged.toString('latin1').replace('BT /F1 24 Tf', 'q 9 0 0 9 0 ').replace('72 760 Td', '0 cm BT  '),
      'latin1',
    );
    expect(leaves.length).toBe(damaged.length);
    for (const odd of [
      leaves,
      Buffer.from(
        damaged.toString('latin1').replace('/Resources << /Font << /F1 3 0 R >> >>', ' '.repeat(38)),
        'latin1',
      ),
      Buffer.from(damaged.toString('latin1').replace('/Contents 11 0 R', ' '.repeat(16)), 'latin1'),
    ]) {
      const { texts, height } = await read(made(await stampPdf(odd, LINES)));
      const found = texts.find(({ text }) => text === LINES[0]);
      expect(found?.isLevel).toBe(true);
      expect(found?.y).toBeLessThan(height - 842);
    }
  });

  it('writes what no font of readers has as a question mark', async () => {
    const copy = made(
      await stampPdf(pdfFile({ pages: ['x'] }), ['Città di “Prova” – Łódź 中\u202e\u0000', 'a'.repeat(5_000)]),
    );
    const { texts } = await read(copy);
    expect(texts[0]?.text).toBe('Città di “Prova” – ?ód? ?');
    expect(texts.length).toBeLessThan(14);
  });

  it('takes away notes that would lie on it, and claims that are no longer true', async () => {
    const original = pdfFile({
      pages: ['Contenuto'],
      catalogue: '/Metadata 102 0 R',
      page: '/Annots [100 0 R 101 0 R]',
      objects: [
        '<< /Type /Annot /Subtype /Square /Rect [50 50 100 100] >>',
        '<< /Type /Annot /Subtype /Square /Rect [0 800 595 900] >>',
        '<< /Type /Metadata /Subtype /XML /Length 5 >>\nstream\npdfaA\nendstream',
      ],
    });
    const pdf = await PDFDocument.load(made(await stampPdf(original, LINES)));
    expect(pdf.getPage(0).node.Annots()?.size()).toBe(1);
    expect(String(pdf.catalog)).not.toContain('Metadata');
  });
});

describe('no stamp', () => {
  const refused = async (pdf: Buffer) => {
    const stamped = await stampPdf(pdf, LINES);
    return stamped.ok ? null : stamped.code;
  };
  it('on what is signed, whoever sees it', async () => {
    expect(await refused(signedPdf(() => Buffer.from('3003020101', 'hex')))).toBe('copy-signed');
    // Where the bytes do not show it.
    const field = pdfFile({
      pages: ['x'],
      catalogue: '/AcroForm << /Fields [100 0 R] >>',
      objects: ['<< /FT /Sig /T (Firma) /V 101 0 R >>', '<< /Type /Sig /Filter /Adobe.PPKLite >>'],
    });
    expect(await refused(field)).toBe('copy-signed');
    const unsigned = pdfFile({
      pages: ['x'],
      catalogue: '/AcroForm << /Fields [100 0 R] >>',
      objects: ['<< /FT /Sig /T (Firma) >>'],
    });
    expect(await refused(unsigned)).toBeNull();
  });

  it('on a dynamic form, on what is encrypted, and on what cannot be read', async () => {
    expect(await refused(pdfFile({ pages: ['x'], catalogue: '/AcroForm << /XFA (x) /Fields [] >>' }))).toBe(
      'copy-dynamic-form',
    );
    const plain = await PDFDocument.load(pdfFile({ pages: ['Segreto'] }));
    plain.encrypt({ userPassword: '', ownerPassword: 'prova', permissions: {} });
    expect(await refused(Buffer.from(await plain.save()))).toBe('copy-encrypted');
    expect(await refused(Buffer.from('%PDF-1.7\nniente'))).toBe('copy-unreadable');
    expect(await refused(pdfFile({ pages: [] }))).toBe('copy-unreadable');
    expect(await refused(pdfFile({ pages: ['x'], page: '/MediaBox [0 0 0 0]' }))).toBe('copy-unreadable');
  });
});

describe('the process that stamps', () => {
  it('gives what the same code gives here, and a hostile document nothing of ours', async () => {
    const stamping = stampingProcess({ ms: 60_000, bytes: 1e9, waiting: 2 });
    const { texts } = await read(made(await stamping.stamp(pdfWithScripts('Con script'), LINES)));
    expect(texts.map(({ text }) => text)).toContain(LINES[0]);
    const all = await Promise.all(Array.from({ length: 5 }, () => stamping.stamp(pdfFile({ pages: ['x'] }), LINES)));
    expect(all.filter(({ ok }) => ok).length).toBe(3);
    expect(all.filter((one) => !one.ok && one.code === 'copy-busy').length).toBe(2);
    stamping.stop();
    expect(await stamping.stamp(pdfFile({ pages: ['x'] }), LINES)).toEqual({ ok: false, code: 'copy-busy' });
  }, 120_000);

  it('that cannot be started is no end of those after it', async () => {
    const child = new URL('http://127.0.0.1/');
    const stamping = stampingProcess({ ms: 60_000, bytes: 1e9, waiting: 2 }, child);
    const pdf = pdfFile({ pages: ['x'] });
    expect(await stamping.stamp(pdf, LINES)).toEqual({ ok: false, code: 'copy-busy' });
    child.href = new URL('../../../src/adapters/stamping/stamping-child.ts', import.meta.url).href;
    expect(await stamping.stamp(pdf, LINES)).toMatchObject({ ok: true });
    stamping.stop();
  }, 60_000);

  it('is ended when it takes too long or too much memory, and the next one is made', async () => {
    // A small file that unpacks to half a gigabyte, as objects that a reader must unpack.
    const bomb = deflateSync(Buffer.alloc(512 * 1024 * 1024, 0x20), { level: 1 });
    const packed = Buffer.concat([
      Buffer.from(
        `%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${bomb.length} >>\nstream\n`,
      ),
      bomb,
      Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n'),
    ]);
    const stamping = stampingProcess({ ms: 60_000, bytes: 400 * 1024 * 1024, waiting: 1 });
    expect(await stamping.stamp(packed, LINES)).toEqual({ ok: false, code: 'copy-too-long' });
    const hurried = stampingProcess({ ms: 1, bytes: 1e9, waiting: 1 });
    expect(await hurried.stamp(pdfFile({ pages: ['x'] }), LINES)).toEqual({ ok: false, code: 'copy-too-long' });
    expect((await stamping.stamp(pdfFile({ pages: ['x'] }), LINES)).ok).toBe(true);
  }, 120_000);
});
