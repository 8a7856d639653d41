import { shellColumns } from '../../../config/config.ts';
import { escaped } from './escaped.ts';

/** A column of text is not cut below this. */
const LEAST = 16;
/** Without a terminal. */
const USUAL = 120;
const INDENT = '    ';

/** Columns that a table may take: those of the terminal, else `COLUMNS`, else 120. */
export const outputWidth = (): number => process.stdout.columns ?? shellColumns() ?? USUAL;

/**
 * Rows in columns, no line wider than `width`. The widest columns are cut, but never the first and the last: the id must
 * stay whole to be copied. Where that leaves too little, each row takes several lines and names its values.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => escaped(cell.replace(/\s+/g, ' '))));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const gaps = 2 * (head.length - 1);
  const excess = (): number => widths.reduce((sum, each) => sum + each, gaps) - width;
  while (excess() > 0) {
    const inner = widths.slice(1, -1);
    const widest = 1 + inner.indexOf(Math.max(...inner));
    const now = widths[widest] ?? 0;
    if (inner.length === 0 || now <= LEAST) return stacked(cells, width);
    widths[widest] = Math.max(LEAST, now - excess());
  }
  return cells
    .map((row) =>
      row
        .map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const cut = (cell: string, most: number): string => (cell.length > most ? `${cell.slice(0, most - 1)}…` : cell);

/**
 * Each row on as many lines as it needs, all but the first indented; nothing is cut. Every value stands behind its head, so
 * that an empty one can be left out. One that needs several lines has them to itself, the later ones indented further: its
 * words never stand where a head does.
 */
function stacked([head = [], ...rows]: readonly (readonly string[])[], width: number): string {
  return rows
    .map((row) => {
      const lines: string[] = [];
      let isOpen = false;
      for (const [column, cell] of row.entries()) {
        if (cell === '') continue;
        const said = `${head[column] ?? ''}: ${cell}`;
        const last = lines.at(-1);
        if (isOpen && last !== undefined && last.length + 2 + said.length <= width) {
          lines[lines.length - 1] = `${last}  ${said}`;
          continue;
        }
        const [first = '', ...others] = folded(said, width - 2 * INDENT.length);
        lines.push(lines.length === 0 ? first : INDENT + first, ...others.map((piece) => INDENT + INDENT + piece));
        isOpen = others.length === 0;
      }
      return lines.join('\n');
    })
    .join('\n');
}

/** At blanks where there are some; a word longer than a line stays whole, so that it can be copied. */
function folded(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
