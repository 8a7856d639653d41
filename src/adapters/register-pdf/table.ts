/** A table that goes on over pages: its head stands on each of them, and a row that is longer than a page is continued. */
import type { Faces } from './faces.ts';
import { type CellText, wrapped } from './lines.ts';

export interface Column {
  readonly title: string;
  readonly width: number;
}

export interface RegisterTable {
  /** A cell is texts below each other. */
  row(cells: readonly (readonly CellText[])[]): void;
}

export interface Sheet {
  readonly doc: PDFKit.PDFDocument;
  readonly faces: Faces;
  readonly left: number;
  readonly width: number;
  readonly bottom: number;
  /** Where the next thing stands. */
  y: number;
  /** A page with its running head. */
  turn(): void;
  write(text: CellText, x: number, y: number): void;
}

const LINE = 9.6;
const PAD = 3;
/** Rows of so many lines stay together. */
const TOGETHER = 20;
const RULE = '#c4ccd4';
const BAND = '#e8edf2';

export function openTable(sheet: Sheet, columns: readonly Column[]): RegisterTable {
  const { doc } = sheet;
  const xs = columns.map((_, at) => sheet.left + columns.slice(0, at).reduce((sum, { width }) => sum + width, 0));
  const linesFit = (): number => Math.floor((sheet.bottom - sheet.y - 2 * PAD) / LINE);
  const head = (): void => {
    doc.rect(sheet.left, sheet.y, sheet.width, LINE + 2 * PAD).fill(BAND);
    for (const [at, { title }] of columns.entries())
      sheet.write({ text: title, face: 'strong', size: 7.2 }, (xs[at] ?? 0) + PAD, sheet.y + PAD);
    sheet.y += LINE + 2 * PAD;
  };
  const turn = (): void => {
    sheet.turn();
    head();
  };
  if (linesFit() < 4) sheet.turn();
  head();
  return {
    row(cells) {
      const lines = cells.map((cell, at) =>
        cell.flatMap((text) => wrapped(sheet.faces, text, (columns[at]?.width ?? 0) - 2 * PAD)),
      );
      const all = Math.max(1, ...lines.map(({ length }) => length));
      if (linesFit() < Math.min(all, TOGETHER)) turn();
      for (let from = 0; from < all; ) {
        if (from > 0) turn();
        const count = Math.max(1, Math.min(all - from, linesFit()));
        for (const [at, cell] of lines.entries())
          for (const [index, text] of cell.slice(from, from + count).entries())
            sheet.write(text, (xs[at] ?? 0) + PAD, sheet.y + PAD + index * LINE);
        // Whose row it is that goes on.
        const first = lines[0]?.[0];
        if (from > 0 && first !== undefined)
          sheet.write({ ...first, isStruck: false, colour: '#5b6f82' }, (xs[0] ?? 0) + PAD, sheet.y + PAD);
        sheet.y += count * LINE + 2 * PAD;
        from += count;
        doc
          .moveTo(sheet.left, sheet.y)
          .lineTo(sheet.left + sheet.width, sheet.y)
          .lineWidth(0.4)
          .stroke(RULE);
      }
    },
  };
}
