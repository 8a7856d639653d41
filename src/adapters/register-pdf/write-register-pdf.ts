/**
 * The register as a document that a person reads, written to PDF/A-2b (ISO 19005-2): every font embedded, no encryption, no
 * script, dates that do not depend on when it is written. The same lines give the same bytes.
 */
import type { Readable } from 'node:stream';
import PDFDocument from 'pdfkit';
import { italianDay, italianMinute } from '../../kernel/clock.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type { RegisterFrame, RegisterLine } from '../../model/daily-register.ts';
import { type Faces, FONT_FILES, openFaces } from './faces.ts';
import { type CellText, wrapped } from './lines.ts';
import { cellsOf, TABLES } from './rows.ts';
import { openTable, type RegisterTable, type Sheet } from './table.ts';

const MARGIN = 36;
const INK = '#17324d';
const QUIET = '#455b71';
const HEAD_HEIGHT = 20;
const FOOT_HEIGHT = 22;
type Part = keyof typeof TABLES;

const NOTHING: Readonly<Record<Part, string>> = {
  entry: 'Nessuna registrazione.',
  mark: 'Nessun annullamento e nessuna modifica di registrazioni dei giorni precedenti.',
  day: 'Nessun registro giornaliero.',
};
const TITLES: Readonly<Record<Part, string>> = {
  entry: 'Registrazioni',
  mark: 'Registro delle modifiche: annullamenti e variazioni di registrazioni dei giorni precedenti',
  day: 'Registri giornalieri dell’anno',
};

export interface PdfRequest {
  readonly frame: RegisterFrame;
  readonly xmlSha256: string;
}

/** Lines are written as they come; the pages are kept until their number is known. */
export function registerPdf({ frame, xmlSha256 }: PdfRequest, lines: AsyncIterable<RegisterLine>) {
  const doc = open(frame);
  const finished = (async () => {
    const sheet = firstPage(doc, frame);
    let part: Part | null = null;
    let table: RegisterTable | null = null;
    const turnTo = (wanted: Part): RegisterTable => {
      title(sheet, TITLES[wanted]);
      part = wanted;
      return openTable(sheet, TABLES[wanted]);
    };
    const parts: Part[] = frame.kind === 'annual' ? ['day'] : ['entry', 'mark'];
    for await (const line of lines) {
      while (part !== line.type) {
        const next = parts.shift();
        if (next === undefined) throw new Error('the lines are not in their order');
        if (next === line.type) table = turnTo(next);
        else empty(sheet, next);
        part = next;
      }
      table?.row(cellsOf(line, frame));
    }
    for (const left of parts) empty(sheet, left);
    remarks(sheet);
    feet(sheet, frame, xmlSha256);
    doc.end();
  })();
  return { bytes: doc as unknown as Readable, finished };
}

const titleOf = ({ kind, day, year, progressive }: RegisterFrame): string =>
  kind === 'daily'
    ? `Registro giornaliero di protocollo n. ${progressive}/${year} del ${italianDay(day)}`
    : `Registro annuale di protocollo ${year}`;

function open(frame: RegisterFrame): PDFKit.PDFDocument {
  const { closedAt, office, software } = frame;
  return new PDFDocument({
    ...{ pdfVersion: '1.7', subset: 'PDF/A-2b', size: 'A4', layout: 'landscape', margin: 0, bufferPages: true },
    ...{ font: FONT_FILES.text, lang: 'it-IT', displayTitle: true },
    info: {
      ...{ Title: titleOf(frame), Author: named(office), Subject: named(frame.name) },
      ...{ Creator: named(software), Producer: named(software), CreationDate: closedAt },
    },
  });
}

/** The library writes these into XML as they are. */
const named = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('&', 'e')
    .replace(/[<>\p{Cc}\ufffe\uffff]/gu, ' ');

function firstPage(doc: PDFKit.PDFDocument, frame: RegisterFrame): Sheet {
  const faces = openFaces(doc);
  const { width, height } = doc.page;
  const sheet: Sheet = {
    ...{ doc, faces, left: MARGIN, width: width - 2 * MARGIN, bottom: height - MARGIN - FOOT_HEIGHT, y: MARGIN },
    turn() {
      doc.addPage();
      sheet.y = MARGIN + HEAD_HEIGHT;
    },
    write: (text, x, y) => draw(doc, faces, text, x, y),
  };
  const { counts, first, last } = frame;
  sheet.write({ text: frame.office, face: 'strong', size: 15 }, MARGIN, sheet.y);
  sheet.write({ text: titleOf(frame), face: 'strong', size: 12 }, MARGIN, sheet.y + 22);
  sheet.y += 42;
  const range =
    first === null || last === null
      ? 'nessuna registrazione'
      : `dal n. ${protocolNumber(first)} al n. ${protocolNumber(last)}`;
  const facts = [
    `Amministrazione (codice IPA) ${frame.administration} · AOO ${frame.code} · codice del registro ${frame.register}`,
    `Registrazioni: ${counts.registrations} (${range}) · di cui annullate: ${counts.annulled} · modifiche di registrazioni precedenti: ${counts.changes}`,
    `Chiuso il ${italianMinute(frame.closedAt)} da ${frame.closedBy} · identificativo ${frame.name}`,
  ];
  for (const fact of facts)
    for (const line of wrapped(faces, { text: fact, face: 'text', size: 8.5 }, sheet.width)) {
      sheet.write({ ...line, colour: QUIET }, MARGIN, sheet.y);
      sheet.y += 12;
    }
  return sheet;
}

/** `x` and `y`: the upper left corner of the text. Of pdfkit's coordinates the y axis goes down; letters stand upright. */
function draw(doc: PDFKit.PDFDocument, faces: Faces, text: CellText, x: number, y: number): void {
  const { face, size, colour = INK, isStruck = false } = text;
  const page = doc.page as unknown as { readonly fonts: Record<string, unknown> };
  const ink = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255).toFixed(3)).join(' ');
  const base = (y + size).toFixed(2);
  let out = `${ink} rg BT `;
  let at = x;
  for (const { font, codes, width } of faces.runs(text.text, face)) {
    page.fonts[font.id] ??= font.ref();
    out += `/${font.id} ${size} Tf 1 0 0 -1 ${at.toFixed(2)} ${base} Tm <${codes}> Tj `;
    at += width * size;
  }
  out += 'ET';
  const middle = (y + size * 0.7).toFixed(2);
  if (isStruck) out += ` ${ink} RG 0.5 w ${x.toFixed(2)} ${middle} m ${at.toFixed(2)} ${middle} l S`;
  (doc as unknown as { addContent(operators: string): void }).addContent(out);
}

function title(sheet: Sheet, text: string): void {
  if (sheet.bottom - sheet.y < 70) sheet.turn();
  sheet.y += 8;
  sheet.write({ text, face: 'strong', size: 10 }, sheet.left, sheet.y);
  sheet.y += 17;
}

function empty(sheet: Sheet, part: Part): void {
  title(sheet, TITLES[part]);
  sheet.write({ text: NOTHING[part], face: 'text', size: 8.5 }, sheet.left, sheet.y);
  sheet.y += 14;
}

const REMARKS = {
  reserved: 'Delle registrazioni riservate sono riportati numero, data, ora e verso.',
  lacking:
    'I caratteri che nessuno dei tipi di carattere di questo documento possiede sono indicati con il loro codice Unicode, per esempio {U+4E2D}: il file XML li riporta come sono.',
} as const;

function remarks(sheet: Sheet): void {
  const texts = [REMARKS.reserved, ...(sheet.faces.isLacking() ? [REMARKS.lacking] : [])];
  const lines = texts.flatMap((text) => wrapped(sheet.faces, { text, face: 'text', size: 7.5 }, sheet.width));
  if (sheet.bottom - sheet.y < 10 + lines.length * 10) sheet.turn();
  sheet.y += 8;
  for (const line of lines) {
    sheet.write({ ...line, colour: QUIET }, sheet.left, sheet.y);
    sheet.y += 10;
  }
}

/** On every page: what it belongs to, its number, and the digest of the file that says the same. */
function feet(sheet: Sheet, frame: RegisterFrame, xmlSha256: string): void {
  const { doc, left, width, bottom } = sheet;
  const { count } = doc.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(page);
    if (page > 0) {
      const running = `${frame.office} · AOO ${frame.code} · registro ${frame.register} · ${titleOf(frame)}`;
      const [line] = wrapped(sheet.faces, { text: running, face: 'text', size: 8 }, width);
      if (line !== undefined) sheet.write({ ...line, colour: QUIET }, left, MARGIN);
    }
    sheet.write(
      { text: `SHA-256 del file XML: ${xmlSha256}`, face: 'digits', size: 6.5, colour: QUIET },
      left,
      bottom + 10,
    );
    const number = `pagina ${page + 1} di ${count}`;
    const from = left + width - sheet.faces.width(number, 'text') * 8;
    sheet.write({ text: number, face: 'text', size: 8 }, from, bottom + 8);
  }
}
