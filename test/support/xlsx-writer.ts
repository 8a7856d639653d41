/** Writes a flat spreadsheet as a ZIP, well formed or with lies that a reader must not believe. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface XlsxOptions {
  /** Cells as `t="inlineStr"` instead of shared strings. */
  readonly inline?: boolean;
  /** Replaces a part. */
  readonly parts?: Readonly<Record<string, Buffer>>;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const columnName = (column: number): string =>
  (column >= 26 ? String.fromCharCode(64 + Math.floor(column / 26)) : '') + String.fromCharCode(65 + (column % 26));

export function xlsx(rows: readonly (readonly string[])[], { inline = false, parts = {} }: XlsxOptions = {}): Buffer {
  const strings: string[] = [];
  const cell = (text: string, row: number, column: number): string => {
    if (text === '') return '';
    const at = `r="${columnName(column)}${row + 1}"`;
    if (inline) return `<c ${at} t="inlineStr"><is><t>${escapeXml(text)}</t></is></c>`;
    return `<c ${at} t="s"><v>${strings.push(text) - 1}</v></c>`;
  };
  const body = rows.map(
    (cells, row) => `<row r="${row + 1}">${cells.map((text, column) => cell(text, row, column)).join('')}</row>`,
  );
  const sheet = `<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="x"><sheetData>${body.join('')}</sheetData></worksheet>`;
  const shared = `<?xml version="1.0"?><sst xmlns="x">${strings.map((text) => `<si><t>${escapeXml(text)}</t></si>`).join('')}</sst>`;
  return zip({
    '[Content_Types].xml': Buffer.from('<Types/>'),
    'xl/worksheets/sheet1.xml': Buffer.from(sheet),
    'xl/sharedStrings.xml': Buffer.from(shared),
    ...parts,
  });
}

export function zip(parts: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(parts)) {
    const packed = deflateRawSync(content);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}
