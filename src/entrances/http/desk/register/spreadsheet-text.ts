/** Cells that a spreadsheet shows as text, whatever came from outside. */

/** What spreadsheets take for the beginning of a formula, or skip before one. */
const FORMULA = /^[\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*[=+\-@\t\r\n|%＝＋－＠]/;
/** Excel cuts there, and calls the file damaged. */
const MOST_CHARACTERS = 32_000;

const clean = (text: string): string =>
  // Control characters are in no XML, and in no cell that anybody reads.
  text
    .slice(0, MOST_CHARACTERS)
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/g, '\ufffd');

/** A text that a spreadsheet would calculate gets an apostrophe in front (OWASP: CSV injection). */
export const harmless = (text: string): string => (FORMULA.test(text) ? `'${clean(text)}` : clean(text));

/** A field of RFC 4180, always quoted: the separator of Italian spreadsheets is a semicolon. */
const csvField = (text: string): string => `"${harmless(text).replaceAll('"', '""')}"`;
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvField).join(';')}\r\n`;
/** So that spreadsheets read UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';

const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');

/** A row of cells that are texts, each in place: nothing of them is a number, a date or a formula. */
export const xlsxRow = (cells: readonly string[]): string =>
  `<row>${cells.map((text) => `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(clean(text))}</t></is></c>`).join('')}</row>`;

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** The parts of a workbook with one sheet, besides the sheet. */
export const XLSX_PARTS: readonly (readonly [name: string, content: string])[] = [
  [
    '[Content_Types].xml',
    `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
  ],
  [
    '_rels/.rels',
    `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Registro" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  ],
];
export const SHEET_NAME = 'xl/worksheets/sheet1.xml';
export const SHEET_BEGINS = `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>`;
export const SHEET_ENDS = '</sheetData></worksheet>';
