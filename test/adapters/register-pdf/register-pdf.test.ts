/**
 * The register as PDF/A-2b: the clauses that can be checked without a validator, what a person reads, and the same bytes
 * whoever writes it. No veraPDF judges it here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerPdfProcess } from '../../../src/adapters/register-pdf/register-pdf-process.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { RegisterLine } from '../../../src/model/daily-register.ts';
import { RegisterPdfError, type WriteRegisterPdf } from '../../../src/service/daily-register/ports.ts';
import { LONG } from '../../support/long.ts';
import { run } from '../../support/run.ts';
import { needs } from '../../support/shared.ts';
import { sampleFrame, sampleLines } from './sample-register.ts';

const has = (tool: string) =>
  needs(spawnSync(tool, ['--version']).error === undefined, `${tool}, which checks or reads PDFs`);
const HAS_TOOLS = has('qpdf') && has('pdffonts') && has('pdftotext') && has('pdfinfo');

async function written(write: WriteRegisterPdf, registrations = 12, lines = sampleLines(registrations)) {
  let pdf = Buffer.alloc(0);
  await write(sampleFrame(registrations), sha256('xml'), lines, async (bytes) => {
    pdf = await buffer(bytes as Readable);
    return { sha256: sha256(pdf), size: pdf.length };
  });
  return pdf;
}

const folder = mkdtempSync(join(tmpdir(), 'register-pdf-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'register.pdf');
const said = (tool: string, ...args: string[]): string => {
  const { stdout, stderr } = spawnSync(tool, args, { maxBuffer: 64 * 1024 * 1024 });
  return `${stdout.toString()}${stderr.toString()}`;
};

let pdf: Buffer;
beforeAll(async () => {
  pdf = await written(registerPdfProcess());
  writeFileSync(file, pdf);
});

describe.skipIf(!HAS_TOOLS)('the register as PDF/A-2b', () => {
  it('is sound, and embeds every font with the characters that its glyphs stand for', () => {
    expect(said('qpdf', '--check', file)).toContain('No syntax or stream encoding errors found');
    const fonts = said('pdffonts', file).trim().split('\n').slice(2);
    expect(fonts).toHaveLength(4);
    for (const font of fonts) expect(font).toMatch(/ yes yes yes +\d+ +0$/);
  });

  it('has what ISO 19005-2 asks for, and nothing that it forbids', () => {
    const whole = said('qpdf', '--qdf', '--object-streams=disable', file, '-');
    for (const wanted of [
      /^%PDF-1\.7/,
      /\/OutputIntents/,
      /\/S \/GTS_PDFA1/,
      /\/DestOutputProfile/,
      /<pdfaid:part>2<\/pdfaid:part>/,
      /<pdfaid:conformance>B<\/pdfaid:conformance>/,
      /\/ID \[/,
      /\/ToUnicode/,
      /<xmp:CreateDate>2026-03-01T23:05:00Z<\/xmp:CreateDate>/,
      /\(D:20260301230500Z\)/,
    ])
      expect([wanted, wanted.test(whole)]).toEqual([wanted, true]);
    for (const forbidden of [
      '/Encrypt',
      '/JavaScript',
      '/JS ',
      '/Launch',
      '/EmbeddedFile',
      '/URI',
      '/AA ',
      '/LZWDecode',
      '/SMask',
      '/Transparency',
    ])
      expect([forbidden, whole.includes(forbidden)]).toEqual([forbidden, false]);
    // The name of an office may have what XML has not.
    const packet = /<x:xmpmeta[\s\S]*<\/x:xmpmeta>/.exec(whole)?.[0] ?? '';
    expect(XMLValidator.validate(packet)).toBe(true);
    // Information and metadata say the same.
    const title = 'Registro giornaliero di protocollo n. 60/2026 del 01/03/2026';
    expect(said('pdfinfo', file)).toContain(`Title:           ${title}`);
    expect([title, whole.includes(`<rdf:li xml:lang="x-default">${title}</rdf:li>`)]).toEqual([title, true]);
  });

  it('says all that a person looks for', () => {
    const text = said('pdftotext', '-layout', file, '-');
    const read = said('pdftotext', file, '-').replace(/\s+/g, ' ');
    for (const told of [
      'Comune di Esempio & <Prova>',
      'Registro giornaliero di protocollo n. 60/2026 del 01/03/2026',
      'Registrazioni: 12 (dal n. 0000001 al n. 0000012)',
      'Chiuso il 02/03/2026, ore 00:05 da SISTEMA',
      'Annullata il 01/03/2026, ore 13:00 da Mario Prova: registrata due volte',
      'Riservata',
      'Ditta Prova 119',
      'Παράδειγμα Пример',
      '{U+4E2D}{U+6587}',
      'Registro delle modifiche',
      'Provvedimento: Atto 1',
      `SHA-256 del file XML: ${sha256('xml')}`,
    ])
      expect([told, read.includes(told)]).toEqual([told, true]);
    const pages = Number(/Pages: +(\d+)/.exec(said('pdfinfo', file))?.[1]);
    expect(text).toContain(`pagina ${pages} di ${pages}`);
    // The head of the table stands on each page of it.
    expect(text.match(/Mittente o destinatari/g)?.length).toBe(pages - 1);
    for (const half of [sha256('a1').slice(0, 32), sha256('a1').slice(32)]) expect(text).toContain(half);
    expect(text.replace(/\s+/g, ' ').match(/Oggetto che non finisce/g)?.length).toBeGreaterThan(150);
  });
});

describe('the bytes', () => {
  it('are the same, whatever the time zone, the language and the process', async () => {
    const places = [
      {},
      { TZ: 'Pacific/Auckland', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
      { TZ: 'America/Lima', LANG: 'tr_TR.UTF-8' },
    ];
    const printed = await Promise.all(
      places.map((place) => run('test/adapters/register-pdf/print-digests.ts', [], place)),
    );
    const [zones, digests] = [0, 1].map((line) => printed.map(({ stdout }) => stdout.trim().split('\n')[line]));
    expect(new Set(zones).size).toBe(3);
    expect(new Set(digests).size).toBe(1);
    expect(digests?.[0]).toMatch(/^[0-9a-f]{64} [0-9a-f]{64}$/);
    expect(digests?.[0]?.split(' ')[1]).toBe(sha256(pdf));
  });
});

describe('a register that cannot be written', () => {
  it('is not kept: the process was ended, or the rows could not be read', async () => {
    await expect(written(registerPdfProcess(1))).rejects.toBeInstanceOf(RegisterPdfError);
    const broken = join(folder, 'broken.ts');
    writeFileSync(broken, 'process.stdout.write("%PDF-1.7"); process.exitCode = 3;');
    await expect(written(registerPdfProcess(60_000, pathToFileURL(broken)))).rejects.toThrow('(3)');
    const lost = (async function* (): AsyncGenerator<RegisterLine> {
      yield* sampleLines(1);
      throw new Error('the database is away');
    })();
    await expect(written(registerPdfProcess(), 1, lost)).rejects.toThrow('the database is away');
  });
});

describe.runIf(LONG)('a day of 5,000 registrations', () => {
  it('is written in ten seconds', async () => {
    const begun = performance.now();
    const large = await written(registerPdfProcess(), 5_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(large.length).toBeGreaterThan(1_000_000);
  });
});
