export interface CsvRow {
  /** Of the file, where it begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Separated as the first line is, by `;`, tabs or `,`. A quoted cell may hold separators, line ends and doubled quotes. `openQuote`: the line of one that never ends. */
export function readCsv(text: string): { readonly rows: readonly CsvRow[]; readonly openQuote: number | null } {
  const separator = [';', '\t', ','].find((one) => text.split('\n', 1)[0]?.includes(one)) ?? ';';
  const rows: { line: number; cells: string[] }[] = [{ line: 1, cells: [] }];
  let cell = '';
  let line = 1;
  let quotedSince: number | null = null;
  const end = (): void => {
    rows.at(-1)?.cells.push(cell.replace(/\r$/, ''));
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\n') line += 1;
    if (quotedSince !== null) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quotedSince = null;
    } else if (char === '"' && cell === '') quotedSince = line;
    else if (char === separator) end();
    else if (char === '\n') {
      end();
      rows.push({ line, cells: [] });
    } else cell += char;
  }
  end();
  return { rows, openQuote: quotedSince };
}
