import { escaped } from './escaped.ts';

/**
 * Rows in columns. On a terminal of `width` columns the widest columns are cut, but never the first and the last: the id
 * must stay whole to be copied. Without a width nothing is cut.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => escaped(cell.replace(/\s+/g, ' '))));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const gaps = 2 * (head.length - 1);
  const excess = (): number => widths.reduce((sum, each) => sum + each, gaps) - (width ?? Number.POSITIVE_INFINITY);
  while (excess() > 0) {
    const inner = widths.slice(1, -1);
    const widest = 1 + inner.indexOf(Math.max(...inner));
    const now = widths[widest] ?? 0;
    if (now <= 12) break;
    widths[widest] = Math.max(12, now - excess());
  }
  const cut = (cell: string, most: number): string => (cell.length > most ? `${cell.slice(0, most - 1)}…` : cell);
  return cells
    .map((row) =>
      row
        .map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
