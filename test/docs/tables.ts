/** Reads tables of a Markdown page: the names its rows begin with and the cells of each. */

export interface Row {
  /** The first cell, without its backquotes. */
  readonly name: string;
  readonly cells: readonly string[];
}

/** Rows of all tables whose first cell is one name in backquotes. */
export const rowsOf = (text: string): readonly Row[] =>
  text.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [, name] = /^`([^`]+)`$/.exec(cells[1] ?? '') ?? [];
    return name === undefined ? [] : [{ name, cells: cells.slice(1, -1) }];
  });

/** The section under a heading, up to the next heading of the same or a higher level. */
export function sectionOf(page: string, heading: string): string {
  const [level = ''] = /^#+/.exec(heading) ?? [];
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line === heading || line.startsWith(`${heading}:`));
  if (start < 0) return '';
  const end = lines.findIndex((line, index) => index > start && /^#+ /.test(line) && line.indexOf(' ') <= level.length);
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n');
}
